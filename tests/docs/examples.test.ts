/**
 * Every public function, class and constant of the published packages has an `@example` in its docstring. Every example compiles like the
 * programs of the documents. Those that need neither a device nor a file run, and print what the comments behind their `console.log` say.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { beforeAll, describe, expect, it } from "vitest";
import { expectedOutput, ROOT } from "./blocks.js";
import { complaints, OPTIONS } from "./compile.js";

/** Within the workspace, where the packages resolve as they do for a user. */
const CACHE = join(ROOT, "node_modules/.cache/examples");
/** The float64 twins are read, not called. */
const WITHOUT = ["reference"];
/** What opens a device or reads a file. */
const NEEDS_MORE = /\b(openDevice|loadSampler|readRuns|readPlan|readSweepFile)\b|"node:fs|\/(node|element)"/;

/** The declarations of every public entry point, beside those for our own packages, as `tensor/node.d.ts`. */
const ENTRIES = readdirSync(join(ROOT, "packages")).flatMap((name) => {
  const manifest = JSON.parse(readFileSync(join(ROOT, "packages", name, "package.json"), "utf8"));
  if (manifest.private || WITHOUT.includes(name)) return [];
  const entries = Object.entries<{ types?: string }>(manifest.exports).filter(([entry]) => !entry.endsWith("/internal"));
  return entries.flatMap(([, { types }]) => (types === undefined ? [] : [{ name, file: join(ROOT, "packages", name, types) }]));
});

interface Documented {
  /** Package and name, such as `envs.sets`. */
  name: string;
  examples: string[];
}

/** Every public function, class and constant, by the package that declares it. */
function publicValues(): Documented[] {
  const program = ts.createProgram(
    ENTRIES.map(({ file }) => file),
    // Names and comments are all that is read of it.
    { ...OPTIONS, noLib: true, types: [] },
  );
  const checker = program.getTypeChecker();
  const seen = new Set<ts.Symbol>();
  return ENTRIES.flatMap(({ name, file }) => {
    const module = checker.getSymbolAtLocation(program.getSourceFile(file)!);
    if (module === undefined) return [];
    return checker.getExportsOfModule(module).flatMap((exported) => {
      const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
      if ((symbol.flags & ts.SymbolFlags.Value) === 0 || seen.has(symbol)) return [];
      seen.add(symbol);
      const texts = symbol.getJsDocTags(checker).filter((tag) => tag.name === "example");
      const examples = texts.map(({ text }) => /^```ts\n([\s\S]*\n)```$/.exec(ts.displayPartsToString(text).trim())?.[1] ?? "");
      return [{ name: `${name}.${symbol.name}`, examples }];
    });
  });
}

const VALUES = publicValues();
const EXAMPLES = VALUES.flatMap(({ name, examples }) =>
  examples.map((code, at) => ({ name: examples.length > 1 ? `${name} ${at + 1}` : name, code, file: join(CACHE, `${name}-${at}.mts`) })),
);
const PROGRAMS = EXAMPLES.filter(({ code }) => !NEEDS_MORE.test(code)).map((example) => ({
  ...example,
  file: example.file.replace(/mts$/, "mjs"),
}));

/** Imports the programs given, one after another in one process, and prints as JSON what each has said. */
const RUNNER = `
import { format } from "node:util";
const said = {};
let lines = [];
const print = console.log;
console.log = (...values) => lines.push(format(...values));
for (const file of process.argv.slice(2)) {
  lines = said[file] = [];
  await import(file).catch((error) => lines.push(String(error)));
}
print(JSON.stringify(said));
`;

let wrong = new Map<string, string[]>();
let said: Record<string, string[]> = {};

beforeAll(() => {
  rmSync(CACHE, { recursive: true, force: true });
  mkdirSync(CACHE, { recursive: true });
  for (const { file, code } of EXAMPLES) writeFileSync(file, code);
  wrong = complaints(
    EXAMPLES.map(({ file }) => file),
    OPTIONS,
  );
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
  for (const { file, code } of PROGRAMS) writeFileSync(file, ts.transpileModule(code, { compilerOptions }).outputText);
  const runner = join(CACHE, "runner.mjs");
  writeFileSync(runner, RUNNER);
  const { stdout, stderr } = spawnSync(process.execPath, [runner, ...PROGRAMS.map(({ file }) => file)], { cwd: CACHE, encoding: "utf8" });
  expect(stderr).toBe("");
  said = JSON.parse(stdout);
});

it("every public function, class and constant has an example", () => {
  expect(VALUES.filter(({ examples }) => examples.length === 0 || examples.includes("")).map(({ name }) => name)).toEqual([]);
});

describe("the example of", () => {
  it.each(EXAMPLES)("$name compiles", ({ file }) => {
    expect(wrong.get(file) ?? []).toEqual([]);
  });

  it.each(PROGRAMS)("$name prints what it says", ({ file, code }) => {
    expect(said[file]).toEqual(expectedOutput(code, "//") ?? []);
  });
});
