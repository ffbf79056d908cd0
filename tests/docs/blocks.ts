/** The code blocks of the documents and READMEs. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const ROOT = join(import.meta.dirname, "../..");

export const PAGES = [
  "README.md",
  "CONTRIBUTING.md",
  "shaders/README.md",
  ...readdirSync(join(ROOT, "packages"))
    .map((name) => `packages/${name}/README.md`)
    .filter((path) => readFileSync(join(ROOT, path, "../package.json"), "utf8").includes('"exports"')),
  ...readdirSync(join(ROOT, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

const LANGUAGES = ["js", "ts", "sh", "python", "text", "json"];

export interface Block {
  language: string;
  code: string;
  line: number;
  /** Why it does not run, where the page says so. */
  exempt?: string;
  /** The file that it is, where the page says so. */
  file?: string;
  /** What it must print, line by line. */
  output?: string[];
}

/** A page's blocks in the languages above. */
export function blocksOf(page: string): Block[] {
  const text = readFileSync(join(ROOT, page), "utf8");
  return (
    [...text.matchAll(/(?:<!-- (?:not run: (.+)|file: (.+)) -->\n)?```(\w+)\n([\s\S]*?)```/g)]
      .map(({ 1: exempt, 2: file, 3: language, 4: code, index }) => ({
        language: language!,
        code: code!,
        line: text.slice(0, index).split("\n").length,
        ...(exempt === undefined ? {} : { exempt }),
        ...(file === undefined ? {} : { file }),
      }))
      // JSON by itself shows what something looks like.
      .filter(({ language, file }) => LANGUAGES.includes(language) && (language !== "json" || file !== undefined))
  );
}

/** Whether a block is a program or a part of one. */
export function isProgram({ language }: Block): boolean {
  return language === "js" || language === "ts";
}

/** Joins the blocks that belong to one program: one without an import goes on with the one before. */
export function programs(blocks: readonly Block[]): Block[] {
  const joined: Block[] = [];
  let program: Block | undefined;
  for (const block of blocks) {
    if (block.language === "text" && program !== undefined) {
      program.output = block.code.trim().split("\n");
      continue;
    }
    if (isProgram(block) && program !== undefined && !block.code.startsWith("import ")) {
      program.code += block.code;
      continue;
    }
    joined.push({ ...block });
    if (isProgram(block)) program = joined.at(-1);
  }
  return joined;
}

/** What the comments behind a program's `console.log` say, where every one of them has such a comment. */
export function expectedOutput(code: string, comment: string): string[] | undefined {
  const said = [...code.matchAll(new RegExp(`(?:console\\.log|print)\\(.*?\\);?(?: *${comment} (.*))?$`, "gm"))].map(([, words]) => words);
  return said.length > 0 && said.every((words) => words !== undefined) ? (said as string[]) : undefined;
}
