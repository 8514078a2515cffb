/**
 * The sandbox's own controls, beside the common ones:
 * - `GET  /_sandbox/tokens`             what the tokens say that work now
 * - `POST /_sandbox/tokens/expire`      every token issued so far stops working
 * - `POST /_sandbox/orders/{id}/place`  the shopper pays: the order is placed, and counts for the customer
 * - `POST /_sandbox/settle`             brings every anonymization to where the clock is and delivers what is due
 */
import { json, type SandboxReply } from "@shopkey/adapter-sdk/sandbox";
import type { Order, Org, Orgs } from "./state.js";
import type { TokenOffice } from "./tokens.js";
import type { Announce } from "./webhooks.js";

interface Controls {
  readonly orgs: Orgs;
  readonly office: TokenOffice;
  readonly now: () => Date;
  readonly announce: Announce;
  readonly settle: () => Promise<void>;
}

const PLACE = /^\/_sandbox\/orders\/([A-Za-z0-9]{1,32})\/place$/;

export function answerControl(controls: Controls, method: string, url: URL): SandboxReply | null {
  const { office } = controls;
  switch (`${method} ${url.pathname}`) {
    case "GET /_sandbox/tokens":
      return json(200, office.lens());
    case "POST /_sandbox/tokens/expire":
      office.expireAll();
      return json(200, office.lens());
    case "POST /_sandbox/settle":
      void controls.settle();
      return json(202, {});
    default:
      return method === "POST" ? place(controls, PLACE.exec(url.pathname)?.[1] ?? "") : null;
  }
}

function place({ orgs, now, announce }: Controls, id: string): SandboxReply | null {
  const org = orgs.all().find(({ orders }) => orders.has(id));
  const order = org?.orders.get(id);
  if (org === undefined || order === undefined) return null;
  if (order.status !== "placed") count(org, order, announce, now().getTime());
  return json(200, order);
}

/** The first order makes an acquired customer, the second one who repeats. */
function count(org: Org, order: Order, announce: Announce, now: number): void {
  order.status = "placed";
  const customer = org.customers.get(order.customerId ?? "");
  if (customer === undefined) return;
  customer.ordersCount += 1;
  customer.status = customer.ordersCount >= 2 ? "repeat" : "acquired";
  customer.updatedAt = now;
  announce(org, `customers.${customer.status}`, customer);
}
