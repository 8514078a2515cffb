/** Making and finding elements; no markup is ever made from text. */

type Child = Node | string | null;
type Attributes = Readonly<Record<string, string | boolean | null>>;

/** An element with attributes (`true` is an empty one; `false` and null are left out) and children. */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  setAttributes(element, attributes);
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** Sets, or with `false` and null removes. */
function setAttributes(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null) element.removeAttribute(name);
    else element.setAttribute(name, value === true ? "" : value);
  }
}

const SVG = "http://www.w3.org/2000/svg";

/** One of the symbols in index.html; decoration only. */
export function icon(name: string): SVGSVGElement {
  const picture = document.createElementNS(SVG, "svg");
  setAttributes(picture, { class: "icon", "aria-hidden": "true" });
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#${name}`);
  picture.append(use);
  return picture;
}

/** A button that says what it does, as text or, with a symbol alone, by its name. */
export function button(
  options: { readonly label: string; readonly symbol?: string; readonly bare?: boolean; readonly kind?: string },
  press: (event: MouseEvent) => void,
): HTMLButtonElement {
  const { label, symbol, bare, kind } = options;
  const element = make(
    "button",
    { type: "button", class: kind ?? "plain", "aria-label": bare ? label : null, title: bare ? label : null },
    symbol ? icon(symbol) : null,
    bare ? null : make("span", {}, label),
  );
  element.addEventListener("click", press);
  return element;
}

/** For a line that names a host: it may be broken before each of its dots, rather than anywhere. */
export function splitAtDots(text: string): (Node | string)[] {
  return text.split(/(?=\.\w)/).flatMap((part, at) => (at === 0 ? [part] : [make("wbr"), part]));
}

/** Whether the shopper's pointer is a finger. */
export const hasFinger = (): boolean => matchMedia("(pointer: coarse)").matches;
