/** Takes the shopper out of an order that was begun: with the integration credential, which may delete. */

import * as api from "./api.js";
import { errorOfAnswer, isGone } from "./errors.js";
import type { LayerCall } from "./exchange.js";
import type { Line } from "./line.js";
import { type Order, readIds, readOrder } from "./records.js";
import { readTrail, type Trail } from "./trail.js";

/**
 * An order of ours is deleted; one that the org had named keeps its items and loses the shopper. The addresses go in both cases,
 * found by our mark, with the copy that the store makes for billing. The customer record that an e-mail address leaves
 * behind is not touched: that is what anonymization is for.
 */
export async function abandon(call: LayerCall, line: Line): Promise<void> {
  const trail = readTrail(call.resume);
  if (trail === null) return;
  const order = await readBegun(call, line, trail.order);
  if (order !== null && ["placing", "placed", "approved"].includes(order.status)) return;
  const made = readIds(await line.ask(api.findAddresses(trail.mark)), "addresses");
  const ours = new Set([...trail.addresses, ...made]);
  if (order !== null) await takeOut(call, line, order, trail, ours);
  for (const id of ours) await done(call, line, api.deleteAddress(id));
}

async function takeOut(call: LayerCall, line: Line, order: Order, trail: Trail, ours: Set<string>): Promise<void> {
  const carriesOurs = order.shipping !== null && ours.has(order.shipping.id);
  if (!carriesOurs && !trail.own) return; // the change that names the shopper never came through
  // The store's own copy of our address.
  if (carriesOurs && order.billing !== null) ours.add(order.billing.id);
  if (trail.own && (await isDeleted(call, line, order.id))) return;
  const answer = await line.tell(api.anonymizeOrder(order.id));
  // A store that does not let go of the e-mail address loses the order with it.
  if (answer.status === 422) return done(call, line, api.deleteOrder(order.id));
  if (answer.status < 200 || answer.status > 299) throw errorOfAnswer(answer, call.now());
}

/** False when this order cannot be deleted. */
async function isDeleted(call: LayerCall, line: Line, id: string): Promise<boolean> {
  const answer = await line.tell(api.deleteOrder(id));
  if ((answer.status >= 200 && answer.status <= 299 && answer.json !== undefined) || isGone(answer)) return true;
  if (answer.status === 422 && answer.problems.length > 0) return false;
  throw errorOfAnswer(answer, call.now());
}

async function readBegun(call: LayerCall, line: Line, id: string): Promise<Order | null> {
  const answer = await line.tell(api.getOrder(id, "integration"));
  if (isGone(answer)) return null;
  if (answer.status < 200 || answer.status > 299) throw errorOfAnswer(answer, call.now());
  return readOrder(answer.json);
}

async function done(call: LayerCall, line: Line, request: api.StoreRequest): Promise<void> {
  const answer = await line.tell(request);
  if ((answer.status >= 200 && answer.status <= 299 && answer.json !== undefined) || isGone(answer)) return;
  throw errorOfAnswer(answer, call.now());
}
