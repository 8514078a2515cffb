import type { Config } from "../config.js";
import { requireDatabase, withIdentity } from "./house.js";
import { columns, type Output } from "./output.js";

export const createOrg = (config: Config, name: string, out: Output): Promise<void> =>
  withIdentity(config, async (identity) => {
    const { org } = await identity.createOrg({ name });
    out.print(org, `${org.id}\nnext: shopkey key create <name> --org ${org.id} --owner <who>`);
  });

export async function listOrgs(config: Config, out: Output): Promise<void> {
  await requireDatabase(config);
  const found = await withIdentity(config, (identity) => identity.listOrgs());
  out.print(found, columns(found.map(({ id, name }) => [id, name])) || "no orgs");
}
