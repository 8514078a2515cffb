/** Which of VTEX's routes this store has; every other one is the storefront's 404 page. */
import { empty, json, routeTable, type SandboxHandler, type SandboxReply } from "@shopkey/adapter-sdk/sandbox";
import { type Accounts, addCart } from "./accounts.js";
import { answerLogin, LOGIN_PATH, showAdmin, showLogin } from "./admin.js";
import * as attachments from "./attachments.js";
import { scrub } from "./cart.js";
import { createJob, readJob } from "./forget.js";
import { addItems } from "./items.js";
import { sendAccessKey, startLogin, validateAccessKey } from "./logins.js";
import { mask } from "./mask.js";
import { loginWithKey, validateCredential } from "./operators.js";
import { profileOf } from "./order-form.js";
import { showPage } from "./page.js";
import { showPostalCode } from "./postal-codes.js";
import { isComplete, type Profile } from "./profiles.js";
import { pageNotFound, refuse } from "./refusals.js";
import { readSegment, readSession, writeSession } from "./sessions.js";
import {
  answerCart,
  type Body,
  type CartVisit,
  cartCookies,
  cartOfVisit,
  lacksHeaders,
  openVisit,
  type Visit,
  visitCart,
  withCart,
  withOpenCart,
} from "./visit.js";

const FORM = "/api/checkout/pub/orderForm";

export function routes(accounts: Accounts, now: () => Date): SandboxHandler {
  const api =
    (use: (visit: Visit) => SandboxReply): SandboxHandler =>
    (request) =>
      lacksHeaders(request) ? refuse(415, "ORD002") : use(openVisit(accounts, request, now().getTime()));
  const change = (use: (visit: CartVisit, body: Body) => SandboxReply) => api((visit) => withOpenCart(visit, use));

  return routeTable(
    {
      "GET /checkout/": ({ url }) => showPage(accounts, url.searchParams.get("orderFormId") ?? ""),
      "GET /admin": (request) => showAdmin(accounts.of(request.account), request, now().getTime()),
      [`GET ${LOGIN_PATH}`]: (request) => showLogin(accounts.of(request.account), request, now().getTime()),
      [`POST ${LOGIN_PATH}`]: (request) => answerLogin(accounts.of(request.account), request, now().getTime()),
      "GET /checkout": ({ url }) => showPage(accounts, url.searchParams.get("orderFormId") ?? ""),
      "GET /checkout/changeToAnonymousUser/:id": api((visit) => withCart(visit, changeToAnonymous)),
      [`GET ${FORM}`]: api((visit) => visitCart(visit, cartOfVisit(visit), answerCart)),
      [`GET ${FORM}/:id`]: api((visit) => withCart(visit, answerCart)),
      [`POST ${FORM}/:id/items`]: change(addItems),
      [`PATCH ${FORM}/:id/profile`]: change(attachments.setIgnoreProfile),
      [`POST ${FORM}/:id/attachments/clientProfileData`]: change(attachments.attachProfile),
      [`POST ${FORM}/:id/attachments/shippingData`]: change(attachments.attachShipping),
      [`POST ${FORM}/:id/attachments/clientPreferencesData`]: change(attachments.attachPreferences),
      [`POST ${FORM}/:id/attachments/marketingData`]: change(attachments.attachMarketing),
      "GET /api/checkout/pub/profiles": api(findProfile),
      "GET /api/checkout/pub/postal-code/:country/:code": api(({ request: { params } }) =>
        json(200, showPostalCode(params.country ?? "", params.code ?? "")),
      ),
      "POST /api/sessions": api((visit) => writeSession(visit, now().getTime())),
      "PATCH /api/sessions": api((visit) => writeSession(visit, now().getTime())),
      "GET /api/sessions": api((visit) => readSession(visit, now().getTime())),
      "POST /api/vtexid/credential/validate": api((visit) => validateCredential(visit, now().getTime())),
      "GET /api/vtexid/pub/authentication/start": api((visit) => startLogin(visit, now().getTime())),
      "POST /api/vtexid/pub/authentication/accesskey/send": (request) =>
        sendAccessKey(accounts.of(request.account), request, now().getTime()),
      "POST /api/vtexid/pub/authentication/accesskey/validate": (request) =>
        validateAccessKey(accounts.of(request.account), request, now().getTime()),
      "GET /api/segments": api((visit) => readSegment(visit)),
      "POST /api/vtexid/apptoken/login": api((visit) => loginWithKey(visit, now().getTime())),
      "POST /api/user-rights/forget/jobs": api((visit) => createJob(visit, now().getTime())),
      "GET /api/user-rights/forget/jobs/:jobId": api((visit) => readJob(visit, now().getTime())),
    },
    pageNotFound,
  );
}

/** The items go to a new, anonymous cart; the old one keeps nothing personal. */
function changeToAnonymous({ account, cart }: CartVisit): SandboxReply {
  const fresh = addCart(account, cart.salesChannel);
  fresh.items = cart.items.map((item) => ({ ...item }));
  scrub(cart);
  return empty(302, { headers: { location: "/checkout/#/orderform" }, cookies: cartCookies(fresh, true) });
}

/** Unknown is a 200 with nulls; a complete profile is masked for everyone who is not that shopper. */
function findProfile({ request, account, viewer }: Visit): SandboxReply {
  const email = request.url.searchParams.get("email");
  if (email === null || email === "") return refuse(400, "CHK0131");
  if (request.switches.profilesDenied === true) return refuse(403, "CHK003");
  const found = profileOf(account, email, viewer.identityWall);
  const complete = isComplete(found);
  const isShown = complete || request.url.searchParams.get("ensureComplete") === "false";
  return json(200, found !== undefined && isShown ? showProfile(found, complete) : UNKNOWN);
}

const UNKNOWN = {
  userProfileId: null,
  profileProvider: null,
  availableAccounts: null,
  availableAddresses: null,
  userProfile: null,
  isComplete: false,
};

function showProfile({ addresses, ...userProfile }: Profile, complete: boolean) {
  return {
    userProfileId: "fb542e51-5488-4c34-8d17-ed8fcf597a94",
    profileProvider: "VTEX",
    availableAccounts: [],
    availableAddresses: addresses.map((address) => (complete ? mask(address) : address)),
    userProfile: complete ? mask(userProfile) : userProfile,
    isComplete: complete,
  };
}
