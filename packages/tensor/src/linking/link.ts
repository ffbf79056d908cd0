import type { KernelSource } from "../kernel-source.js";
import type { Linked } from "./whole-linker.js";

/**
 * Links modules with the whole linker, which is loaded on first use. {@link linkPlain}, a tenth as large, handles nearly all modules.
 *
 * @throws WebgfnError `shader`, with module and line, if they do not link.
 */
export async function linkWhole(source: KernelSource): Promise<Linked> {
  const linker = await import("./whole-linker.js");
  return linker.linkWhole(source);
}
