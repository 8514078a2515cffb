/** The one error of this room for "there is no browser for you", with a closed list of reasons. */
export type UnavailableReason =
  | "no-chromium"
  | "no-sandbox"
  | "unreachable-chromium"
  | "no-free-slot"
  | "start-failed"
  | "close-failed"
  | "foreign-folder"
  | "unusable-endpoint"
  | "port-taken";

/** Its message is a fixed sentence for an operator: it holds no page address, argument or value. */
export class BrowserUnavailable extends Error {
  readonly reason: UnavailableReason;
  constructor(reason: UnavailableReason, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "BrowserUnavailable";
    this.reason = reason;
  }
}
