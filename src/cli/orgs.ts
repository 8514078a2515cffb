import type { Config } from "../config.js";
import { withIdentity } from "./house.js";
import { columns, type Output } from "./output.js";

export const createOrg = (config: Config, name: string, out: Output): Promise<void> =>
  withIdentity(config, async (identity) => {
    const { org } = await identity.createOrg({ name });
    out.print(org, `${org.id}\nnext: shopkey key create <name> --org ${org.id} --owner <who>`);
  });

export const listOrgs = (config: Config, out: Output): Promise<void> =>
  withIdentity(config, async (identity) => {
    const found = await identity.listOrgs();
    out.print(found, columns(found.map(({ id, name }) => [id, name])) || "no orgs");
  });
