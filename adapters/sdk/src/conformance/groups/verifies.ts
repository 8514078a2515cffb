import assert from "node:assert/strict";
import type { Trouble } from "../../sandbox/index.js";
import {
  type Bench,
  type Check,
  connectAtOnce,
  connectWell,
  type Group,
  given,
  isNone,
  loginOf,
  noneOf,
} from "../bench.js";
import type { None } from "../options.js";

/** A store that cannot be asked is never read as a shopper who logged out. */
const SILENCES = ["down", "htmlNotFound", "rateLimited", "garbage", "reset", "cut"] as const;

export const verifies: Group = ({ login }) =>
  isNone(login) ? SILENCES.map(withoutLogin) : [...withLogin(login.lastsMs), ...SILENCES.map(silence)];

const withLogin = (lastsMs: number | None): readonly Check[] => [
  {
    name: "verifies/live",
    title: "a fresh login is live, however often it is asked",
    run: async (bench) => {
      const { secret } = await connectWell(bench);
      assert.equal(await kindOf(bench, secret), "live");
      assert.equal(await kindOf(bench, secret), "live");
    },
  },
  {
    name: "verifies/revoked",
    title: "what was ended at the store is revoked; seen from a browser, it may look expired, or suspect",
    run: async (bench) => {
      const { secret } = await connectWell(bench);
      await loginOf(bench).revoke(bench.sandbox, secret);
      const health = await bench.adapter.connect.verify(bench.stage().call, secret);
      const isSuspect = health.kind === "inconclusive" && health.suspect === true;
      if (bench.adapter.browser !== undefined && (isSuspect || health.kind === "expired")) return;
      assert.equal(health.kind, "revoked");
    },
  },
  {
    name: "verifies/expired",
    title: "what ran out is expired",
    ...noneOf(lastsMs),
    run: async (bench) => {
      const { secret } = await connectWell(bench);
      bench.advance(given(loginOf(bench).lastsMs, "lastsMs") + 1);
      assert.equal(await kindOf(bench, secret), "expired");
    },
  },
];

const silence = (trouble: Trouble): Check => ({
  name: `verifies/${trouble}`,
  title: "a store in this trouble is inconclusive, and nothing has changed afterwards",
  run: async (bench) => {
    const { secret } = await connectWell(bench);
    await bench.trouble(trouble);
    const health = await bench.adapter.connect.verify(bench.stage().call, secret);
    assert.equal(health.kind, "inconclusive");
    assert.ok(health.why.trim() !== "", "it does not say why");
    assert.ok(health.suspect === undefined, "a store in trouble makes it suspect a logout");
    await bench.trouble(null);
    assert.equal(await kindOf(bench, secret), "live");
  },
});

/** Without a login nothing can end; a store that is silent all the less. */
const withoutLogin = (trouble: Trouble): Check => ({
  name: `verifies/${trouble}`,
  title: "a store in this trouble is inconclusive, or live where nothing is asked of it",
  run: async (bench) => {
    const connected = await connectAtOnce(bench);
    if (connected === null) return;
    await bench.trouble(trouble);
    assert.match(await kindOf(bench, connected.secret), /^(inconclusive|live)$/);
  },
});

const kindOf = async (bench: Bench, secret: unknown): Promise<string> =>
  (await bench.adapter.connect.verify(bench.stage().call, secret)).kind;
