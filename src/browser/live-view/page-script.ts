/**
 * What runs in every frame of a seen page, in a world of its own that the page's scripts cannot reach: tells which field has
 * the focus (never what it holds) and which cursor belongs under the pointer; makes drawn what Chromium would open in a
 * window of its own, which no screencast shows.
 */

export const WORLD = "shopkey-live-view";
export const TELL = "shopkeyTell";
/** The name under which the script's doors are called from outside. */
export const DOORS = "shopkeyView";

const CALM_MS = 30;

/**
 * A drop-down list is drawn by the page itself (`base-select`). The caret rests: each blink would be a frame, and a sharp
 * still would never be the last. A calendar of Chromium's own would not be seen; the viewer's opens instead.
 */
const STYLE = `
select:not([multiple]):not([size]), select:not([multiple])[size="1"] { appearance: base-select !important; }
::picker(select) { appearance: base-select !important; max-block-size: 60vh; }
:root { caret-animation: manual !important; }
input::-webkit-calendar-picker-indicator { pointer-events: none !important; }
`;

export const PAGE_SCRIPT = `(() => {
  if (globalThis.${DOORS}) return;
  const PICKERS = new Set(["date", "time", "month", "week", "datetime-local", "color"]);
  const KINDS = new Set(["text", "password", "email", "tel", "number", "search", "url"]);
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(${JSON.stringify(STYLE)});
  const adopt = (root) => {
    if (!root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  };
  adopt(document);
  const roots = (event) => {
    adopt(document);
    for (const one of event.composedPath()) if (one instanceof ShadowRoot) adopt(one);
  };

  const tell = (message) => globalThis.${TELL}(JSON.stringify(message));
  const fields = new Map();
  const ids = new WeakMap();
  const idOf = (element) => {
    let id = ids.get(element);
    if (id === undefined) {
      id = Math.floor(Math.random() * 0x7fffffff);
      ids.set(element, id);
      fields.set(id, new WeakRef(element));
    }
    return id;
  };
  const kindOf = (element) => {
    if (!(element instanceof HTMLElement)) return null;
    if (element instanceof HTMLTextAreaElement) return element.readOnly || element.disabled ? null : "multiline";
    if (element instanceof HTMLInputElement) {
      if (element.readOnly || element.disabled) return null;
      return PICKERS.has(element.type) ? "picker" : KINDS.has(element.type) ? element.type : null;
    }
    return element.isContentEditable ? "multiline" : null;
  };
  const active = () => {
    let element = document.activeElement;
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    return element;
  };
  const cut = (text, most = 120) => String(text ?? "").replace(/\\s+/g, " ").trim().slice(0, most);
  const labelOf = (element) => {
    const byId = (element.getAttribute("aria-labelledby") ?? "").split(/\\s+/).filter(Boolean)
      .map((id) => element.getRootNode().getElementById?.(id)?.textContent ?? "").join(" ");
    return cut(byId || element.getAttribute("aria-label") || element.labels?.[0]?.textContent
      || element.getAttribute("placeholder") || element.getAttribute("title"));
  };
  const rectOf = (element) => {
    const { x, y, width, height } = element.getBoundingClientRect();
    const { scale, offsetLeft, offsetTop } = globalThis.visualViewport ?? { scale: 1, offsetLeft: 0, offsetTop: 0 };
    return { x: (x - offsetLeft) * scale, y: (y - offsetTop) * scale, w: width * scale, h: height * scale };
  };
  let told = "";
  let toldAt = -Infinity;
  let timer = 0;
  const look = () => {
    clearTimeout(timer);
    // A page that moves the focus about is told of now and then.
    const wait = toldAt + ${CALM_MS} - performance.now();
    if (wait > 0) {
      timer = setTimeout(look, wait);
      return;
    }
    toldAt = performance.now();
    const element = document.hasFocus() ? active() : null;
    if (element instanceof HTMLIFrameElement) return left();
    const kind = element && kindOf(element);
    const message = kind ? {
      k: "field", kind, type: kind === "picker" ? element.type : "", id: idOf(element),
      inputmode: cut(element.getAttribute("inputmode"), 20), autocomplete: cut(element.getAttribute("autocomplete"), 60),
      maxLength: element.maxLength > 0 ? element.maxLength : null, label: labelOf(element), rect: rectOf(element),
    } : { k: "blur" };
    const text = JSON.stringify(message);
    if (text === told || (!kind && told === "")) return;
    told = kind ? text : "";
    globalThis.${TELL}(text);
  };
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(look, 80);
  };
  const now = () => setTimeout(look, 0);
  // Another frame may tell of its field next: what is come back to is told again, though it is what it was.
  const left = () => { if (told !== "") told = "left"; };
  addEventListener("focusin", (event) => { roots(event); look(); }, true);
  addEventListener("focusout", () => { left(); now(); }, true);
  addEventListener("focus", now);
  addEventListener("blur", now);
  addEventListener("scroll", soon, { capture: true, passive: true });
  addEventListener("resize", soon, { passive: true });
  globalThis.visualViewport?.addEventListener("resize", soon);
  addEventListener("load", soon, true);
  document.addEventListener("DOMContentLoaded", () => { adopt(document); look(); });
  addEventListener("pointerdown", roots, { capture: true, passive: true });
  addEventListener("pointerover", roots, { capture: true, passive: true });
  // Chromium's own colour and calendar windows would be invisible, and take the next click.
  addEventListener("click", (event) => {
    const target = event.composedPath()[0];
    if (target instanceof HTMLInputElement && PICKERS.has(target.type) && event.isTrusted) event.preventDefault();
  }, true);

  let under = null;
  let cursor = "";
  addEventListener("pointermove", (event) => {
    const element = event.composedPath()[0];
    if (element === under || !(element instanceof Element) || !event.isTrusted) return;
    under = element;
    const style = getComputedStyle(element).cursor.split(",").at(-1).trim();
    const next = style === "auto" ? (kindOf(element) ? "text" : "default") : style;
    if (next === cursor) return;
    cursor = next;
    tell({ k: "cursor", css: next });
  }, { capture: true, passive: true });
  addEventListener("pointerout", (event) => { if (!event.relatedTarget) { under = null; cursor = ""; } }, { capture: true, passive: true });

  globalThis.${DOORS} = {
    element: (id) => fields.get(id)?.deref() ?? null,
    again: () => { left(); look(); },
    kind: () => {
      const element = active();
      return element instanceof HTMLIFrameElement ? "frame" : element && kindOf(element);
    },
    /** As a paste of the shopper's: the page may take it, else it is to be typed. */
    paste: (text) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData("text/plain", text);
      const target = active() ?? document.body;
      return target.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true, composed: true }));
    },
    selected: () => {
      const element = active();
      if (element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement) {
        if (element.type === "password" || element.selectionStart === null) return "";
        return element.value.slice(element.selectionStart, element.selectionEnd);
      }
      return String(getSelection());
    },
    choose: (id, value) => {
      const element = fields.get(id)?.deref();
      if (!(element instanceof HTMLInputElement) || !element.isConnected || kindOf(element) !== "picker") return;
      const before = element.value;
      element.value = value;
      if (element.value === before) return;
      element.dispatchEvent(new Event("input", { bubbles: true, composed: true }));
      element.dispatchEvent(new Event("change", { bubbles: true }));
    },
  };
  look();
})()`;
