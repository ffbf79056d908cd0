/** How the programs of the documents are compiled. */
import { join } from "node:path";
import ts from "typescript";
import { ROOT } from "./blocks.js";

export const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  lib: ["lib.es2022.d.ts", "lib.esnext.disposable.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts", "lib.dom.asynciterable.d.ts"],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  types: ["node", "@webgpu/types"],
  typeRoots: [join(ROOT, "node_modules/@types"), join(ROOT, "node_modules")],
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  jsx: ts.JsxEmit.ReactJSX,
  skipLibCheck: true,
  noEmit: true,
};

/** What the compiler says of each file, in lines such as `3: message`. */
export function complaints(files: readonly string[], options: ts.CompilerOptions): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { file, start = 0, messageText } of ts.getPreEmitDiagnostics(ts.createProgram(files, options))) {
    const name = file?.fileName ?? "";
    const line = file === undefined ? 0 : ts.getLineAndCharacterOfPosition(file, start).line + 1;
    found.set(name, [...(found.get(name) ?? []), `${line}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`]);
  }
  return found;
}
