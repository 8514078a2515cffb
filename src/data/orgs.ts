import type { OrgId } from "../kernel/ids.js";
import { OrgEntity } from "./entities/org.js";
import type { OrgRow, OrgSettings } from "./rows.js";
import { plain, type Tx } from "./tx.js";

export interface OrgInsert {
  /** The scope's own org: no other can be made. */
  readonly id: OrgId;
  readonly name: string;
  readonly settings: OrgSettings;
}

/** Makes the org that the scope names: `inScope({ orgId: newId("org"), … }, (tx) => create(tx, …))`. */
export async function create(tx: Tx, org: OrgInsert): Promise<OrgRow> {
  await tx.em.insert(OrgEntity, { ...org, settings: { ...org.settings } });
  const made = await find(tx);
  if (made === null) throw new Error("the org that was made is not there");
  return made;
}

/** The scope's org; null when it was never made. */
export async function find(tx: Tx): Promise<OrgRow | null> {
  const found = await tx.em.findOne(OrgEntity, { id: tx.scope.orgId });
  return found === null ? null : plain(found);
}
