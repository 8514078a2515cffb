/** What GraphiQL has no property for: lines that wrap, and colours that go with ours and can be read. */
import { useGraphiQL, useMonaco } from "@graphiql/react";
import { useEffect } from "react";

/** Monaco's names for the two themes; to be given to GraphiQL as `editorTheme`. */
export const EDITOR_THEME = { dark: "shopkey-dark", light: "shopkey-light" };

/** Comments and brackets at 4.5:1 or more against GraphiQL's backgrounds, which shine through. */
const THEMES = {
  [EDITOR_THEME.dark]: theme("vs-dark", {
    accent: "#4fd1c5",
    faint: "#4fd1c51f",
    paper: "#212a3b",
    comment: "8fb87c",
    number: "#98a3b8",
    brackets: ["#ffd700", "#e58be0", "#6cb8ff"],
  }),
  [EDITOR_THEME.light]: theme("vs", {
    accent: "#0f766e",
    faint: "#0f766e1f",
    paper: "#ffffff",
    comment: "06700a",
    number: "#5b6880",
    brackets: ["#0431fa", "#1b6b1b", "#7b3814"],
  }),
};

/** @param {string} base @param {{ accent: string, faint: string, paper: string, comment: string, number: string, brackets: string[] }} ink */
function theme(base, { accent, faint, paper, comment, number, brackets }) {
  const widgets = ["editorHoverWidget", "editorSuggestWidget", "editorWidget", "quickInput", "menu"];
  return {
    base,
    inherit: true,
    rules: [{ token: "comment", foreground: comment }],
    colors: {
      "editor.background": "#ffffff00",
      "scrollbar.shadow": "#ffffff00",
      "editorLineNumber.foreground": number,
      ...Object.fromEntries(widgets.map((widget) => [`${widget}.background`, paper])),
      ...Object.fromEntries(
        Array.from({ length: 6 }, (_, at) => [`editorBracketHighlight.foreground${at + 1}`, brackets[at % 3]]),
      ),
      "textLink.foreground": accent,
      "textLink.activeForeground": accent,
      "editorLink.activeForeground": accent,
      "list.highlightForeground": accent,
      "list.focusHighlightForeground": accent,
      "editorSuggestWidget.selectedForeground": accent,
      "editorSuggestWidget.selectedBackground": faint,
      "list.hoverBackground": faint,
      "quickInputList.focusBackground": faint,
      "menu.selectionBackground": faint,
      focusBorder: accent,
    },
  };
}

/** Shows nothing; to be put anywhere inside GraphiQL. */
export function Editors() {
  const monaco = useMonaco((state) => state.monaco);
  const name = useGraphiQL((state) => state.monacoTheme);
  const query = useGraphiQL((state) => state.queryEditor);
  const variables = useGraphiQL((state) => state.variableEditor);
  const headers = useGraphiQL((state) => state.headerEditor);
  useEffect(() => {
    if (!monaco) return;
    for (const [known, data] of Object.entries(THEMES)) monaco.editor.defineTheme(known, data);
    if (name) monaco.editor.setTheme(name);
  }, [monaco, name]);
  useEffect(() => {
    for (const editor of [query, variables, headers]) {
      editor?.updateOptions({ wordWrap: "on", wrappingIndent: "indent" });
    }
  }, [query, variables, headers]);
  return null;
}
