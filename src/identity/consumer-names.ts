import { randomBytes } from "node:crypto";

/** 128 bits: `shr_` and 32 hex digits. */
export const newShopperReference = (): string => `shr_${randomBytes(16).toString("hex")}`;

/** Whether the org has chosen it: stores that keep such a thing take over the org's, and nothing that was made up here. */
export const isChosenReference = (reference: string): boolean => !/^shr_[0-9a-f]{32}$/.test(reference);
