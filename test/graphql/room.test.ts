/** Dear queries wait for each other before they read anything; the others do not wait. */
import { describe, expect, test } from "@jest/globals";
import { openRoom } from "../../src/graphql/limits/room.js";

const LONG_MS = 60_000;

/** Asks for room and tells when it was given. */
function enter(room: ReturnType<typeof openRoom>, cost: number, name: string, entered: string[]) {
  const asked = room.ask(cost);
  if (asked === null) throw new Error("this one is not counted");
  return asked.then((leave) => {
    entered.push(name);
    return leave;
  });
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe("room for dear queries", () => {
  test("cheap ones do not wait, however many there are", () => {
    const room = openRoom(1_000, LONG_MS);
    expect(Array.from({ length: 100 }, () => room.ask(99))).toEqual(Array(100).fill(null));
  });

  test("is shared until it is full; whoever leaves lets the next one in, in their order", async () => {
    const room = openRoom(1_000, LONG_MS);
    const entered: string[] = [];
    const first = enter(room, 400, "first", entered);
    const second = enter(room, 600, "second", entered);
    const third = enter(room, 500, "third", entered);
    const fourth = enter(room, 100, "fourth", entered);
    await settle();
    expect(entered).toEqual(["first", "second"]);
    (await first)();
    await settle();
    expect(entered).toEqual(["first", "second"]);
    (await second)();
    await settle();
    expect(entered).toEqual(["first", "second", "third", "fourth"]);
    for (const leave of [await third, await fourth]) leave();
  });

  test("one that costs more than there is comes in alone", async () => {
    const room = openRoom(1_000, LONG_MS);
    const entered: string[] = [];
    const dear = enter(room, 5_000, "dear", entered);
    const other = enter(room, 100, "other", entered);
    await settle();
    expect(entered).toEqual(["dear"]);
    (await dear)();
    (await other)();
    expect(entered).toEqual(["dear", "other"]);
  });

  test("to leave twice gives back once", async () => {
    const room = openRoom(1_000, LONG_MS);
    const entered: string[] = [];
    const leave = await enter(room, 600, "first", entered);
    leave();
    leave();
    const leaves = [enter(room, 600, "second", entered), enter(room, 600, "third", entered)];
    await settle();
    expect(entered).toEqual(["first", "second"]);
    for (const next of leaves) (await next)();
  });

  test("whoever stays too long counts no more", async () => {
    const room = openRoom(1_000, 1);
    const entered: string[] = [];
    const slow = await enter(room, 1_000, "slow", entered);
    const next = await enter(room, 1_000, "next", entered);
    expect(entered).toEqual(["slow", "next"]);
    slow();
    next();
  });
});
