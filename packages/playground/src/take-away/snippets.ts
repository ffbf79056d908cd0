import { escapeText } from "./escape.js";

/** Height of an embedded page, in CSS pixels. */
const HEIGHT = 640;

/**
 * The HTML that embeds the page.
 *
 * @param address the page's address with its settings; it gets `?embed`.
 */
export function iframeSnippet(address: string): string {
  const url = new URL(address);
  url.searchParams.delete("embed");
  const others = url.searchParams.toString();
  url.search = others === "" ? "?embed" : `?embed&${others}`;
  return `<iframe src="${escapeText(url.href)}" title="webgfn playground" width="100%" height="${HEIGHT}" style="border: 0" loading="lazy"></iframe>`;
}
