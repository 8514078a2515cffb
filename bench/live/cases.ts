/** The rows of the table, in its order. Each case runs alone, and takes three minutes at most on two cores. */
import type { Bench } from "./bench.js";
import { measureCapacity, measureDesktops, measurePhones } from "./capacity.js";
import { measureGlass } from "./glass.js";
import { measureClick, measureKey, measureMoves, measureTouch } from "./hands.js";
import { measureLoginBytes, measureMemory } from "./login.js";
import { PROOFS } from "./proofs.js";
import { measureSaving } from "./saving.js";
import { measureSlowLinks } from "./slow.js";
import { measureFresh, measureReconnect, measureStart } from "./start.js";
import type { Row } from "./table.js";

type Case = (bench: Bench) => Promise<Row[]>;

/** What is measured in time, bytes or counts. */
const MEASURES = {
  click: measureClick,
  key: measureKey,
  touch: measureTouch,
  glass: measureGlass,
  moves: measureMoves,
  slow: measureSlowLinks,
  capacity: measureCapacity,
  start: measureStart,
  reconnect: measureReconnect,
  bytes: measureLoginBytes,
  saving: measureSaving,
  memory: measureMemory,
  fresh: measureFresh,
} as const satisfies Readonly<Record<string, Case>>;

/** Halves of cases above, for whoever has less time. */
const HALVES = { desktops: measureDesktops, phones: measurePhones } as const satisfies Readonly<Record<string, Case>>;

export const CASES: Readonly<Record<string, Case>> = { ...MEASURES, ...HALVES, ...PROOFS };
/** Without `--only`. */
export const WHOLE: readonly string[] = [...Object.keys(MEASURES), ...Object.keys(PROOFS)];
