/** Which documents may be remembered: those in which no value of a shopper's can stand. */
import { type DocumentNode, visit } from "graphql";

/** A page's size, a quantity: shorter than any document, phone or postal code. */
const MAX_DIGITS = 4;

/**
 * Whether a document holds nothing that was written into it as a value: values come as variables. Numbers of a few digits,
 * booleans, null and names of the schema are no values of anybody's. A comment may hold anything.
 */
export function isHarmless(source: string, document: DocumentNode): boolean {
  if (source.includes("#")) return false;
  let harmless = true;
  visit(document, {
    StringValue: () => {
      harmless = false;
    },
    FloatValue: () => {
      harmless = false;
    },
    IntValue: (node) => {
      harmless &&= node.value.length <= MAX_DIGITS;
    },
    // An alias, or the name of an operation, a fragment or a variable, is the client's own word.
    Name: (node) => {
      harmless &&= !NUMBER.test(node.value);
    },
  });
  return harmless;
}

const NUMBER = /\d{5}/;
