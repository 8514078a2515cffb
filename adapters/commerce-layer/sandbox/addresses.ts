/** `/api/addresses`. There is no attribute for a house number, a district or a tax document. */
import { empty, type SandboxReply } from "@shopkey/adapter-sdk/sandbox";
import { invalid, notFound, showList, showOne, unauthorized } from "./json-api.js";
import { resolverOf, resourceOfAddress } from "./resources.js";
import { newId, type Org } from "./state.js";
import { isReply, isStaff, readSent, type Visit } from "./visit.js";

const ATTRIBUTES = [
  ...["business", "first_name", "last_name", "company", "line_1", "line_2", "city", "zip_code", "state_code"],
  ...["country_code", "phone", "email", "notes", "lat", "lng", "billing_info"],
  ...["reference", "reference_origin", "metadata"],
];
const REQUIRED = ["line_1", "city", "country_code", "phone"] as const;

export function createAddress(visit: Visit): SandboxReply {
  const { org, request } = visit;
  const sent = readSent(visit, "addresses", ATTRIBUTES, ["geocoder"]);
  if (isReply(sent)) return sent;
  const { attributes } = sent;
  const names = attributes.business === true ? ["company"] : ["first_name", "last_name"];
  const missing = [...names, ...REQUIRED].find(
    (name) => typeof attributes[name] !== "string" || attributes[name] === "",
  );
  if (missing !== undefined) return invalid(`/data/attributes/${missing}`, "blank");
  if (!/^[A-Z]{2}$/.test(String(attributes.country_code))) {
    return invalid("/data/attributes/country_code", "inclusion", attributes.country_code);
  }
  if (attributes.country_code === "BR" && /^0{5}/.test(String(attributes.zip_code))) {
    return invalid("/data/attributes/zip_code", "invalid", attributes.zip_code);
  }
  const address = { id: newId(), attributes: { ...attributes } };
  org.addresses.set(address.id, address);
  return showOne(org, request.url, 201, resourceOfAddress(address), resolverOf(org));
}

export function listAddresses(visit: Visit): SandboxReply {
  if (!isStaff(visit)) return unauthorized();
  const { org, request } = visit;
  return showList(org, request.url, [...org.addresses.values()].map(resourceOfAddress), resolverOf(org));
}

export function readAddress(visit: Visit): SandboxReply {
  const { org, request } = visit;
  const address = org.addresses.get(request.params.id ?? "");
  return address === undefined
    ? notFound()
    : showOne(org, request.url, 200, resourceOfAddress(address), resolverOf(org));
}

export function deleteAddress(visit: Visit): SandboxReply {
  if (!isStaff(visit)) return unauthorized();
  const { org, request } = visit;
  const { id = "" } = request.params;
  if (!org.addresses.delete(id)) return notFound();
  for (const order of org.orders.values()) {
    if (order.shippingId === id) order.shippingId = null;
    if (order.billingId === id) order.billingId = null;
  }
  return empty(204);
}

/** A copy is an address of its own; whose mark it was is not copied. */
export function copyAddress(org: Org, id: string): string {
  const { reference: _mine, reference_origin: _whose, ...attributes } = org.addresses.get(id)?.attributes ?? {};
  const copy = { id: newId(), attributes };
  org.addresses.set(copy.id, copy);
  return copy.id;
}
