// A result as it is kept: one JSON file per adapter and date, to which works are added as they are raced.
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { writeFile } from "../packages/setup/write-file.mjs";
import { pythonWorks } from "./works.mjs";

const { dependencies } = createRequire(import.meta.url)("./package.json");

/** The order of the works, whatever order they were raced in. */
const ORDER = pythonWorks.map(({ key }) => key);

/** Versions of the peers in JavaScript, which are pinned. Contestants in Python tell theirs. */
export function peerVersions() {
  const { webgfn, ...versions } = dependencies;
  return versions;
}

export function emptyResult({ adapter, machine, processors, limits, peers }) {
  return {
    adapter,
    date: new Date().toISOString().slice(0, 10),
    machine,
    processors,
    node: process.version,
    peers,
    limits,
    rows: [],
    works: [],
  };
}

/** A result with a part's works in place of its own of the same names; what else the part has is taken over. */
export function merge(result, { rows = [], works: raced = [], ...rest }) {
  const replaced = new Set(raced.map(({ work }) => work));
  const merged = (mine, theirs) =>
    [...mine.filter(({ work }) => !replaced.has(work)), ...theirs].sort((a, b) => ORDER.indexOf(a.work) - ORDER.indexOf(b.work));
  return { ...result, ...rest, rows: merged(result.rows, rows), works: merged(result.works, raced) };
}

export function readResult(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
}

export function writeResult(file, result) {
  writeFile(file, `${JSON.stringify(result, null, 2)}\n`);
}
