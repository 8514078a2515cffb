import { randomUUID } from "node:crypto";
import { record } from "../audit/index.js";
import { orgs, type Tx } from "../data/index.js";
import { newId, type OrgId, toWire } from "../kernel/ids.js";
import { Refusal } from "../kernel/refusal.js";
import { orgOf } from "./authentication.js";
import type { Caller, CpfPolicy, EmailDomainPolicy, Environment } from "./caller.js";
import { judgeTitle } from "./names.js";
import { ledgerLine, type Rooms } from "./rooms.js";
import { SCOPES } from "./scopes.js";
import type { OrgView } from "./views.js";

export const viewOrg = (org: Caller["org"]): OrgView => ({
  id: toWire("org", org.id),
  name: org.name,
  cpfPolicy: org.cpfPolicy,
  emailDomainPolicy: org.emailDomainPolicy,
});

/** Somebody at the gateway's own machine: every scope, no key. */
const console = (org: Caller["org"], environment: Environment): Caller => ({
  scope: { orgId: org.id, environment },
  actorKind: "CLI",
  keyId: null,
  scopes: new Set(SCOPES),
  owner: { kind: "USER", name: "command line" },
  org,
  requestId: randomUUID(),
  signal: new AbortController().signal,
});

/** The gateway acting by itself, for what an org began. */
export const clockCaller = (rooms: Rooms, scope: Caller["scope"], signal: AbortSignal): Promise<Caller> =>
  rooms.data.inScope(scope, (tx) => clockCallerIn(tx, signal));

/** The same, for whoever has a transaction open. */
export async function clockCallerIn(tx: Tx, signal: AbortSignal): Promise<Caller> {
  const org = await findOrg(tx);
  const owner = { kind: "SERVICE", name: "clock" } as const;
  return { ...console(org, tx.scope.environment), actorKind: "CLOCK", owner, signal };
}

export const consoleCaller = async (rooms: Rooms, orgId: OrgId, environment: Environment): Promise<Caller> =>
  console(await rooms.data.inScope({ orgId, environment }, findOrg), environment);

async function findOrg(tx: Tx): Promise<Caller["org"]> {
  const org = await orgs.find(tx);
  if (org === null) throw new Refusal("NOT_FOUND", "There is no such org.");
  return orgOf(org);
}

/** Its keys first: an org without keys must not exist. */
export async function createOrg(
  rooms: Rooms,
  given: { readonly name: string; readonly cpfPolicy?: CpfPolicy; readonly emailDomainPolicy?: EmailDomainPolicy },
): Promise<{ readonly org: OrgView; readonly orgId: OrgId }> {
  const name = judgeTitle(given.name, "name");
  const { cpfPolicy = "FORMAT", emailDomainPolicy = "SHOW" } = given;
  const orgId = newId("org");
  await rooms.vault.createOrg(orgId);
  const org = { id: orgId, name, cpfPolicy, emailDomainPolicy };
  const caller = console(org, "live");
  await rooms.data.inScope(caller.scope, async (tx) => {
    await orgs.create(tx, { id: orgId, name, settings: { cpfPolicy, emailDomainPolicy } });
    await record(tx, ledgerLine(rooms, caller, { action: "org.created", subject: { kind: "org", id: orgId } }));
  });
  return { org: viewOrg(org), orgId };
}

/** Every org that this gateway holds keys of, the oldest first; each is read in its own scope. */
export async function listOrgs(rooms: Rooms): Promise<readonly OrgView[]> {
  const found: OrgView[] = [];
  for (const orgId of [...(await rooms.vault.epochs.orgs())].sort()) {
    const org = await rooms.data.inScope({ orgId, environment: "live" }, orgs.find);
    // Keys come before their org: whoever died between the two left keys of none.
    if (org !== null) found.push(viewOrg(orgOf(org)));
  }
  return found;
}
