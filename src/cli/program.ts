import { Command, Option } from "commander";
import { ConfigInvalid, readConfig } from "../config.js";
import { DatabaseUnusable } from "../data/embedded/index.js";
import { Refusal, Refusals } from "../kernel/refusal.js";
import { runDoctor } from "./doctor.js";
import { createKey, listKeys, revokeKey } from "./keys.js";
import { migrateDatabase } from "./migrate.js";
import { createOrg } from "./orgs.js";
import { start } from "./start.js";
import { listStores, registerStore, removeStore } from "./stores.js";

export interface Output {
  /** `rows` for a script, `text` for a person. */
  readonly print: (rows: unknown, text: string) => void;
}

function output(command: Command): Output {
  const { json } = command.optsWithGlobals<{ json?: boolean }>();
  return { print: (rows, text) => void process.stdout.write(json ? `${JSON.stringify(rows)}\n` : `${text}\n`) };
}

const json = () => new Option("--json", "answer in JSON, for scripts");
const org = () => new Option("--org <id>", "the org (org_…); the development org by default");
const live = () => new Option("--live", "the live environment; test by default");

/** Every command's action gets its options and an Output; a failure prints one sentence and exits 1. */
function program(): Command {
  const shopkey = new Command("shopkey").description("A self-hosted shopper identity gateway").showHelpAfterError();

  shopkey
    .command("start")
    .description("start the gateway")
    .action(guarded(() => start(readConfig())));
  shopkey
    .command("migrate")
    .description("bring the database to this version's shape")
    .addOption(json())
    .action(guarded((_, command) => migrateDatabase(readConfig(), output(command))));
  shopkey
    .command("doctor")
    .description("what is missing on this machine, and how to get it")
    .addOption(json())
    .action(guarded((_, command) => runDoctor(output(command))));

  const orgs = shopkey.command("org").description("orgs");
  orgs
    .command("create <name>")
    .addOption(json())
    .action(guarded((name, command) => createOrg(readConfig(), name, output(command)), 1));

  const keys = shopkey.command("key").description("API keys");
  keys
    .command("create <name>")
    .description("make a key; its secret is shown once")
    .requiredOption("--owner <name>", "the person or service that holds it")
    .addOption(new Option("--owner-kind <kind>", "USER or SERVICE").choices(["USER", "SERVICE"]).default("SERVICE"))
    .option("--scopes <list>", "comma-separated scopes; all by default")
    .option("--expires <date>", "ISO 8601")
    .addOption(org())
    .addOption(live())
    .addOption(json())
    .action(guarded((name, command) => createKey(readConfig(), name, command.opts(), output(command)), 1));
  keys
    .command("list")
    .addOption(org())
    .addOption(live())
    .addOption(json())
    .action(guarded((_, command) => listKeys(readConfig(), command.opts(), output(command))));
  keys
    .command("revoke <id>")
    .addOption(org())
    .addOption(live())
    .addOption(json())
    .action(guarded((id, command) => revokeKey(readConfig(), id, command.opts(), output(command)), 1));

  const stores = shopkey.command("store").description("Stores");
  stores
    .command("register <slug>")
    .requiredOption("--adapter <id>", "see `adapters` in the graph")
    .requiredOption("--title <title>", "what a shopper reads")
    .requiredOption("--settings <json>", "the adapter's settings")
    .option("--credentials-file <path>", "a JSON file with the org's key at the store")
    .addOption(org())
    .addOption(live())
    .addOption(json())
    .action(guarded((slug, command) => registerStore(readConfig(), slug, command.opts(), output(command)), 1));
  stores
    .command("list")
    .addOption(org())
    .addOption(live())
    .addOption(json())
    .action(guarded((_, command) => listStores(readConfig(), command.opts(), output(command))));
  stores
    .command("remove <slug>")
    .addOption(org())
    .addOption(live())
    .addOption(json())
    .action(guarded((slug, command) => removeStore(readConfig(), slug, command.opts(), output(command)), 1));
  return shopkey;
}

/** commander hands positional arguments, then options, then the command. */
function guarded(action: (argument: string, command: Command) => Promise<void>, positions = 0) {
  return async (...given: unknown[]): Promise<void> => {
    try {
      await action(positions > 0 ? String(given[0]) : "", given.at(-1) as Command);
    } catch (error) {
      process.stderr.write(`${sentence(error)}\n`);
      process.exitCode = 1;
    }
  };
}

function sentence(error: unknown): string {
  if (error instanceof Refusals) return error.refusals.map(sentence).join("\n");
  if (error instanceof Refusal)
    return [error.message, error.field?.join("."), error.nextAction].filter(Boolean).join(" · ");
  if (error instanceof ConfigInvalid || error instanceof DatabaseUnusable) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

export async function runCommandLine(argv: readonly string[]): Promise<void> {
  await program().parseAsync([...argv]);
}
