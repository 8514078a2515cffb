/**
 * Run as a process (Linux, --expose-gc): opens one 16-byte value 200 times, wipes it or keeps it as told, and prints how
 * many copies of the value the process's writable memory holds, apart from the one that is looked for.
 */
import { openSync, readFileSync, readSync } from "node:fs";
import { environmentKms, folderKeystore, openVault } from "../../src/vault/index.js";
import { ANA, ORG } from "./vault-folder.js";

const ROUNDS = 200;
const CHUNK = 1 << 20;

/** Computed, so that no source text or constant holds it. */
function makeCanary(): Buffer {
  const canary = Buffer.from(new ArrayBuffer(16));
  for (let i = 0; i < canary.length; i++) canary[i] = (i * 37 + 11) ^ 0xa5;
  return canary;
}

function countInMemory(needle: Buffer): number {
  const memory = openSync("/proc/self/mem", "r");
  const chunk = Buffer.alloc(CHUNK);
  let found = 0;
  for (const line of readFileSync("/proc/self/maps", "utf8").split("\n")) {
    const [, from = "", to = ""] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? [];
    const end = Number.parseInt(to, 16);
    for (let at = Number.parseInt(from, 16); at < end; at += CHUNK - needle.length) {
      found += countIn(chunk.subarray(0, readAt(memory, chunk, at, end)), needle);
      chunk.fill(0);
    }
  }
  return found;
}

function readAt(memory: number, chunk: Buffer, at: number, end: number): number {
  try {
    return readSync(memory, chunk, 0, Math.min(CHUNK, end - at), at);
  } catch {
    return 0;
  }
}

function countIn(bytes: Buffer, needle: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(needle); at !== -1; at = bytes.indexOf(needle, at + 1)) count++;
  return count;
}

const [keystoreDir = "", mode] = process.argv.slice(2);
const vault = await openVault({ kms: environmentKms("ab".repeat(32)), keystore: folderKeystore(keystoreDir) });
const org = await vault.createOrg(ORG);
const key = org.newConsumerKey(ANA);
const kept: Buffer[] = [];
const sealed = org.withConsumer(ANA, key, (box) => {
  const canary = makeCanary();
  const envelope = box.seal("photo", canary);
  canary.fill(0);
  return envelope;
});
for (let i = 0; i < ROUNDS; i++) {
  const opened = org.withConsumer(ANA, key, (box) => box.open("photo", sealed));
  if (mode === "wipe") opened.fill(0);
  else kept.push(opened);
}
for (let i = 0; i < 3; i++) globalThis.gc?.();
process.stdout.write(String(countInMemory(makeCanary()) - 1));
