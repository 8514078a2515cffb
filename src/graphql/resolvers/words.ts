/** Descriptions of arguments that many root fields share. */
export const FIRST = "How many, 1 to 100.";
export const AFTER = "The `endCursor` of the page before.";
export const INPUT = "What to do.";
