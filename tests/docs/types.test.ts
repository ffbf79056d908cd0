/**
 * Every program of the documents compiles: TypeScript blocks and example files under `strict` and `noUncheckedIndexedAccess`, JavaScript blocks and
 * example files under the same rules with `checkJs`, except that parameters need no types.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import type ts from "typescript";
import { beforeAll, describe, expect, it } from "vitest";
import { blocksOf, isProgram, PAGES, programs, ROOT } from "./blocks.js";
import { complaints, OPTIONS } from "./compile.js";

/** Within the workspace, where the packages resolve as they do for a user. */
const CACHE = join(ROOT, "node_modules/.cache/types");

const JAVASCRIPT: ts.CompilerOptions = { ...OPTIONS, allowJs: true, checkJs: true, noImplicitAny: false };

/** An example imports onnxruntime-node, and the workspace has the same interface in onnxruntime-web. */
const NOT_INSTALLED = 'declare module "onnxruntime-node" {\n  export * from "onnxruntime-web";\n}\n';

/** The pages' programs as files. A file beside the page lies in the folder of the page's name; such files are checked themselves. */
const BLOCKS = PAGES.flatMap((page) =>
  programs(blocksOf(page).filter(isProgram))
    .filter(({ code }) => !code.includes("import.meta.url"))
    .map(({ language, code, line }) => ({
      name: `${page}:${line}`,
      file: join(CACHE, `${page.replaceAll("/", "-")}-${line}.${language === "ts" ? "mts" : "mjs"}`),
      // A copy of the library beside a page.
      code: code
        .replace('from "./browser.js"', 'from "webgfn/browser"')
        .replace(/from "\.\//g, `from "${join(ROOT, page.replace(/\.md$/, ""))}/`),
    })),
);

const EXAMPLES = readdirSync(join(ROOT, "docs"), { recursive: true, encoding: "utf8" })
  .filter((path) => /\.(mjs|tsx?)$/.test(path))
  .map((path) => join(ROOT, "docs", path))
  .map((file) => ({ name: relative(ROOT, file), file, code: undefined }));

let found = new Map<string, string[]>();

beforeAll(() => {
  rmSync(CACHE, { recursive: true, force: true });
  for (const { file, code } of BLOCKS) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, code);
  }
  const files = [...BLOCKS, ...EXAMPLES].map(({ file }) => file);
  const isTypeScript = (file: string) => /\.(mts|tsx?)$/.test(file);
  const typescript = files.filter(isTypeScript);
  const declarations = join(CACHE, "not-installed.d.ts");
  writeFileSync(declarations, NOT_INSTALLED);
  const javascript = [declarations, ...files.filter((file) => !isTypeScript(file))];
  found = new Map([...complaints(typescript, OPTIONS), ...complaints(javascript, JAVASCRIPT)]);
});

describe("the types of", () => {
  it.each([...BLOCKS, ...EXAMPLES])("$name are right", ({ file }) => {
    expect(found.get(file) ?? []).toEqual([]);
  });

  it("a wrong program are not", () => {
    const file = join(CACHE, "wrong.mts");
    writeFileSync(file, 'import { sets } from "webgfn";\nconsole.log(sets().decode(new Uint32Array(2)).symbols);\n');
    expect(complaints([file], OPTIONS).get(file)).toEqual([expect.stringMatching(/^2: Property 'symbols' does not exist/)]);
    expect(complaints([], OPTIONS).size).toBe(0);
  });
});
