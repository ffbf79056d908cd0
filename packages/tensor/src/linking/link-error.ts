import { WebgfnError } from "../errors.js";
import type { KernelSource } from "../kernel-source.js";
import { nearest } from "../suggest.js";

/** The place where the linker found a mistake, with a 1-based line. */
interface Location {
  file: string;
  line: number;
}

/** An error of the linker. Only some of its errors have a place, in different forms. */
interface LinkerError {
  message?: string;
  weslLocation?: Location;
}

/**
 * Explains why modules do not link: with the file and line and, for a name that is not imported, the module to import it from.
 *
 * @param cause the linker's error.
 */
export function linkError(source: KernelSource, cause: unknown): WebgfnError {
  const { message = String(cause), weslLocation } = (cause ?? {}) as LinkerError;
  // The linker uses its own file names, and shows the line below a syntax error.
  const [first = ""] = message.replace(/(\.\/)?([\w/]+)\.wesl\b/g, "$2.wgsl").split("\n");
  const syntax = /^(\S+\.wgsl):(\d+):\d+ error: (.*)$/.exec(first);
  const place = weslLocation === undefined ? "" : `${fileName(weslLocation.file)}:${weslLocation.line}: `;
  const reason =
    syntax === null ? `${place}${place === "" ? first : first.replace(/ in file: \S+$/, "")}` : `${syntax[1]}:${syntax[2]}: ${syntax[3]}`;
  const fix = advice(source, first, weslLocation?.file);
  return new WebgfnError("shader", `${source.root}.wgsl does not link: ${reason}`, { cause, ...(fix === undefined ? {} : { fix }) });
}

function fileName(file: string): string {
  return file.replace(/^\.\//, "").replace(/\.wesl$/, ".wgsl");
}

/** Advice for a name that the linker does not find. */
function advice({ constants = {}, modules }: KernelSource, message: string, file: string | undefined): string | undefined {
  const names = Object.keys(constants);
  const target = file === undefined ? "the module" : fileName(file);
  const unresolved = /^unresolved identifier '(\w+)'/.exec(message)?.[1];
  if (unresolved !== undefined) {
    if (names.includes(unresolved)) return `add "import constants::${unresolved};" to ${target}`;
    const path = Object.keys(modules).find(
      (each) => fileName(file ?? "") !== `${each}.wgsl` && declares(modules[each] as string, unresolved),
    );
    if (path !== undefined) return `add "import package::${path.replaceAll("/", "::")}::${unresolved};" to ${target}`;
    const meant = nearest(unresolved, names);
    return `declare it or import it${meant === undefined ? "" : ` (did you mean constants::${meant}?)`}`;
  }
  const [, missing, owner] = /^no exported '(\w+)' in module '([\w:]+)'/.exec(message) ?? [];
  if (missing !== undefined && owner === "constants") {
    const meant = nearest(missing, names);
    return `${meant === undefined ? "" : `did you mean ${meant}? `}the constants are ${names.join(", ")}`;
  }
  if (missing !== undefined) return `${owner} must declare ${missing}`;
  return undefined;
}

function declares(text: string, name: string): boolean {
  return new RegExp(`\\b(fn|const|struct|alias|override)\\s+${name}\\b|\\bvar(<[^>]*>)?\\s+${name}\\b`).test(text);
}
