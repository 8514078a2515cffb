/**
 * What the page keeps between loads. Layout and theme stay in `localStorage`; whatever was typed (tabs, history) may
 * hold a shopper's data, so it lives in `sessionStorage` and ends with the browser tab. Headers are never kept: the
 * history of GraphiQL would save them, and the key with them.
 */

/** The part of `Storage` that GraphiQL uses. */
export type Drawer = Pick<Storage, "getItem" | "setItem" | "removeItem" | "clear" | "length">;

const OURS = "graphiql:";
const LASTING = /:(theme|visiblePlugin|shouldPersistHeaders|[A-Za-z]*[Ff]lex)$/;
const CREDENTIAL = /shk_(?:test|live)_[A-Za-z0-9_-]+/g;

/** One store in front of the two of the browser. */
export function openDrawer(lasting: Storage, passing: Storage): Drawer {
  const shelf = (name: string) => (LASTING.test(name) ? lasting : passing);
  return {
    get length() {
      return lasting.length + passing.length;
    },
    getItem: (name) => shelf(name).getItem(name),
    setItem: (name, value) => shelf(name).setItem(name, withoutHeaders(value)),
    removeItem: (name) => shelf(name).removeItem(name),
    clear: () => {
      for (const storage of [lasting, passing]) {
        for (const name of Object.keys(storage)) if (name.startsWith(OURS)) storage.removeItem(name);
      }
    },
  };
}

/** The same value with every `headers` member emptied and every key of ours cut out. */
function withoutHeaders(value: string): string {
  return dropHeaders(value).replace(CREDENTIAL, "");
}

function dropHeaders(value: string): string {
  if (!value.startsWith("{") && !value.startsWith("[")) return value;
  try {
    return JSON.stringify(JSON.parse(value), (name, member) => (name === "headers" ? null : member));
  } catch {
    return value;
  }
}
