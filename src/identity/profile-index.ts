import type { ProfileRow } from "../data/index.js";
import type { ConsumerBox, IndexedField } from "../vault/index.js";
import type { PlainProfile } from "./profile-fields.js";
import { openUnit } from "./profile-seal.js";

/** The values by which a consumer is found, as they were indexed. Plain: they live as long as what is made of them. */
export function normalisedIndex(
  box: ConsumerBox,
  profile: Pick<ProfileRow, "email" | "document">,
): readonly { readonly field: IndexedField; readonly value: string }[] {
  const plain: PlainProfile = {};
  for (const field of ["email", "document"] as const) {
    const envelope = profile[field];
    if (envelope !== null) openUnit(box, field, envelope, plain);
  }
  return (["email", "document"] as const).flatMap((field) => {
    const value = plain[`buyer.${field}`];
    return value === undefined ? [] : [{ field, value }];
  });
}
