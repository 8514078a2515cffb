import { randomBytes } from "node:crypto";

/** 128 bits: `shr_` and 32 hex digits. */
export const newShopperReference = (): string => `shr_${randomBytes(16).toString("hex")}`;
