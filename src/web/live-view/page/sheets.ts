/** Questions over the page: one at a time, in the order in which they came; the keyboard stays in them until they are answered. */
import { button, make, splitAtDots } from "./dom.js";

/** What a sheet shows. */
export interface Sheet {
  readonly title: string;
  readonly body: readonly (Node | string)[];
  /** Answers by name, from the quietest to the one that Enter gives. */
  readonly answers: readonly { readonly name: string; readonly label: string; readonly main?: boolean }[];
  /** To be read from its beginning: the keyboard begins there too. */
  readonly long?: boolean;
  /** Whether the main answer can be given; asked whenever something was changed. Without: always. */
  readonly ready?: () => boolean;
  /** What Esc answers. */
  readonly escape: string;
}

/** Shows sheets; `closeAll` answers what is open as Esc would. */
export interface Sheets {
  readonly ask: (sheet: Sheet) => Promise<string>;
  readonly closeAll: () => void;
}

/** `done` is called when the last sheet has gone: somebody has to get the keyboard back. */
export function openSheets(host: HTMLElement, done: () => void): Sheets {
  let line: Promise<unknown> = Promise.resolve();
  let count = 0;
  let round = 0;
  let close: (() => void) | null = null;

  const show = async (sheet: Sheet, mine: number): Promise<string> => {
    if (mine !== round) return sheet.escape;
    const { element, answered, quit } = makeSheet(sheet);
    host.append(element);
    element.showModal();
    close = quit;
    const answer = await answered;
    close = null;
    element.close();
    element.remove();
    return answer;
  };
  return {
    ask: (sheet) => {
      count += 1;
      const mine = round;
      const answer = line.then(() => show(sheet, mine));
      line = answer.then(() => {
        count -= 1;
        if (count === 0) done();
      });
      return answer;
    },
    closeAll: () => {
      round += 1;
      close?.();
    },
  };
}

let counter = 0;

function makeSheet(sheet: Sheet) {
  counter += 1;
  const heading = make(
    "h2",
    { id: `sheet-${counter}`, tabindex: "-1", autofocus: sheet.long === true },
    ...splitAtDots(sheet.title),
  );
  const form = make("form", { method: "dialog", class: "sheet-body" }, heading, ...sheet.body);
  const element = make("dialog", { class: "sheet", "aria-labelledby": heading.id }, form);
  let answer: (name: string) => void = () => undefined;
  const answered = new Promise<string>((resolve) => {
    answer = resolve;
  });
  const buttons = sheet.answers.map(({ name, label, main }) => {
    const one = button({ label, kind: main ? "main" : "plain" }, () => answer(name));
    one.autofocus = main === true && !sheet.long && !form.querySelector("input, textarea");
    return one;
  });
  form.append(make("div", { class: "answers" }, ...buttons));
  const { ready } = sheet;
  if (ready) {
    const look = () => {
      for (const one of buttons) one.disabled = one.classList.contains("main") && !ready();
    };
    form.addEventListener("change", look);
    look();
  }
  // Without a submit button Enter in a field would do nothing: it gives the main answer.
  form.addEventListener("keydown", (event) => {
    const isLine = event.target instanceof HTMLInputElement && event.target.type !== "file";
    if (event.key !== "Enter" || event.isComposing || !isLine) return;
    event.preventDefault();
    const main = sheet.answers.find((one) => one.main);
    if (main) answer(main.name);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  const quit = () => answer(sheet.escape);
  element.addEventListener("cancel", (event) => {
    event.preventDefault();
    quit();
  });
  return { element, answered, quit };
}
