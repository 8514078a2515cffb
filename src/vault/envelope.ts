/** The one failure of opening: it does not say what was wrong, so that it cannot be asked. */
export class EnvelopeRejected extends Error {
  override readonly name = "EnvelopeRejected";
  constructor() {
    super("The envelope was rejected.");
  }
}
