import type { Command } from "commander";

export interface Output {
  /** `rows` for a script (`--json`), `text` for a person. */
  readonly print: (rows: unknown, text: string) => void;
}

export function outputOf(command: Command): Output {
  const { json } = command.optsWithGlobals<{ json?: boolean }>();
  return { print: (rows, text) => void process.stdout.write(json ? `${JSON.stringify(rows)}\n` : `${text}\n`) };
}

/** Rows with their columns below each other, two spaces between. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  const line = (row: readonly string[]) => row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join("  ");
  return rows.map((row) => line(row).trimEnd()).join("\n");
}
