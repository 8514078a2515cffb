/** The two types that an answer of the graph can have, the more telling one first. */
const TYPES = ["application/graphql-response+json", "application/json"] as const;

interface Range {
  readonly type: string;
  readonly quality: number;
}

/** Ranges that ask for anything but UTF-8 are for nobody here. */
function readRanges(accept: string): readonly Range[] {
  return accept.split(",").flatMap((range): Range[] => {
    const [type = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
    let quality = 1;
    for (const parameter of parameters) {
      if (parameter.startsWith("q=")) quality = Number(parameter.slice(2));
      else if (!/^charset="?utf-8"?$/.test(parameter)) return [];
    }
    return [{ type, quality }];
  });
}

/**
 * Whether a client that sent this `Accept` header can be answered at all. It is asked before anything is done: a
 * mutation whose answer is then refused would have been done nevertheless.
 */
export function canBeAnswered(accept: string | undefined): boolean {
  if (accept === undefined || accept === "") return true;
  const ranges = readRanges(accept);
  return TYPES.some((type) => {
    const found = [type, "application/*", "*/*"].map((wanted) => ranges.find((range) => range.type === wanted));
    return (found.find((range) => range !== undefined)?.quality ?? 0) > 0;
  });
}
