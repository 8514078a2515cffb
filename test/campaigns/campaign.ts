/** What a campaign is: a long-running proof with a seed, a size, figures, and a control that shows that it can fail. */

export interface CampaignOptions {
  /** How much: probes, inputs or rounds. */
  readonly size: number;
  /** The same seed makes the same choices. */
  readonly seed: number;
  /** A file of contract vectors, where a campaign plays some; its own by default. */
  readonly vectors?: string;
  /** Tells a person how far it has come. */
  readonly say: (line: string) => void;
}

export interface Control {
  /** What was broken on purpose. */
  readonly broken: string;
  /** How many of its traces were found; none means that the campaign could not have failed either. */
  readonly found: number;
}

export interface CampaignReport {
  readonly figures: Readonly<Record<string, number | string>>;
  /** What must not be; empty when all went well. Holds no shopper's value. */
  readonly failures: readonly string[];
  readonly controls: readonly Control[];
}

export interface Campaign {
  readonly name: string;
  readonly title: string;
  /** The size when none is given. */
  readonly size: number;
  readonly run: (options: CampaignOptions) => Promise<CampaignReport>;
}
