import assert from "node:assert/strict";
import type { Kept, Sandbox } from "../../contract.js";
import type { RawRequest, Route, RouteAnswer } from "../../routes.js";
import { type Bench, type Check, type Group, given, noneOf, outcomeOf, shopperOf } from "../bench.js";
import type { DeliveryFixture } from "../options.js";
import { findCanary, personalCanaries } from "../shopper.js";

/** What the store calls us for: believed when it is proven, otherwise met with null and never with a throw. */
export const receives: Group = ({ adapter, deliveries = {} }) =>
  (adapter.routes ?? []).flatMap((route) => checksOf(route, deliveries[route.name]));

function checksOf(route: Route<Kept>, delivery: DeliveryFixture<Sandbox> | undefined): Check[] {
  const fixture = (): DeliveryFixture<Sandbox> => given(delivery, `deliveries["${route.name}"]`);
  const make = async (bench: Bench): Promise<RawRequest> =>
    fixture().request(bench.sandbox, bench.now(), shopperOf(bench));
  return [
    {
      name: `receives/${route.name}-genuine`,
      title: "a genuine delivery is received, its events are unique and hold nothing personal",
      run: async (bench) => {
        const [first, again] = [
          await receive(bench, route, await make(bench), delivery?.known),
          await receive(bench, route, await make(bench), delivery?.known),
        ];
        assert.ok(first !== null && again !== null, "a genuine delivery was not accepted");
        assert.ok(first.status >= 200 && first.status < 300, "a genuine delivery was not answered with success");
        for (const { id, name } of first.events) assert.ok(id !== "" && name !== "", "an event without id or name");
        assert.equal(findCanary(first, personalCanaries(shopperOf(bench))), null, "it holds a value of the shopper's");
        const ids = ({ events }: RouteAnswer): string[] => events.map(({ id }) => id);
        assert.deepEqual(ids(again), ids(first), "the same delivery twice has different event ids");
      },
    },
    {
      name: `receives/${route.name}-forged`,
      title: "no signature, a wrong one, one of another length, another body: null",
      run: async (bench) => {
        for (const [what, forged] of Object.entries(forge(await make(bench), fixture().signature))) {
          assert.equal(await receive(bench, route, forged), null, `a delivery with ${what} was accepted`);
        }
      },
    },
    {
      name: `receives/${route.name}-stale`,
      title: "a delivery from long ago is a replay: null",
      ...noneOf(delivery?.staleAfterMs),
      run: async (bench) => {
        const request = await make(bench);
        bench.advance(given(fixture().staleAfterMs, "staleAfterMs") + 1000);
        assert.equal(await receive(bench, route, request), null, "a stale delivery was accepted");
      },
    },
  ];
}

async function receive(
  bench: Bench,
  route: Route<Kept>,
  request: RawRequest,
  known: DeliveryFixture<Sandbox>["known"] = [],
): Promise<RouteAnswer | null> {
  const outcome = await outcomeOf(route.answer(bench.stage({ known }).call, request));
  assert.ok("value" in outcome, "a delivery made the route throw");
  return outcome.value;
}

function forge(genuine: RawRequest, header: string): Record<string, RawRequest> {
  const signature = genuine.headers[header] ?? "";
  assert.ok(signature !== "", `the fixture's genuine delivery has no ${header}`);
  const signed = (value: string | undefined): RawRequest => ({
    ...genuine,
    headers: { ...genuine.headers, [header]: value },
  });
  const last = signature.replace(/[=]*$/, "").length - 1;
  // Three characters, each turned: base64 may leave bits of the last one unused.
  const turned = [...signature.slice(last - 2, last + 1)].map((sign) => (sign === "0" ? "1" : "0")).join("");
  return {
    "no signature": signed(undefined),
    "an empty signature": signed(""),
    "a wrong signature": signed(signature.slice(0, last - 2) + turned + signature.slice(last + 1)),
    "a signature cut short": signed(signature.slice(0, -4)),
    "a signature too long": signed(`${signature}${signature}`),
    "a signature that is no text": signed("\u00e9\u0000\u2603"),
    "another body": { ...genuine, body: Buffer.concat([Buffer.from(genuine.body), Buffer.from(" ")]) },
    "no body": { ...genuine, body: new Uint8Array() },
  };
}
