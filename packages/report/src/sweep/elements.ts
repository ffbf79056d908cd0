import { COLOURS } from "../html.js";

/** Makes an element with attributes and content. Texts are never parsed as HTML. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Readonly<Record<string, string>> = {},
  ...content: (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...content);
  return made;
}

/** Makes an SVG element. */
export function shape(name: string, attributes: Readonly<Record<string, string | number>>, ...content: (Node | string)[]): SVGElement {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  made.append(...content);
  return made;
}

/** The CSS value of a colour by its number. */
export function colourOf(number: number): string {
  return `var(--c${number % COLOURS})`;
}

/** A short line in a curve's colour and dash style. */
export function swatch(number: number): HTMLElement {
  const isDashed = Math.floor(number / COLOURS) % 2 === 1;
  return element("span", { class: isDashed ? "swatch dashed" : "swatch", style: `color:${colourOf(number)}` });
}

/** A table of texts, in a region that scrolls. */
export function table(caption: string, headings: readonly string[], rows: readonly (readonly string[])[]): HTMLElement {
  const head = headings.map((heading) => element("th", { scope: "col" }, heading));
  const body = rows.map(([first = "", ...rest]) =>
    element("tr", {}, element("th", { scope: "row" }, first), ...rest.map((cell) => element("td", {}, cell))),
  );
  const made = element(
    "table",
    {},
    element("caption", {}, caption),
    element("thead", {}, element("tr", {}, ...head)),
    element("tbody", {}, ...body),
  );
  return element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption }, made);
}

/** Details whose content is made when the reader opens them. */
export function detailsOf(summary: string, make: () => HTMLElement): HTMLElement {
  const made = element("details", {}, element("summary", {}, summary));
  made.addEventListener("toggle", () => made.append(make()), { once: true });
  return made;
}
