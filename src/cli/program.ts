import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command, CommanderError, Option } from "commander";
import { readConfig } from "../config.js";
import { SCOPES } from "../identity/index.js";
import { backup, restore } from "./backup.js";
import { runBrowserWorker } from "./browser-worker.js";
import { runDoctor } from "./doctor.js";
import { EXIT, guarded } from "./failure.js";
import { endImpersonation, listImpersonations, switchImpersonations } from "./impersonations.js";
import { removeIssuer, setIssuer } from "./issuers.js";
import { createKey, listKeys, revokeKey } from "./keys.js";
import { migrateDatabase } from "./migrate.js";
import { createOrg, listOrgs } from "./orgs.js";
import { outputOf } from "./output.js";
import { exportReceipts, verifyReceipts } from "./receipts.js";
import { rotate } from "./rotate.js";
import { start } from "./start.js";
import { listStores, registerStore, removeStore, updateStore } from "./stores.js";

const json = () => new Option("--json", "answer in JSON, for scripts");

/** What acts inside an org and an environment. */
const scoped = (command: Command): Command =>
  command
    .option("--org <id>", "the org (org_…); the development org by default")
    .option("--live", "the live environment; test by default")
    .addOption(json());

const NOTES = `
Commands work beside a running gateway, on the same settings (environment variables, see the README).
Exit code: 0 done, 1 refused or something is missing, 2 called wrongly.`;

function program(): Command {
  const shopkey = new Command("shopkey")
    .description("A self-hosted shopper identity gateway")
    .version(version(), "--version")
    .exitOverride()
    .showHelpAfterError("Add --help to see what it takes.")
    .addHelpText("after", NOTES);
  shopkey
    .command("start")
    .description("start the gateway; it runs until SIGTERM or Ctrl-C")
    .action(guarded(() => start(readConfig())));
  shopkey
    .command("migrate")
    .description("bring the database to this version's shape")
    .addOption(json())
    .action(guarded((command) => migrateDatabase(readConfig(), outputOf(command))));
  shopkey
    .command("doctor")
    .description("what is missing on this machine, and how to get it; changes nothing")
    .addOption(json())
    .action(guarded((command) => runDoctor(outputOf(command))));
  shopkey
    .command("browser-worker")
    .description("run a browser worker by itself, for gateways that name it in SHOPKEY_BROWSER_WORKERS")
    .action(guarded(() => runBrowserWorker(readConfig())));
  addOrgs(shopkey.command("org").description("orgs"));
  addStrongroom(shopkey);
  addKeys(shopkey.command("key").description("API keys of an org"));
  addIssuers(shopkey.command("issuer").description("tokens that an org issues itself"));
  addStores(shopkey.command("store").description("Stores of an org"));
  addImpersonations(
    shopkey.command("impersonation").description("operators in customers' places, and the org's switch"),
  );
  return shopkey;
}

function addStrongroom(shopkey: Command): void {
  shopkey
    .command("rotate")
    .description(
      "end the key epoch: the next keys for every org, and the old ones destroyed; goes on where it was cut off",
    )
    .option("--org <id>", "one org (org_…); every org by default")
    .option("--root", "the root key instead")
    .option("--settle <seconds>", "how long other gateways may use what they know; 0 when none runs, 390 by default")
    .addOption(json())
    .action(guarded((command) => rotate(readConfig(), command.opts(), outputOf(command))));
  shopkey
    .command("backup")
    .description("the data and, apart from it, the keys of living shoppers; never the keystore or the root key")
    .requiredOption("--to <folder>", "where to")
    .option("--keys-only", "the keys alone: often, and kept no longer than one key epoch")
    .addOption(json())
    .action(guarded((command) => backup(readConfig(), command.opts(), outputOf(command))));
  shopkey
    .command("restore")
    .description("fill an empty database from a backup; whoever was forgotten since stays forgotten")
    .requiredOption("--data <file>", "a data file, however old")
    .requiredOption("--keys <file>", "the latest keys file")
    .addOption(json())
    .action(guarded((command) => restore(readConfig(), command.opts(), outputOf(command))));
  const receipts = shopkey.command("receipt").description("receipts of shoppers who were forgotten");
  receipts
    .command("verify")
    .description("check receipts, and that they follow each other; needs no gateway")
    .argument("<files...>", "receipts as they were exported")
    .option("--key <id>", "the org's signing key, as the org has told you")
    .addOption(json())
    .action(
      guarded((command) => verifyReceipts(command.args, command.opts<{ key?: string }>().key, outputOf(command))),
    );
  scoped(receipts.command("export"))
    .description("every receipt, a file each")
    .requiredOption("--to <folder>", "where to")
    .action(guarded((command) => exportReceipts(readConfig(), command.opts(), outputOf(command))));
}

function addOrgs(orgs: Command): void {
  orgs
    .command("create")
    .description("make an org with keys of its own")
    .argument("<name>", "what people call it")
    .addOption(json())
    .action(guarded((command, name) => createOrg(readConfig(), name, outputOf(command))));
  orgs
    .command("list")
    .description("every org: id, name")
    .addOption(json())
    .action(guarded((command) => listOrgs(readConfig(), outputOf(command))));
}

function addKeys(keys: Command): void {
  scoped(keys.command("create"))
    .description("make a key; its secret is shown once")
    .argument("<name>", "what it is for")
    .requiredOption("--owner <name>", "the person or service that holds it")
    .addOption(new Option("--owner-kind <kind>", "who that is").choices(["USER", "SERVICE"]).default("SERVICE"))
    .option("--scopes <list>", "comma-separated; all by default")
    .option("--expires <date>", "ISO 8601, such as 2030-01-31; never by default")
    .addHelpText("after", `\nScopes: ${SCOPES.join(", ")}`)
    .action(guarded((command, name) => createKey(readConfig(), name, command.opts(), outputOf(command))));
  scoped(keys.command("list"))
    .description("every key: id, last four, state, owner, name, last use")
    .action(guarded((command) => listKeys(readConfig(), command.opts(), outputOf(command))));
  scoped(keys.command("revoke"))
    .description("end a key at once and for good")
    .argument("<id>", "key_…")
    .action(guarded((command, id) => revokeKey(readConfig(), id, command.opts(), outputOf(command))));
}

function addIssuers(issuers: Command): void {
  scoped(issuers.command("set"))
    .description("accept the org's own tokens (JWT) beside API keys, checked by its public keys or by a shared secret")
    .option("--jwks <file>", "a JSON Web Key Set with public keys")
    .option("--secret-file <path>", "a shared secret of at least 32 bytes; it is sealed and never shown")
    .option("--issuer <iss>", "what `iss` must be; anything by default")
    .action(guarded((command) => setIssuer(readConfig(), command.opts(), outputOf(command))));
  scoped(issuers.command("remove"))
    .description("accept no token of the org any more")
    .action(guarded((command) => removeIssuer(readConfig(), command.opts(), outputOf(command))));
}

const CREDENTIALS = "a JSON file with the org's key at the store; it is sealed and never shown";

function addStores(stores: Command): void {
  scoped(stores.command("register"))
    .description("make a Store of an adapter")
    .argument("<slug>", "its name in the graph: lower-case letters, digits, hyphens")
    .requiredOption("--adapter <id>", "see `adapters` in the graph")
    .requiredOption("--title <title>", "what a shopper reads")
    .requiredOption("--settings <json>", "the adapter's settings")
    .option("--credentials-file <path>", CREDENTIALS)
    .action(guarded((command, slug) => registerStore(readConfig(), slug, command.opts(), outputOf(command))));
  scoped(stores.command("update"))
    .description("change what is given, and leave the rest")
    .argument("<slug>", "the Store")
    .option("--title <title>", "what a shopper reads")
    .option("--settings <json>", "the adapter's settings, whole")
    .option("--credentials-file <path>", CREDENTIALS)
    .action(guarded((command, slug) => updateStore(readConfig(), slug, command.opts(), outputOf(command))));
  scoped(stores.command("list"))
    .description("every Store: slug, adapter, id, credentials, title")
    .action(guarded((command) => listStores(readConfig(), command.opts(), outputOf(command))));
  scoped(stores.command("remove"))
    .description("remove a Store; what was done there stays readable, and its slug is free")
    .argument("<slug>", "the Store")
    .action(guarded((command, slug) => removeStore(readConfig(), slug, command.opts(), outputOf(command))));
}

function addImpersonations(impersonations: Command): void {
  scoped(impersonations.command("list"))
    .description("who is, or may be, in a customer's place: id, state, Store, end, operator")
    .option("--all", "those that are over, too")
    .action(guarded((command) => listImpersonations(readConfig(), command.opts(), outputOf(command))));
  scoped(impersonations.command("end"))
    .description("end one at once; the store is told")
    .argument("<id>", "imp_…")
    .action(guarded((command, id) => endImpersonation(readConfig(), id, command.opts(), outputOf(command))));
  scoped(impersonations.command("off"))
    .description("the emergency brake: end all of them, and let none begin")
    .action(guarded((command) => switchImpersonations(readConfig(), false, command.opts(), outputOf(command))));
  scoped(impersonations.command("on"))
    .description("let operators begin again")
    .action(guarded((command) => switchImpersonations(readConfig(), true, command.opts(), outputOf(command))));
}

function version(): string {
  const text = readFileSync(join(import.meta.dirname, "../../package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

/** commander has said what is wrong by then, in one line. */
export async function runCommandLine(argv: readonly string[]): Promise<void> {
  try {
    await program().parseAsync([...argv]);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = error.exitCode === 0 ? 0 : EXIT.usage;
  }
}
