/**
 * Being recognised: for stores that ask us who somebody is. When a shopper connects, the adapter declares by what they
 * will be known; in a route it asks who that is. The gateway keeps every key as a keyed digest and never plain, and
 * answers an opaque id that says nothing of anybody.
 */
import type { Kept } from "./contract.js";

/** One thing by which a connection is known at its Store, until it is disconnected. */
export interface LookupKey {
  /** Which sort of key it is, such as `code` or `phone`: keys of two sorts never match one another. Lower-case letters. */
  readonly space: string;
  /** 1 to 1,000 characters; equal text is the same key. */
  readonly value: string;
  /** As what it stands for the shopper (`SHOPPER`, `ASSOCIATE`): each has an id of its own. Upper-case letters. */
  readonly as: string;
  /** It can be spent by one question; see `Question.spend`. */
  readonly once?: boolean;
  /** So many of this space and standing are kept, the newest; 1 when absent. */
  readonly keep?: number;
  /** It may be taken from another shopper, as a telephone number may; refused otherwise. */
  readonly moves?: boolean;
}

/** What a shopper shows at the store's door. */
export interface Pass {
  /** The text inside the QR code, for apps that draw it themselves. */
  readonly code: string;
  /** The QR code as an SVG document. */
  readonly svg: string;
  /** The QR code as a PNG image, in base64. */
  readonly png: string;
  /** When the app should show another one, as ISO 8601. */
  readonly expiresAt: string;
}
export interface Shown {
  readonly pass: Pass;
  readonly keys: readonly LookupKey[];
}

/** Who is it? Asked in a route, after the request was proven. */
export interface Question {
  /** Any of these; the first that is known counts. */
  readonly keys?: readonly Pick<LookupKey, "space" | "value">[];
  /** Or an id that was answered before. */
  readonly id?: string;
  /** Whoever stands for something else is not known here. */
  readonly as: readonly string[];
  /** A key with `once` is used up by this question, and unknown to the next; otherwise it stays, spent or not. */
  readonly spend: boolean;
  /** The store's own id of the request: the same one with the same bytes is answered as the first time, for ten minutes. */
  readonly requestId: string | null;
  /** Do not accept whoever it is; the code says why, and is noted where the shopper is known. */
  readonly refuse?: string | null;
  /** Open the connection's secret too. */
  readonly withSecret?: boolean;
  /** Who asks, by the name of the proof, and where: each pair has its own rate. */
  readonly caller: string;
  readonly rate: { readonly perMinute: number; readonly burst: number };
}
export type Meeting<K extends Kept = Kept> =
  | { readonly kind: "known"; readonly id: string; readonly as: string; readonly secret: K["secret"] | null }
  /** Nobody, somebody who left, a spent key: there is one answer for all of them. */
  | { readonly kind: "unknown" }
  /** Too many questions of this caller; nothing was looked up. */
  | { readonly kind: "limited"; readonly retryAfterMs: number };
