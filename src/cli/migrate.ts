import type { Config } from "../config.js";
import { commandLog } from "./house.js";
import type { Output } from "./output.js";

export async function migrateDatabase(config: Config, out: Output): Promise<void> {
  const { migrateOnly } = await import("../strongroom.js");
  const applied = await migrateOnly({ config, log: commandLog(config), onStep: () => undefined, beside: true });
  out.print({ applied }, applied.length === 0 ? "nothing to do" : `applied ${applied.join(", ")}`);
}
