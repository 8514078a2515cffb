/** `typing`: strings of every kind, typed as fast as messages can be sent, by keys, dead keys, input methods and pastes. */
import { openLiveViewServer } from "../../src/browser/live-view/server.js";
import { openLog } from "../../src/kernel/log.js";
import { MODIFIERS, type ViewerMessage } from "../../src/web/live-view/protocol.js";
import { enter } from "../support/live-client.js";
import { openLiveSession } from "../support/live-session.js";
import { type Seeded, seeded } from "../vault/seeded.js";
import type { Campaign, CampaignOptions, CampaignReport } from "./campaign.js";

/** The characters of a US keyboard, plain and with shift. */
const KEYS: readonly (readonly [code: string, plain: string, shifted: string])[] = [
  ..."abcdefghijklmnopqrstuvwxyz".split("").map((one) => [`Key${one.toUpperCase()}`, one, one.toUpperCase()] as const),
  ...[")!@#$%^&*("].flatMap((all) => all.split("").map((one, digit) => [`Digit${digit}`, String(digit), one] as const)),
  ["Space", " ", " "],
  ["Minus", "-", "_"],
  ["Equal", "=", "+"],
  ["BracketLeft", "[", "{"],
  ["BracketRight", "]", "}"],
  ["Backslash", "\\", "|"],
  ["Semicolon", ";", ":"],
  ["Quote", "'", '"'],
  ["Backquote", "`", "~"],
  ["Comma", ",", "<"],
  ["Period", ".", ">"],
  ["Slash", "/", "?"],
];

interface Typed {
  readonly text: string;
  readonly messages: readonly ViewerMessage[];
}
type Hand = (random: Seeded) => Typed;

const stroke = (key: string, code: string, mod = 0, text: string | undefined = key): ViewerMessage[] => [
  { t: "key", k: "down", key, code, mod, repeat: false, ...(text === undefined ? {} : { text }) },
  { t: "key", k: "up", key, code, mod, repeat: false },
];

function keyOf(random: Seeded): Typed {
  const [code, plain, shifted] = random.pick(KEYS);
  if (random.below(3) > 0) return { text: plain, messages: stroke(plain, code) };
  const shift = (k: "down" | "up", mod: number): ViewerMessage => ({
    t: "key",
    k,
    key: "Shift",
    code: "ShiftLeft",
    mod,
    repeat: false,
  });
  const messages = [shift("down", MODIFIERS.shift), ...stroke(shifted, code, MODIFIERS.shift), shift("up", 0)];
  return { text: shifted, messages };
}

const many =
  (one: Hand, least: number, most: number): Hand =>
  (random) => {
    const all = Array.from({ length: least + random.below(most - least + 1) }, () => one(random));
    return { text: all.map(({ text }) => text).join(""), messages: all.flatMap(({ messages }) => messages) };
  };
const textOf =
  (choices: readonly string[]): Hand =>
  (random) => {
    const text = random.pick(choices);
    return { text, messages: [{ t: "text", s: text }] };
  };
/** Steps of an input method, then what it commits. */
const composed =
  (choices: readonly (readonly string[])[]): Hand =>
  (random) => {
    const steps = random.pick(choices);
    const text = steps.at(-1) ?? "";
    const updates = steps
      .slice(0, -1)
      .map((s): ViewerMessage => ({ t: "comp", k: "update", s, from: s.length, to: s.length }));
    return { text, messages: [...updates, { t: "comp", k: "end", s: text, from: text.length, to: text.length }] };
  };
/** A key of another layout, by its place here; a dead key with the letter that it makes. */
const foreign =
  (choices: readonly (readonly [string, string])[]): Hand =>
  (random) => {
    const [text, code] = random.pick(choices);
    return { text, messages: stroke(text, code) };
  };
const dead: Hand = (random) => {
  const [text, letter] = random.pick([
    ["é", "KeyE"],
    ["ã", "KeyA"],
    ["ô", "KeyO"],
    ["ü", "KeyU"],
    ["ñ", "KeyN"],
    ["Ç", "KeyC"],
  ] as const);
  const press = stroke("Dead", "BracketLeft", 0, undefined).map((one) => {
    const { text: _, ...rest } = one as Extract<ViewerMessage, { t: "key" }>;
    return rest;
  });
  return { text, messages: [...press, ...stroke(text, letter)] };
};

const HANDS: Readonly<Record<string, Hand>> = {
  "keys, ASCII": many(keyOf, 8, 40),
  AltGr: many(
    foreignWith(MODIFIERS.ctrl | MODIFIERS.alt, [
      ["@", "KeyQ"],
      ["€", "KeyE"],
      ["{", "Digit7"],
      ["\\", "Minus"],
      ["µ", "KeyM"],
    ]),
    3,
    12,
  ),
  "Option of a Mac": many(
    foreignWith(MODIFIERS.alt, [
      ["å", "KeyA"],
      ["ß", "KeyS"],
      ["∂", "KeyD"],
      ["–", "Minus"],
    ]),
    3,
    12,
  ),
  "dead keys": many((random) => (random.below(2) === 0 ? dead(random) : keyOf(random)), 6, 24),
  "an input method": many(
    composed([
      ["n", "ni", "に", "日"],
      ["ほ", "ほん", "本"],
      ["ㅎ", "하", "한"],
      ["zhong", "中"],
    ]),
    2,
    8,
  ),
  emoji: many(textOf(["🔑", "👩‍👩‍👧", "🇧🇷", "é", "😀"]), 2, 8),
  "right to left": many(
    foreign([
      ["ש", "KeyA"],
      ["ל", "KeyK"],
      ["ו", "KeyU"],
      ["ם", "KeyO"],
      ["م", "KeyL"],
      ["ر", "KeyV"],
    ]),
    4,
    16,
  ),
  "a phone (229)": many(textOf("abcdefghijklmnopqrstuvwxyz0123456789.@-_ãç".split("")), 6, 30),
  "a paste of 256": (random) => {
    const { text } = many(
      (one) => (one.below(5) === 0 ? textOf(["é", "日", "🔑"])(one) : keyOf(one)),
      256,
      256,
    )(random);
    return { text, messages: [{ t: "paste", s: text }] };
  },
  "all of it": (random) =>
    many((one) => one.pick([keyOf, dead, composed([["か", "火"]]), textOf(["🔑", "x"]), pasted])(one), 10, 30)(random),
};

function foreignWith(mod: number, choices: readonly (readonly [string, string])[]): Hand {
  return (random) => {
    const [text, code] = random.pick(choices);
    return { text, messages: stroke(text, code, mod) };
  };
}

function pasted(random: Seeded): Typed {
  const text = random.pick(["abc", "123456", "é—z"]);
  return { text, messages: [{ t: "paste", s: text }] };
}

/** Looks at a field that does not change, 25 ms apart: a machine that is busy with other things may pause for seconds. */
const PATIENCE = 400;

const FIELDS = ["#field", "#plain", "#password"];

export async function typeStrings({ size, seed, say }: CampaignOptions): Promise<CampaignReport> {
  const random = seeded(seed);
  const server = await openLiveViewServer({ host: "127.0.0.1", port: 0, log: openLog({ level: "silent" }) });
  const live = await openLiveSession(server, { path: "/typed" });
  const { client } = await enter(live.view.mintLink(new Date(Date.now() + 60_000)));
  await client.until("url", ({ host }) => host !== "");
  const read = (frame: number, field: string): Promise<string> =>
    live.page.frames()[frame]?.evaluate<string>(`document.querySelector("${field}").value`) ?? Promise.resolve("");
  /** What the field holds once it is right, or changes no more. */
  const typeInto = async (frame: number, field: string, { text, messages }: Typed): Promise<string> => {
    const clear = `{const one=document.querySelector("${field}");one.value="";one.focus()}`;
    await live.page.frames()[frame]?.evaluate(clear);
    for (const message of messages) client.send(message);
    let value = "";
    for (let still = 0; still < PATIENCE; still++) {
      const next = await read(frame, field);
      if (next === text) {
        // Nothing comes after it either.
        await client.until(
          "pong",
          (
            (before) => (one) =>
              !before.has(one)
          )(pinged()),
        );
        return await read(frame, field);
      }
      if (next !== value) still = 0;
      value = next;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    return value;
  };
  const pinged = (): ReadonlySet<unknown> => {
    const before = new Set<unknown>(client.said.splice(0));
    client.send({ t: "ping" });
    return before;
  };
  const names = Object.keys(HANDS);
  const failures: string[] = [];
  let doubled = 0;
  let characters = 0;
  try {
    for (let count = 0; count < size; count++) {
      const name = names[count % names.length] ?? "";
      const typed = HANDS[name]?.(random) ?? { text: "", messages: [] };
      const [frame, field] = [random.below(2), FIELDS[random.below(FIELDS.length)] ?? ""];
      characters += typed.text.length;
      const value = await typeInto(frame, field, typed);
      if (value !== typed.text)
        failures.push(`${name}, frame ${frame}, ${field}, string ${count}: ${differs(typed.text, value)}`);
      if (count > 0 && count % 200 === 0) say(`${count} of ${size} strings`);
    }
    const twice = keyOf(random);
    const value = await typeInto(0, "#field", {
      text: twice.text,
      messages: [...twice.messages, { t: "text", s: twice.text }],
    });
    doubled = value === twice.text ? 0 : 1;
  } finally {
    client.close();
    await live.close();
    await server.close();
  }
  return {
    figures: { strings: size, characters, "kinds of typing": names.length, wrong: failures.length },
    failures,
    controls: [{ broken: "a key's text is sent a second time as text", found: doubled }],
  };
}

/** Where two texts part, in code units of all that there should be. */
function differs(wanted: string, value: string): string {
  const at = [...wanted].findIndex((_, index) => [...wanted][index] !== [...value][index]);
  return `${value.length} instead of ${wanted.length}, from ${at} on: ${JSON.stringify([...wanted].slice(at, at + 4))} became ${JSON.stringify([...value].slice(at, at + 4))}`;
}

export const typing: Campaign = {
  name: "typing",
  title: "strings typed, composed and pasted through the live view",
  size: 1_000,
  run: typeStrings,
};
