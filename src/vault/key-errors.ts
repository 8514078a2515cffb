/** Keys cannot be had: a file is missing, damaged or too open, or the root key is another. For an operator to read. */
export class KeyUnavailable extends Error {
  override readonly name = "KeyUnavailable";
}
