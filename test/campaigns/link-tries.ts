/** `links`: ways into a live view that are none, by the thousands: replayed, stolen, late, revoked, misplaced, guessed. */
import { openLiveViewServer } from "../../src/browser/live-view/server.js";
import { openLog } from "../../src/kernel/log.js";
import { claim, type Door, doorOf, makeNonce, openSocket } from "../support/live-client.js";
import { openEmptySession } from "../support/live-session.js";
import { seeded } from "../vault/seeded.js";
import type { Campaign, CampaignOptions, CampaignReport } from "./campaign.js";

interface World {
  /** An untouched link, its session's alone. */
  readonly fresh: () => Door & { readonly secret: string; readonly remint: () => void };
  readonly later: (ms: number) => void;
  /** An address that nobody used: the limit on guesses is not what is tried here. */
  readonly from: () => string;
  readonly random: (below: number) => number;
}

/** True when somebody who must not is let in. */
type Try = (world: World) => Promise<boolean>;

const TRIES: Readonly<Record<string, Try>> = {
  "the secret once more": async ({ fresh, from }) => {
    const door = fresh();
    await claim(door, door.secret, { from: from() });
    return isIn(await claim({ ...door, cookie: "" }, door.secret, { from: from() }));
  },
  "the secret once more, with the cookie of another session": async ({ fresh, from }) => {
    const [door, other] = [fresh(), fresh()];
    await claim(door, door.secret, { from: from() });
    await claim(other, other.secret, { from: from() });
    const value = other.cookie.split("=")[1] ?? "";
    const stolen = { ...door, cookie: `live-${door.id}=${value}` };
    return (
      isIn(await claim(stolen, null, { from: from() })) || isIn(await claim(stolen, door.secret, { from: from() }))
    );
  },
  "a ticket twice": async ({ fresh, from }) => {
    const door = fresh();
    const { body } = await claim(door, door.secret, { from: from() });
    const client = await openSocket(door, body.ticket ?? "", { from: from() });
    client.close();
    return await opens(door, body.ticket, from());
  },
  "a ticket without its cookie": async ({ fresh, from }) => {
    const door = fresh();
    const { body } = await claim(door, door.secret, { from: from() });
    return await opens({ ...door, cookie: "" }, body.ticket, from());
  },
  "a ticket that is old": async ({ fresh, from, later }) => {
    const door = fresh();
    const { body } = await claim(door, door.secret, { from: from() });
    later(30_000);
    return await opens(door, body.ticket, from());
  },
  "a ticket of another session": async ({ fresh, from }) => {
    const [door, other] = [fresh(), fresh()];
    await claim(door, door.secret, { from: from() });
    const { body } = await claim(other, other.secret, { from: from() });
    return await opens(door, body.ticket, from());
  },
  "a link that is old": async ({ fresh, from, later }) => {
    const door = fresh();
    later(600_000);
    return isIn(await claim(door, door.secret, { from: from() }));
  },
  "a link that another one took the place of": async ({ fresh, from }) => {
    const door = fresh();
    door.remint();
    return isIn(await claim(door, door.secret, { from: from() }));
  },
  "a viewer whose link another one took the place of": async ({ fresh, from }) => {
    const door = fresh();
    const { body } = await claim(door, door.secret, { from: from() });
    door.remint();
    return isIn(await claim(door, null, { from: from() })) || (await opens(door, body.ticket, from()));
  },
  "another site's page, claiming": async ({ fresh, from, random }) => {
    const door = fresh();
    return isIn(await claim(door, door.secret, { from: from(), origin: anOrigin(door.origin, random) }));
  },
  "another site's page, opening the socket": async ({ fresh, from, random }) => {
    const door = fresh();
    const { body } = await claim(door, door.secret, { from: from() });
    return await opens(door, body.ticket, from(), anOrigin(door.origin, random));
  },
  "a guess": async ({ fresh, from, random }) => {
    const door = fresh();
    return isIn(await claim(door, aGuess(door.secret, random), { from: from() }));
  },
  "a session's name that is none": async ({ fresh, from, random }) => {
    const door = { ...fresh(), id: `bs_${random(2 ** 31).toString(16)}` };
    return isIn(await claim(door, door.secret, { from: from() })) || (await opens(door, "A".repeat(43), from()));
  },
};

const isIn = ({ status, body }: Awaited<ReturnType<typeof claim>>): boolean =>
  status === 200 || body.ticket !== undefined;

async function opens(door: Door, ticket: string | undefined, from: string, origin?: string): Promise<boolean> {
  const client = await openSocket(door, ticket ?? "", { from, origin }).catch(() => null);
  client?.close();
  return client !== null;
}

function anOrigin(own: string, random: World["random"]): string {
  const others = ["null", "https://evil.example", `${own}.evil.example`, own.replace("http:", "https:"), `${own}/`, ""];
  return others[random(others.length)] ?? "";
}

/** Near misses among them: a character off, too long, empty, of another encoding. */
function aGuess(secret: string, random: World["random"]): string {
  const at = random(secret.length - 1);
  const other = secret[at] === "A" ? "B" : "A";
  const guesses = [
    makeNonce() + makeNonce().slice(1),
    secret.slice(0, at) + other + secret.slice(at + 1),
    secret.slice(0, -1),
    `${secret}A`,
    secret.toLowerCase() === secret ? "" : secret.toLowerCase(),
    "",
  ];
  return guesses[random(guesses.length)] ?? "";
}

export async function tryLinks({ size, seed, say }: CampaignOptions): Promise<CampaignReport> {
  let time = Date.now();
  let address = 0;
  const { below: random } = seeded(seed);
  const clock = { now: () => new Date(time) };
  const server = await openLiveViewServer({ host: "127.0.0.1", port: 0, log: openLog({ level: "silent" }), clock });
  const views: { close: () => void }[] = [];
  const world: World = {
    fresh: () => {
      const { view } = openEmptySession(server);
      views.push(view);
      const endsAt = () => new Date(time + 600_000);
      return { ...doorOf(view.mintLink(endsAt())), remint: () => void view.mintLink(endsAt()) };
    },
    later: (ms) => {
      time += ms;
    },
    from: () => `203.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address++ & 255}`,
    random,
  };
  const names = Object.keys(TRIES);
  const failures: string[] = [];
  let honest = 0;
  try {
    for (let count = 0; count < size; count++) {
      const name = names[count % names.length] ?? "";
      if (await TRIES[name]?.(world)) failures.push(`let in: ${name} (try ${count})`);
      if (count % 50 === 0) {
        const door = world.fresh();
        const { body } = await claim(door, door.secret, { from: world.from() });
        if (await opens(door, body.ticket, world.from())) honest++;
      }
      for (const view of views.splice(0)) view.close();
      if (count > 0 && count % 2_000 === 0) say(`${count} of ${size} tries`);
    }
  } finally {
    await server.close();
  }
  return {
    figures: {
      tries: size,
      "kinds of tries": names.length,
      "let in": failures.length,
      "honest viewers let in": honest,
    },
    failures,
    controls: [{ broken: "nothing: the link's own viewer comes in by the same doors", found: honest }],
  };
}

export const links: Campaign = {
  name: "links",
  title: "ways into a live view that are none",
  size: 10_000,
  run: tryLinks,
};
