import { make } from "./elements.js";

/** Saves content as a file of the visitor's. */
export function download(name: string, content: Blob | Uint8Array): void {
  const url = URL.createObjectURL(content instanceof Blob ? content : new Blob([content as Uint8Array<ArrayBuffer>]));
  make("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
