import { readFile } from "node:fs/promises";
import type { Config } from "../config.js";
import { UsageWrong } from "./failure.js";
import { type Where, withCaller } from "./house.js";
import type { Output } from "./output.js";

interface IssuerOptions extends Where {
  readonly jwks?: string;
  readonly secretFile?: string;
  readonly issuer?: string;
}

export async function setIssuer(config: Config, options: IssuerOptions, out: Output): Promise<void> {
  const { jwks, secretFile, issuer = null } = options;
  if ((jwks === undefined) === (secretFile === undefined))
    throw new UsageWrong("Name one of --jwks and --secret-file.");
  const given =
    jwks === undefined
      ? { secret: trimmed(await readOption("--secret-file", secretFile ?? "")), issuer }
      : { jwks: parse((await readOption("--jwks", jwks)).toString("utf8")), issuer };
  await withCaller(config, options, async (identity, caller) => {
    await identity.setTokenIssuer(caller, given);
    const kind = jwks === undefined ? "secret" : "key set";
    out.print(
      { kind, environment: caller.scope.environment },
      `tokens of the org are checked by this ${kind} from now on`,
    );
  });
}

export const removeIssuer = (config: Config, where: Where, out: Output): Promise<void> =>
  withCaller(config, where, async (identity, caller) => {
    const removed = await identity.removeTokenIssuer(caller);
    out.print({ removed }, removed ? "no token of the org is accepted any more" : "there was none");
  });

/** An editor's line feed at the end is not meant. */
function trimmed(bytes: Buffer): Uint8Array {
  let end = bytes.length;
  while (end > 0 && (bytes[end - 1] === 10 || bytes[end - 1] === 13)) end -= 1;
  return bytes.subarray(0, end);
}

const readOption = (option: string, path: string): Promise<Buffer> =>
  readFile(path).catch(() => {
    throw new UsageWrong(`${option} cannot be read.`);
  });

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageWrong("--jwks is not a JSON file.");
  }
}
