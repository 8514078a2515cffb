/** Limits on a document's shape. They are checked once for each document, with its validation. */
import {
  type ASTVisitor,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValidationContext,
  visit,
} from "graphql";
import { DeskError } from "../errors.js";
import { LIMITS, limitError } from "./limits.js";

type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;

const fragmentsOf = (document: DocumentNode): Fragments =>
  new Map(
    document.definitions.flatMap((definition) =>
      definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition] as const] : [],
    ),
  );

/** Depth of a selection. Each fragment is measured once; one that contains itself is another rule's to refuse. */
function openDepth(fragments: Fragments): (set: SelectionSetNode) => number {
  const known = new Map<string, number>();
  const ofFragment = (name: string): number => {
    const hit = known.get(name);
    if (hit !== undefined) return hit;
    known.set(name, 0);
    const fragment = fragments.get(name);
    const depth = fragment === undefined ? 0 : ofSet(fragment.selectionSet);
    known.set(name, depth);
    return depth;
  };
  const ofSet = (set: SelectionSetNode): number => {
    let deepest = 0;
    for (const selection of set.selections) {
      let depth = 0;
      if (selection.kind === Kind.FRAGMENT_SPREAD) depth = ofFragment(selection.name.value);
      else if (selection.kind === Kind.INLINE_FRAGMENT) depth = ofSet(selection.selectionSet);
      else if (!selection.name.value.startsWith("__"))
        depth = 1 + (selection.selectionSet === undefined ? 0 : ofSet(selection.selectionSet));
      deepest = Math.max(deepest, depth);
    }
    return deepest;
  };
  return ofSet;
}

/** The root fields of an operation, through fragments, each fragment once. */
function rootFields(operation: OperationDefinitionNode, fragments: Fragments): readonly FieldNode[] {
  const found: FieldNode[] = [];
  const seen = new Set<string>();
  const collect = (set: SelectionSetNode): void => {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) found.push(selection);
      else if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet);
      else if (!seen.has(selection.name.value)) {
        seen.add(selection.name.value);
        const fragment = fragments.get(selection.name.value);
        if (fragment !== undefined) collect(fragment.selectionSet);
      }
    }
  };
  collect(operation.selectionSet);
  return found;
}

/** Names that begin with two underscores are GraphQL's; as aliases or variables they serve nobody. */
const reservedName = (): DeskError =>
  new DeskError("Names of variables and aliases may not begin with two underscores.", {
    code: "GRAPHQL_VALIDATION_FAILED",
  });

const notAlone = (): DeskError =>
  new DeskError("This mutation must be the only field of its operation.", { code: "LIMIT_EXCEEDED", limit: "alone" });

/** How often each counted thing occurs, and whether a reserved name does. */
function count(document: DocumentNode) {
  const counts = { aliases: 0, directives: 0, operations: 0, reserved: false };
  visit(document, {
    OperationDefinition: () => {
      counts.operations++;
    },
    Directive: () => {
      counts.directives++;
    },
    VariableDefinition: (node) => {
      counts.reserved ||= node.variable.name.value.startsWith("__");
    },
    Field: (node) => {
      if (node.alias === undefined) return;
      counts.aliases++;
      counts.reserved ||= node.alias.value.startsWith("__");
    },
  });
  return counts;
}

function judgeOperation(context: ValidationContext, operation: OperationDefinitionNode, fragments: Fragments): void {
  const roots = rootFields(operation, fragments);
  if (roots.length > LIMITS.rootFields) context.reportError(limitError("rootFields"));
  if (operation.operation !== "mutation" || roots.length < 2) return;
  const fields = context.getSchema().getMutationType()?.getFields();
  if (roots.some((root) => fields?.[root.name.value]?.extensions.alone)) context.reportError(notAlone());
}

/** Validation rule: the document's shape keeps `LIMITS`. */
export function ShapeRule(context: ValidationContext): ASTVisitor {
  return {
    Document: (document) => {
      const counts = count(document);
      if (counts.reserved) context.reportError(reservedName());
      for (const limit of ["aliases", "directives", "operations"] as const)
        if (counts[limit] > LIMITS[limit]) context.reportError(limitError(limit));
      const fragments = fragmentsOf(document);
      const depth = openDepth(fragments);
      for (const definition of document.definitions) {
        if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
        if (depth(definition.selectionSet) > LIMITS.depth) context.reportError(limitError("depth"));
        judgeOperation(context, definition, fragments);
      }
    },
  };
}
