import { json, type SandboxReply, type Switches, TROUBLES } from "./exchange.js";
import type { Bench } from "./serve.js";

/**
 * The part under `/_sandbox/`, for people and tests. `?account=` narrows to one account; without it: all.
 * - `GET | PUT | DELETE /_sandbox/switches`  the failure switches (PUT takes and replaces the whole JSON object)
 * - `GET | DELETE /_sandbox/state`           what the store holds; empties it
 * - `GET | DELETE /_sandbox/journal`         method, path and status of what was asked
 */
export function answerControl(method: string, url: URL, body: Uint8Array | null, bench: Bench): SandboxReply {
  const account = url.searchParams.get("account");
  switch (`${method} ${url.pathname.slice("/_sandbox/".length)}`) {
    case "GET switches":
      return json(200, bench.switches.of(account ?? ""));
    case "PUT switches": {
      const switches = readSwitches(body);
      if (switches === null) return json(400, { error: "switches are a JSON object", troubles: TROUBLES });
      bench.switches.set(account, switches);
      return json(200, bench.switches.of(account ?? ""));
    }
    case "DELETE switches":
      bench.switches.clear(account);
      return json(200, bench.switches.of(account ?? ""));
    case "GET state":
      return json(200, bench.lens(account) ?? null);
    case "DELETE state":
      bench.reset(account);
      return json(200, bench.lens(account) ?? null);
    case "GET journal":
      return json(200, account === null ? bench.journal : bench.journal.filter((entry) => entry.account === account));
    case "DELETE journal":
      bench.journal.length = 0;
      return json(200, []);
    default:
      return bench.control?.(method, url) ?? json(404, { error: "the sandbox has switches, state and journal here" });
  }
}

function readSwitches(body: Uint8Array | null): Switches | null {
  try {
    const switches: unknown = JSON.parse(Buffer.from(body ?? []).toString("utf8"));
    if (typeof switches !== "object" || switches === null || Array.isArray(switches)) return null;
    const { trouble } = switches as Switches;
    return trouble === undefined || Object.hasOwn(TROUBLES, trouble) ? (switches as Switches) : null;
  } catch {
    return null;
  }
}
