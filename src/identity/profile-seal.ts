import type { ConsumerBox } from "../vault/index.js";
import type { ProfileUnit } from "./inputs.js";
import { isTextUnit, leafOf, type PlainProfile, UNIT_FIELDS } from "./profile-fields.js";

type Opened = Readonly<Record<string, string | undefined>>;

/** Written out: to name a place by what is in a variable costs more, over a page of profiles, than to read their JSON. */
function placeName({ firstName, lastName }: Opened, plain: PlainProfile): void {
  if (firstName !== undefined) plain["buyer.firstName"] = firstName;
  if (lastName !== undefined) plain["buyer.lastName"] = lastName;
}

function placeDocument({ document, documentType }: Opened, plain: PlainProfile): void {
  if (document !== undefined) plain["buyer.document"] = document;
  if (documentType !== undefined) plain["buyer.documentType"] = documentType;
}

function placeAddress(opened: Opened, plain: PlainProfile): void {
  if (opened.postalCode !== undefined) plain["address.postalCode"] = opened.postalCode;
  if (opened.street !== undefined) plain["address.street"] = opened.street;
  if (opened.number !== undefined) plain["address.number"] = opened.number;
  if (opened.complement !== undefined) plain["address.complement"] = opened.complement;
  if (opened.neighborhood !== undefined) plain["address.neighborhood"] = opened.neighborhood;
  if (opened.city !== undefined) plain["address.city"] = opened.city;
  if (opened.state !== undefined) plain["address.state"] = opened.state;
  if (opened.country !== undefined) plain["address.country"] = opened.country;
  if (opened.reference !== undefined) plain["address.reference"] = opened.reference;
  if (opened.receiver !== undefined) plain["address.receiver"] = opened.receiver;
}

function placeCompany(opened: Opened, plain: PlainProfile): void {
  if (opened.corporateName !== undefined) plain["buyer.corporateName"] = opened.corporateName;
  if (opened.tradeName !== undefined) plain["buyer.tradeName"] = opened.tradeName;
  if (opened.corporateDocument !== undefined) plain["buyer.corporateDocument"] = opened.corporateDocument;
  if (opened.corporatePhone !== undefined) plain["buyer.corporatePhone"] = opened.corporatePhone;
  if (opened.stateInscription !== undefined) plain["buyer.stateInscription"] = opened.stateInscription;
}

const PLACE: Readonly<Record<Exclude<ProfileUnit, "email" | "phone">, (opened: Opened, plain: PlainProfile) => void>> =
  {
    name: placeName,
    document: placeDocument,
    address: placeAddress,
    company: placeCompany,
  };

/** Opens one unit into `plain`. Throws EnvelopeRejected. */
export function openUnit(box: ConsumerBox, unit: ProfileUnit, envelope: Uint8Array, plain: PlainProfile): void {
  const text = box.openText(unit, envelope);
  if (unit === "email") plain["buyer.email"] = text;
  else if (unit === "phone") plain["buyer.phone"] = text;
  else PLACE[unit](JSON.parse(text) as Opened, plain);
}

/** A new envelope of the unit's fields in `plain`; null when it holds none of them. */
export function sealUnit(box: ConsumerBox, unit: ProfileUnit, plain: PlainProfile): Buffer | null {
  if (isTextUnit(unit)) {
    const text = plain[unit === "email" ? "buyer.email" : "buyer.phone"];
    return text === undefined ? null : box.seal(unit, text);
  }
  const values: Record<string, string> = {};
  let empty = true;
  for (const field of UNIT_FIELDS[unit]) {
    const value = plain[field];
    if (value === undefined) continue;
    values[leafOf(field)] = value;
    empty = false;
  }
  return empty ? null : box.seal(unit, JSON.stringify(values));
}
