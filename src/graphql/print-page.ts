/** Prints a page whose members may have been printed one by one, as soon as each could be shown. */
import {
  type DocumentNode,
  type FieldNode,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  getNullableType,
  isListType,
  isNonNullType,
  isObjectType,
} from "graphql";
import { collect, NotPrintable, openProjections, type Project, setsOf } from "./projection.js";

/** The text of a value; throws NotPrintable. */
export type Print = (value: unknown) => string;

/** Stands for a member that is printed already. */
class Printed {
  constructor(
    readonly id: string,
    readonly text: string,
  ) {}
}

export interface PrintingInfo extends GraphQLResolveInfo {
  readonly printNode?: Print | undefined;
}

/**
 * For the resolver of a page: what is to become of each member when it can be shown. Its text stands for it where the
 * answer is being printed; otherwise it stays what it is, and this is undefined.
 */
export function nodePrinter(info: PrintingInfo): (<T extends { readonly id: string }>(node: T) => T) | undefined {
  const { printNode } = info;
  if (printNode === undefined) return undefined;
  return <T extends { readonly id: string }>(node: T) => new Printed(node.id, printNode(node)) as object as T;
}

/** Throws nothing but NotPrintable: what is wrong with a value, and where, is graphql-js's to say. */
export const toText =
  (project: Project): Print =>
  (value) => {
    try {
      return JSON.stringify(project(value));
    } catch {
      throw new NotPrintable();
    }
  };

const MEMBERS = "nodes";
const isOfMembers = (nodes: readonly FieldNode[]): boolean => nodes[0]?.name.value === MEMBERS;

function printerOfNode(page: GraphQLObjectType, nodes: readonly FieldNode[], document: DocumentNode): Print | null {
  const type = page.getFields()[MEMBERS]?.type;
  const list = isNonNullType(type) ? type.ofType : type;
  const project = isListType(list) ? openProjections(document).ofType(list.ofType, nodes) : null;
  return project && toText(project);
}

const printNodes =
  (printNode: Print): Print =>
  (page) => {
    const nodes = (page as { readonly [MEMBERS]?: unknown })[MEMBERS];
    if (!Array.isArray(nodes)) throw new NotPrintable();
    return `[${nodes.map((node) => (node instanceof Printed ? node.text : printNode(node))).join(",")}]`;
  };

export interface PagePrinter {
  readonly print: Print;
  readonly printNode: Print;
}

/** Null when it is no page, its members are not selected in just one place, or something of it is left to graphql-js. */
export function compilePage(
  type: GraphQLOutputType,
  fieldNodes: readonly FieldNode[],
  document: DocumentNode,
): PagePrinter | null {
  const page = getNullableType(type);
  const entries = isObjectType(page) ? [...(collect(page, setsOf(fieldNodes), document) ?? [])] : [];
  const [place, ...others] = entries.filter(([, nodes]) => isOfMembers(nodes));
  if (!isObjectType(page) || place === undefined || others.length > 0) return null;
  const printNode = printerOfNode(page, place[1], document);
  if (printNode === null) return null;
  const { ofField } = openProjections(document);
  const parts: Print[] = [];
  for (const [name, nodes] of entries) {
    const project = isOfMembers(nodes) ? null : ofField(page, nodes);
    if (project === null && !isOfMembers(nodes)) return null;
    const printPart = project === null ? printNodes(printNode) : toText(project);
    const head = `${parts.length === 0 ? "{" : ","}${JSON.stringify(name)}:`;
    parts.push((value) => head + printPart(value));
  }
  const print: Print = (value) => {
    if (typeof value !== "object" || value === null) throw new NotPrintable();
    return `${parts.map((printPart) => printPart(value)).join("")}}`;
  };
  return { printNode, print };
}
