import type { ProfileField } from "@shopkey/adapter-sdk";
import type { ProfileOutline } from "../data/index.js";
import { asId } from "../kernel/ids.js";
import { Refusal, Refusals } from "../kernel/refusal.js";
import type { BlindIndex, OrgVault } from "../vault/index.js";
import type { Caller } from "./caller.js";
import { BARE, partsOf, viewConnections, viewRow } from "./consumer-view.js";
import { readConsumer, requireWanted } from "./consumers.js";
import type {
  ConsumerRef,
  ConsumerWant,
  DeleteProfileInput,
  ProfilePart,
  ProfileUnit,
  SaveProfileInput,
} from "./inputs.js";
import { judgeExternalId } from "./names.js";
import { claimOf } from "./once.js";
import { type GivenFields, type PlainProfile, PROFILE_UNITS } from "./profile-fields.js";
import { judgeFields } from "./profile-judge.js";
import { isTouched, mergeProfile, needsOldUnit } from "./profile-merge.js";
import { openUnit, sealUnit } from "./profile-seal.js";
import { ALL_PARTS, isUnitNeeded, viewProfile } from "./profile-view.js";
import { type Change, type Draft, type WriteTarget, writeProfile } from "./profile-write.js";
import { consumerKeyOf, consumerNotFound } from "./references.js";
import { ledgerLine, type Rooms } from "./rooms.js";
import { requireScope } from "./scopes.js";
import { refuseSuppressed } from "./suppression.js";
import type { ConnectionView, ConsumerView, ProfileView } from "./views.js";

export async function findProfile(
  rooms: Rooms,
  caller: Caller,
  ref: ConsumerRef,
  parts: ReadonlySet<ProfilePart> = ALL_PARTS,
): Promise<ProfileView | null> {
  requireScope(caller, "profiles:read");
  const key = consumerKeyOf(ref, ["consumer"]);
  if (key === null) return null;
  return (await readConsumer(rooms, caller, key, { profile: parts, connections: false }))?.profile ?? null;
}

export interface SavedProfile {
  readonly consumer: ConsumerView;
  readonly profile: ProfileView | null;
  readonly created: boolean;
}

export interface SaveWant {
  readonly consumer?: ConsumerWant;
  readonly parts?: ReadonlySet<ProfilePart>;
}

export async function saveProfile(
  rooms: Rooms,
  caller: Caller,
  given: SaveProfileInput,
  { consumer: consumerWant = BARE, parts: profileParts = ALL_PARTS }: SaveWant = {},
): Promise<SavedProfile> {
  requireScope(caller, "profiles:write");
  requireWanted(caller, { ...consumerWant, profile: false });
  const claim = claimOf("saveProfile", given);
  const { fields, ...named } = judgeSave(given);
  const parts = new Set([...profileParts, ...partsOf(consumerWant)]);
  const withUnits = PROFILE_UNITS.some((unit) => isOpened(unit, fields, parts));
  const mayMake = () => refuseSuppressed(rooms, caller, named.createAs, fields);
  const target = { ...named, claim, connections: consumerWant.connections, withUnits, mayMake };
  const written = await writeProfile(rooms, caller, target, (draft) => seal(rooms, caller, draft, fields, parts));
  if (written.kind === "repeated") {
    const { consumer, created } = written.ids;
    const want = { profile: parts, connections: consumerWant.connections };
    const view = await readConsumer(rooms, caller, { id: asId("csm", consumer) }, want);
    if (view === null) throw consumerNotFound();
    return { consumer: withWanted(view, consumerWant), profile: view.profile, created };
  }
  const { kept, updatedAt, created } = written;
  const profile = kept.profile === null ? null : { ...kept.profile, updatedAt };
  const consumer = viewRow(written.consumer, profile, kept.connections);
  return { consumer: withWanted(consumer, consumerWant), profile, created };
}

const withWanted = (view: ConsumerView, want: ConsumerWant): ConsumerView =>
  partsOf(want).size > 0 ? view : { ...view, profile: null };

/** Everything that is wrong with the input at once. */
function judgeSave(given: SaveProfileInput): Pick<WriteTarget, "ref" | "createAs" | "field"> & {
  readonly fields: GivenFields;
} {
  const { given: fields, refusals } = judgeFields(given.profile, ["profile"]);
  const all = [...refusals];
  if (all.length === 0 && Object.keys(fields).length === 0)
    all.push(new Refusal("INVALID", "Must hold at least one field.", { field: ["profile"] }));
  let named: Pick<WriteTarget, "ref" | "createAs" | "field"> | null = null;
  try {
    named = judgeWhom(given);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    all.push(error);
  }
  if (all.length > 0 || named === null) throw new Refusals(all);
  return { ...named, fields };
}

function judgeWhom({ externalId, consumer }: SaveProfileInput): Pick<WriteTarget, "ref" | "createAs" | "field"> {
  const byName = externalId !== undefined && externalId !== null;
  const byRef = consumer !== undefined && consumer !== null;
  if (byName === byRef)
    throw new Refusal("INVALID", "Give exactly one of externalId and consumer.", { field: ["externalId"] });
  if (byRef) return { ref: consumerKeyOf(consumer, ["consumer"]), createAs: null, field: ["consumer"] };
  const judged = judgeExternalId(externalId);
  return { ref: { externalId: judged }, createAs: judged, field: ["externalId"] };
}

/** Whether the old value must be opened: to merge what is given with it, or to show it beside that. */
const isOpened = (unit: ProfileUnit, given: GivenFields, parts: ReadonlySet<ProfilePart>): boolean =>
  isTouched(unit, given) ? needsOldUnit(unit, given) : isUnitNeeded(unit, parts);

interface Kept {
  readonly profile: ProfileView | null;
  readonly connections: readonly ConnectionView[];
}

/** Merges, seals and masks in one piece of synchronous work. */
function seal(
  rooms: Rooms,
  caller: Caller,
  { org, consumerId, read, connections, key }: Draft,
  given: GivenFields,
  parts: ReadonlySet<ProfilePart>,
): Change<Kept> {
  const touched = PROFILE_UNITS.filter((unit) => isTouched(unit, given));
  return org.withConsumer(consumerId, key, (box) => {
    const plain: PlainProfile = {};
    const open = (unit: ProfileUnit) => {
      const envelope = read?.units[unit] ?? null;
      if (envelope !== null) openUnit(box, unit, envelope, plain);
    };
    for (const unit of touched) if (needsOldUnit(unit, given)) open(unit);
    const refusals = mergeProfile(plain, given, caller.org.cpfPolicy, ["profile"]);
    if (refusals.length > 0) throw new Refusals(refusals);
    const units: Partial<Record<ProfileUnit, Buffer | null>> = {};
    const present = read === null ? nonePresent() : { ...read.present };
    for (const unit of touched) {
      const sealed = sealUnit(box, unit, plain);
      units[unit] = sealed;
      present[unit] = sealed !== null;
    }
    for (const unit of PROFILE_UNITS) if (!touched.includes(unit) && isOpened(unit, given, parts)) open(unit);
    const isThere = PROFILE_UNITS.some((unit) => present[unit]);
    const opened = { plain, present, updatedAt: rooms.clock.now() };
    return {
      units,
      index: indexOf(org, touched, plain),
      ledger: savedLine(rooms, caller, consumerId, given),
      kept: {
        profile: isThere ? viewProfile(opened, parts, caller.org.emailDomainPolicy) : null,
        connections: read === null ? [] : viewConnections({ rooms, caller, org }, { ...read, connections }, box),
      },
    };
  });
}

const nonePresent = (): Record<ProfileUnit, boolean> => ({
  name: false,
  email: false,
  document: false,
  phone: false,
  address: false,
  company: false,
});

const savedLine = (rooms: Rooms, caller: Caller, consumerId: Draft["consumerId"], given: GivenFields) => {
  const paths = Object.keys(given) as ProfileField[];
  return ledgerLine(rooms, caller, {
    action: "profile.saved",
    subject: { kind: "consumer", id: consumerId },
    consumerId,
    facts: {
      fields: paths.filter((path) => given[path] !== null),
      erased: paths.filter((path) => given[path] === null),
    },
  });
};

type IndexRows = readonly { readonly field: string; readonly entries: readonly BlindIndex[] }[];

function indexOf(org: OrgVault, touched: readonly ProfileUnit[], plain: PlainProfile): IndexRows {
  const rows: { field: string; entries: readonly BlindIndex[] }[] = [];
  for (const field of ["email", "document"] as const) {
    if (!touched.includes(field)) continue;
    const value = plain[`buyer.${field}`];
    rows.push({ field, entries: value === undefined ? [] : org.blindIndex(field, value) });
  }
  return rows;
}

/** Idempotent: without a profile there is nothing to do, and that is said the same way. */
export async function deleteProfile(
  rooms: Rooms,
  caller: Caller,
  given: DeleteProfileInput,
  want: ConsumerWant = BARE,
): Promise<{ readonly consumer: ConsumerView }> {
  requireScope(caller, "profiles:write");
  requireWanted(caller, want);
  const target: WriteTarget = {
    ref: consumerKeyOf(given.consumer, ["consumer"]),
    createAs: null,
    connections: false,
    withUnits: false,
    claim: claimOf("deleteProfile", given),
    field: ["consumer"],
  };
  const written = await writeProfile(rooms, caller, target, ({ read, consumerId }) =>
    erase(rooms, caller, read, consumerId),
  );
  const id = written.kind === "repeated" ? asId("csm", written.ids.consumer) : written.consumer.id;
  const consumer = await readConsumer(rooms, caller, { id }, want);
  if (consumer === null) throw consumerNotFound();
  return { consumer };
}

function erase(
  rooms: Rooms,
  caller: Caller,
  read: ProfileOutline | null,
  consumerId: Draft["consumerId"],
): Change<null> {
  return {
    units: PROFILE_UNITS.some((unit) => read?.present[unit])
      ? { name: null, email: null, document: null, phone: null, address: null, company: null }
      : null,
    index: [
      { field: "email", entries: [] },
      { field: "document", entries: [] },
    ],
    ledger: ledgerLine(rooms, caller, {
      action: "profile.deleted",
      subject: { kind: "consumer", id: consumerId },
      consumerId,
    }),
    kept: null,
  };
}
