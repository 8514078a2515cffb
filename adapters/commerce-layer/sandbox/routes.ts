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
  const visits = Object.entries(CORE).map(([pattern, use]) => [pattern, visited(core, use)] as const);
  const toCore = routeTable(Object.fromEntries(visits), notFound);
  return (request) => (request.account === AUTH ? toAuth(request) : toCore(request));
}

type Use = (visit: Visit) => SandboxReply;

function visited(core: CoreDesk, use: Use): SandboxHandler {
  return (request) => {
    const visit = openVisit(core, request);
    return isReply(visit) ? visit : use(visit);
  };
}

const CORE: Readonly<Record<string, Use>> = {
  "GET /api/customers": customers.listCustomers,
  "POST /api/customers": customers.createCustomer,
  "GET /api/customers/:id": customers.readCustomer,
  "PATCH /api/customers/:id": customers.changeCustomer,
  "DELETE /api/customers/:id": customers.deleteCustomer,
  "GET /api/orders": orders.listOrders,
  "POST /api/orders": orders.createOrder,
  "GET /api/orders/:id": orders.readOrder,
  "PATCH /api/orders/:id": orders.changeOrder,
  "DELETE /api/orders/:id": orders.deleteOrder,
  "POST /api/line_items": orders.addLineItem,
  "GET /api/addresses": addresses.listAddresses,
  "POST /api/addresses": addresses.createAddress,
  "GET /api/addresses/:id": addresses.readAddress,
  "DELETE /api/addresses/:id": addresses.deleteAddress,
  "GET /api/webhooks": webhooks.listWebhooks,
  "POST /api/webhooks": webhooks.createWebhook,
  "GET /api/webhooks/:id": webhooks.readWebhook,
  "PATCH /api/webhooks/:id": webhooks.changeWebhook,
};
