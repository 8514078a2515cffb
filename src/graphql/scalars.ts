/** The graph's own scalars. None of their errors repeats what was given. */
import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from "graphql";

const RFC3339 =
  /^(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

/** JavaScript reads the 31st of February as the 3rd of March. Leap years come round every 400 years. */
const daysIn = (year: number, month: number): number => new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();

function readDateTime(value: unknown): Date {
  if (value instanceof Date) return value;
  const [, years, months, days] = (typeof value === "string" && RFC3339.exec(value)) || [];
  if (typeof value === "string" && Number(days) <= daysIn(Number(years), Number(months))) {
    const date = new Date(value);
    // The offset can lead out of the years that can be written, and that the database reads.
    const year = date.getUTCFullYear();
    if (year >= 1 && year <= 9999) return date;
  }
  throw new GraphQLError("Expected a date and time such as 2026-11-21T12:00:00Z.");
}

/** An instant. Read as RFC 3339 with an offset, written in UTC with milliseconds. */
export const DateTime = new GraphQLScalarType<Date, string>({
  name: "DateTime",
  description: "An instant in RFC 3339 with an offset, such as `2026-11-21T12:00:00Z`; answers are in UTC.",
  specifiedByURL: "https://scalars.graphql.org/andimarek/date-time.html",
  serialize: (value) => (value as Date).toISOString(),
  parseValue: readDateTime,
  parseLiteral: (node) => readDateTime(node.kind === Kind.STRING ? node.value : null),
});

/** A literal as plain JSON; `onVariable` decides what a variable inside it means. */
function readLiteral(node: ValueNode, onVariable: () => unknown): unknown {
  switch (node.kind) {
    case Kind.NULL:
      return null;
    case Kind.INT:
    case Kind.FLOAT:
      return Number(node.value);
    case Kind.LIST:
      return node.values.map((item) => readLiteral(item, onVariable));
    case Kind.OBJECT:
      return Object.fromEntries(node.fields.map((field) => [field.name.value, readLiteral(field.value, onVariable)]));
    case Kind.VARIABLE:
      return onVariable();
    default:
      return node.value;
  }
}

function refuseVariable(): never {
  throw new GraphQLError("Give the whole JSON value as one variable.");
}

/** Any JSON: a Store's settings, a JSON Schema. */
export const JsonValue = new GraphQLScalarType({
  name: "JSON",
  description: "Any JSON value. Inside a literal no variables are read: give the whole value as one variable.",
  specifiedByURL: "https://www.rfc-editor.org/rfc/rfc8259",
  serialize: (value) => value,
  parseValue: (value) => value,
  parseLiteral: (node) => readLiteral(node, refuseVariable),
});

/** Never throws: GraphQL's own errors quote the value that they refuse, and this one is a shopper's. */
export const PersonalText = new GraphQLScalarType({
  name: "PersonalText",
  description:
    "A shopper's own value, such as an e-mail or a document number: text, or null to erase it. It can be written and never read back; a value that is not acceptable comes back as a `userErrors` entry that does not repeat it.",
  serialize: () => null,
  parseValue: (value) => value,
  parseLiteral: (node) => readLiteral(node, () => null),
});
