/** The element of the page's HTML with this id. @throws Error if there is none. */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no element "${id}"`);
  return element as T;
}

/** Makes an element with properties, `aria-` attributes and children. */
export function make<K extends keyof HTMLElementTagNameMap>(
  name: K,
  properties: Partial<HTMLElementTagNameMap[K]> & Record<`aria-${string}`, string> = {} as never,
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key.startsWith("aria-")) element.setAttribute(key, String(value));
    else Object.assign(element, { [key]: value });
  }
  element.append(...children);
  return element;
}

/** A region that scrolls where its content is too wide or too long, and that the keyboard reaches. */
export function scrolling(label: string, ...content: (Node | string)[]): HTMLDivElement {
  const region = make("div", { className: "scroll", tabIndex: 0, "aria-label": label }, ...content);
  region.setAttribute("role", "region");
  return region;
}

const DIGITS = 3;

/** A number with three significant digits, in exponential notation if it is large or small; a dash for NaN and infinity. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  return size >= 1000 || size < 1e-3
    ? value.toExponential(1).replace(".0e", "e").replace("e+", "e")
    : String(Number(value.toPrecision(DIGITS)));
}
