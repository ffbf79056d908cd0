import { link, withLoggerAsync } from "wesl/core";
import type { KernelSource } from "../kernel-source.js";
import { linkError } from "./link-error.js";

/** Modules as one WGSL text. */
export interface Linked {
  wgsl: string;
  /** Module and 1-based line of a position in `wgsl`. */
  locate(position: number): string;
}

/**
 * Links modules with the whole linker, which parses all of WGSL and knows the source of every line.
 *
 * @throws WebgfnError `shader`, with module and line, if they do not link.
 */
export async function linkWhole(source: KernelSource): Promise<Linked> {
  const { root, modules, constants, conditions } = source;
  const weslSrc: Record<string, string> = {};
  for (const [path, text] of Object.entries(modules)) weslSrc[`./${path}.wgsl`] = text;
  try {
    // The linker prints its errors, but standard output belongs to the program.
    const { dest: wgsl, sourceMap } = await withLoggerAsync(
      () => {},
      () =>
        link({
          weslSrc,
          rootModuleName: `./${root}.wgsl`,
          constants: { ...constants },
          conditions: { ...conditions },
          keepComments: false,
        }),
    );
    return {
      wgsl,
      locate(position) {
        const { src, position: at } = sourceMap.destToSrc(position);
        const path = (src.path ?? root).replace(/^\.\//, "").replace(/\.wesl$/, ".wgsl");
        return `${path}:${src.text.slice(0, at).split("\n").length}`;
      },
    };
  } catch (cause) {
    throw linkError(source, cause);
  }
}
