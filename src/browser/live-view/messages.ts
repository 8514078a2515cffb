/** Reads what a viewer says. Whatever is not exactly a message of the protocol is null, and ends that viewer's socket. */
import { z } from "zod";
import { type ClaimRequest, FILE_CHUNK, PROTOCOL, type ViewerMessage } from "../../web/live-view/protocol.js";

/** Characters of a message's JSON; only a paste may be longer. */
const MAX_MESSAGE = 16 * 1024;
export const MAX_PASTE = 64 * 1024;
/** Of one chooser's answer, all files together. */
export const MAX_FILES_BYTES = 10 * 1024 * 1024;

/** Of a finger or a mouse, which changes little by itself. */
export const isMove = (message: ViewerMessage): boolean =>
  (message.t === "ptr" || message.t === "touch") && message.k === "move";

const MAX_TEXT = 8 * 1024;
const place = z.number().min(-10_000).max(100_000);
const id = z.int().min(0).max(0xffff_ffff);
const mod = z.int().min(0).max(15);
const side = z.number().min(1).max(10_000);
const dpr = z.number().min(0.1).max(10);
const text = (max: number) => z.string().max(max);

const pointer = z.strictObject({
  t: z.literal("ptr"),
  k: z.enum(["down", "up", "move", "wheel", "cancel"]),
  x: place,
  y: place,
  btn: z.union([z.literal(0), z.literal(1), z.literal(2)]).optional(),
  buttons: z.int().min(0).max(31),
  clicks: z.int().min(0).max(100),
  mod,
  dx: place.optional(),
  dy: place.optional(),
});
const touch = z.strictObject({
  t: z.literal("touch"),
  k: z.enum(["start", "move", "end", "cancel"]),
  points: z.array(z.strictObject({ id: z.int().min(0).max(0x7fff_ffff), x: place, y: place })).max(10),
  mod,
});
const key = z.strictObject({
  t: z.literal("key"),
  k: z.enum(["down", "up"]),
  key: text(32),
  code: text(32),
  mod,
  repeat: z.boolean(),
  text: text(16).optional(),
});
const composition = z.strictObject({
  t: z.literal("comp"),
  k: z.enum(["update", "end"]),
  s: text(1024),
  from: z.int().min(0).max(1024),
  to: z.int().min(0).max(1024),
});
const files = z.strictObject({
  t: z.literal("files"),
  id,
  files: z
    .array(z.strictObject({ name: text(255), type: text(127), size: z.int().min(0).max(MAX_FILES_BYTES) }))
    .max(20)
    .refine((all) => all.reduce((sum, { size }) => sum + size, 0) <= MAX_FILES_BYTES),
});

const message = z.discriminatedUnion("t", [
  z.strictObject({
    t: z.literal("hello"),
    proto: z.literal(PROTOCOL),
    vw: side,
    vh: side,
    dpr,
    touch: z.boolean(),
  }),
  z.strictObject({ t: z.literal("ack"), seq: id }),
  pointer,
  touch,
  key,
  z.strictObject({ t: z.literal("text"), s: text(MAX_TEXT) }),
  composition,
  z.strictObject({ t: z.literal("erase"), before: z.int().min(0).max(1000), after: z.int().min(0).max(1000) }),
  z.strictObject({ t: z.literal("paste"), s: text(MAX_PASTE) }),
  z.strictObject({ t: z.literal("copy") }),
  z.strictObject({ t: z.literal("nav"), k: z.enum(["back", "forward", "reload"]) }),
  z.strictObject({ t: z.literal("tab"), id, k: z.enum(["focus", "close"]) }),
  z.strictObject({ t: z.literal("resize"), vw: side, vh: side, dpr }),
  z.strictObject({ t: z.literal("visible"), on: z.boolean() }),
  z.strictObject({ t: z.literal("dialog"), id, accept: z.boolean(), text: text(MAX_TEXT).optional() }),
  files,
  z.strictObject({ t: z.literal("auth"), id, user: text(1024).optional(), password: text(1024).optional() }),
  z.strictObject({ t: z.literal("picker"), id, value: text(64) }),
  z.strictObject({ t: z.literal("outline"), on: z.boolean() }),
  z.strictObject({ t: z.literal("reach"), ref: id, k: z.enum(["press", "focus"]) }),
  z.strictObject({ t: z.literal("stay") }),
  z.strictObject({ t: z.literal("extend") }),
  z.strictObject({ t: z.literal("done") }),
  z.strictObject({ t: z.literal("cancel") }),
  z.strictObject({ t: z.literal("ping") }),
]) satisfies z.ZodType<ViewerMessage>;

/** A JSON message, or null. `MAX_PASTE` holds for the text of a paste, so its JSON may be a little longer. */
export function readMessage(raw: Buffer): ViewerMessage | null {
  const isLong = raw.byteLength > MAX_MESSAGE;
  if (raw.byteLength > 4 * MAX_PASTE) return null;
  const parsed = message.safeParse(parse(raw));
  if (!parsed.success || (isLong && parsed.data.t !== "paste")) return null;
  return parsed.data;
}

const claim = z.strictObject({
  secret: text(64).nullable(),
  nonce: z.string().regex(/^[\w-]{16,64}$/),
  embedded: z.boolean(),
}) satisfies z.ZodType<ClaimRequest>;

export function readClaim(raw: Buffer): ClaimRequest | null {
  const parsed = claim.safeParse(parse(raw));
  return parsed.success ? parsed.data : null;
}

function parse(raw: Buffer): unknown {
  try {
    return JSON.parse(raw.toString("utf8"));
  } catch {
    return null;
  }
}

export interface FileChunk {
  readonly isLast: boolean;
  readonly index: number;
  readonly chooser: number;
  readonly bytes: Buffer;
}

/** A binary message: a piece of a file, or null. */
export function readChunk(raw: Buffer): FileChunk | null {
  if (raw.byteLength < FILE_CHUNK.headerBytes || raw.byteLength > FILE_CHUNK.headerBytes + FILE_CHUNK.maxBytes)
    return null;
  if (raw[0] !== FILE_CHUNK.type || (raw[1] ?? 2) > 1) return null;
  return {
    isLast: raw[1] === 1,
    index: raw.readUInt16BE(2),
    chooser: raw.readUInt32BE(4),
    bytes: raw.subarray(FILE_CHUNK.headerBytes),
  };
}
