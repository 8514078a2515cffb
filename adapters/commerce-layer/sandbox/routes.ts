/** Which host answers what: the auth server's two routes, and the Core API's. */
import { routeTable, type SandboxHandler, type SandboxReply } from "@shopkey/adapter-sdk/sandbox";
import * as addresses from "./addresses.js";
import { type AuthDesk, grantToken, revokeToken } from "./auth.js";
import * as customers from "./customers.js";
import { notFound } from "./json-api.js";
import * as orders from "./orders.js";
import { type CoreDesk, isReply, openVisit, type Visit } from "./visit.js";
import * as webhooks from "./webhooks.js";

/** The account that the auth server's host belongs to; no organization is called so. */
export const AUTH = "auth";

export function routes(auth: AuthDesk, core: CoreDesk): SandboxHandler {
  const toAuth = routeTable(
    {
      "POST /oauth/token": (request) => grantToken(auth, request),
      "POST /oauth/revoke": (request) => revokeToken(auth, request),
    },
    notFound,
  );
  const visited =
    (use: (visit: Visit) => SandboxReply): SandboxHandler =>
    (request) => {
      const visit = openVisit(core, request);
      return isReply(visit) ? visit : use(visit);
    };
  const toCore = routeTable(
    {
      "GET /api/customers": visited(customers.listCustomers),
      "POST /api/customers": visited(customers.createCustomer),
      "GET /api/customers/:id": visited(customers.readCustomer),
      "PATCH /api/customers/:id": visited(customers.changeCustomer),
      "DELETE /api/customers/:id": visited(customers.deleteCustomer),
      "GET /api/orders": visited(orders.listOrders),
      "POST /api/orders": visited(orders.createOrder),
      "GET /api/orders/:id": visited(orders.readOrder),
      "PATCH /api/orders/:id": visited(orders.changeOrder),
      "DELETE /api/orders/:id": visited(orders.deleteOrder),
      "POST /api/line_items": visited(orders.addLineItem),
      "GET /api/addresses": visited(addresses.listAddresses),
      "POST /api/addresses": visited(addresses.createAddress),
      "GET /api/addresses/:id": visited(addresses.readAddress),
      "DELETE /api/addresses/:id": visited(addresses.deleteAddress),
      "GET /api/webhooks": visited(webhooks.listWebhooks),
      "POST /api/webhooks": visited(webhooks.createWebhook),
      "GET /api/webhooks/:id": visited(webhooks.readWebhook),
      "PATCH /api/webhooks/:id": visited(webhooks.changeWebhook),
    },
    notFound,
  );
  return (request) => (request.account === AUTH ? toAuth(request) : toCore(request));
}
