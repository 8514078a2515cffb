/**
 * What a query goes on to select below a root field, so that one call loads it and no field asks again. It reads the
 * document only: a field under @skip or @include counts as selected, which at worst loads too much.
 */
import { type FieldNode, type GraphQLResolveInfo, Kind, type SelectionSetNode } from "graphql";
import type { ConsumerWant, ProfilePart } from "../identity/index.js";

/** Field names to what is selected below them. */
export interface Selected extends ReadonlyMap<string, Selected> {}

type Fragments = GraphQLResolveInfo["fragments"];

function collect(
  set: SelectionSetNode,
  fragments: Fragments,
  seen: Set<string>,
  found: Map<string, SelectionSetNode[]>,
): void {
  for (const selection of set.selections) {
    if (selection.kind === Kind.FIELD) {
      const below = found.get(selection.name.value) ?? [];
      if (selection.selectionSet !== undefined) below.push(selection.selectionSet);
      found.set(selection.name.value, below);
    } else if (selection.kind === Kind.INLINE_FRAGMENT) {
      collect(selection.selectionSet, fragments, seen, found);
    } else if (!seen.has(selection.name.value)) {
      seen.add(selection.name.value);
      const fragment = fragments[selection.name.value];
      if (fragment !== undefined) collect(fragment.selectionSet, fragments, seen, found);
    }
  }
}

function read(sets: readonly SelectionSetNode[], fragments: Fragments): Selected {
  const found = new Map<string, SelectionSetNode[]>();
  const seen = new Set<string>();
  for (const set of sets) collect(set, fragments, seen, found);
  return new Map([...found].map(([name, below]) => [name, read(below, fragments)]));
}

/**
 * Computes something from what is selected below the resolved field, once for each place in a document: a field that
 * stands alone for its answer has the same selection whenever the document runs.
 */
export function lookAhead<T>(compute: (selected: Selected) => T): (info: GraphQLResolveInfo) => T {
  const known = new WeakMap<FieldNode, { readonly wanted: T }>();
  return (info) => {
    const first = info.fieldNodes[0];
    const hit = first && known.get(first);
    if (hit !== undefined && info.fieldNodes.length === 1) return hit.wanted;
    const sets = info.fieldNodes.flatMap((node) => node.selectionSet ?? []);
    const wanted = compute(read(sets, info.fragments));
    if (first !== undefined && info.fieldNodes.length === 1) known.set(first, { wanted });
    return wanted;
  };
}

const BUYER_PARTS: Readonly<Record<string, ProfilePart>> = {
  firstName: "name",
  lastName: "name",
  email: "email",
  document: "document",
  documentType: "document",
  phone: "phone",
  corporateName: "company",
  tradeName: "company",
  corporateDocument: "company",
  corporatePhone: "company",
  stateInscription: "company",
};

/** The parts of a profile behind what is selected of it. */
export function profileParts(...profiles: readonly (Selected | undefined)[]): ReadonlySet<ProfilePart> {
  const parts = new Set<ProfilePart>();
  for (const profile of profiles) {
    for (const field of profile?.get("buyer")?.keys() ?? []) {
      const part = BUYER_PARTS[field];
      if (part !== undefined) parts.add(part);
    }
    if (profile?.has("address")) parts.add("address");
    if (profile?.has("complete") || profile?.has("missing")) parts.add("completeness");
    if (profile?.has("warnings")) parts.add("warnings");
  }
  // Of a profile that is asked for, something must be wanted: no part at all means no profile.
  if (parts.size === 0 && profiles.some((profile) => profile !== undefined)) parts.add("completeness");
  return parts;
}

/** What a list of connections shows; whatever else is selected of them takes them whole. */
const BRIEF: ReadonlySet<string> = new Set([
  "__typename",
  "id",
  "consumerId",
  "via",
  "status",
  "statusReason",
  "nextAction",
]);
const BRIEF_STORE: ReadonlySet<string> = new Set(["__typename", "id", "slug", "title", "adapter", "capabilities"]);

const isBrief = (connection: Selected): boolean =>
  [...connection].every(([name, below]) =>
    name === "store" ? [...below.keys()].every((field) => BRIEF_STORE.has(field)) : BRIEF.has(name),
  );

function connectionDepth(connections: readonly Selected[]): ConsumerWant["connections"] {
  if (connections.length === 0) return false;
  return connections.every(isBrief) ? "brief" : true;
}

/** What must be loaded with a consumer that is selected in these places. */
export function consumerWant(...places: readonly (Selected | undefined)[]): ConsumerWant {
  const profiles = places.flatMap((place) => place?.get("profile") ?? []);
  return {
    profile: profiles.length > 0 && profileParts(...profiles),
    connections: connectionDepth(places.flatMap((place) => place?.get("connections") ?? [])),
  };
}
