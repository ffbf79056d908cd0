import { join } from "node:path";
import { line } from "@webgfn/runs/internal";
import { isFileThere, readText, writeText } from "@webgfn/runs/node/internal";
import { WebgfnError } from "@webgfn/tensor";
import type { Measures } from "./graph.js";
import type { Settings } from "./tasks.js";

/** One training of a contestant, as stored in a file. */
export interface Result {
  task: string;
  contestant: string;
  /** A description of what ran. */
  about: string;
  settings: Settings;
  seed: number;
  /** Seconds of training, without compiling and measuring; and seconds of compiling. */
  seconds: number;
  compileSeconds: number;
  measures: Measures;
}

/** The speed of several replicas of this project that train together. */
export interface Together {
  settings: Settings;
  replicas: number;
  stepsPerSecond: number;
}

const pathOf = (out: string, task: string, contestant: string, part: string) => join(out, task, `${contestant}-${part}.json`);

/**
 * Reads a file's result, if the file exists and has these settings. @throws WebgfnError `file` for other settings, or a file that is not a
 * result.
 */
function read<T extends { settings: Settings }>(path: string, settings: Settings, isWhole: (found: Partial<T>) => boolean): T | undefined {
  if (!isFileThere(path)) return undefined;
  let found: Partial<T> | null = null;
  try {
    found = JSON.parse(readText(path));
  } catch {
    // The error follows below.
  }
  if (typeof found !== "object" || found === null || !isWhole(found)) {
    throw new WebgfnError("file", `${path} holds no result`, { fix: "remove it, and it is measured again" });
  }
  if (JSON.stringify(found.settings) !== JSON.stringify(settings)) {
    throw new WebgfnError("file", `${path} was made with other settings`, { fix: "choose another --out" });
  }
  return found as T;
}

export function readResult(out: string, task: string, contestant: string, seed: number, settings: Settings): Result | undefined {
  const isWhole = ({ seconds, measures }: Partial<Result>) =>
    typeof seconds === "number" && typeof measures === "object" && measures !== null;
  return read(pathOf(out, task, contestant, `seed-${seed}`), settings, isWhole);
}

export function writeResult(out: string, result: Result): void {
  writeText(pathOf(out, result.task, result.contestant, `seed-${result.seed}`), line(result));
}

export function readTogether(out: string, task: string, settings: Settings): Together | undefined {
  return read(
    pathOf(out, task, "webgfn", "together"),
    settings,
    ({ stepsPerSecond }: Partial<Together>) => typeof stepsPerSecond === "number",
  );
}

export function writeTogether(out: string, task: string, together: Together): void {
  writeText(pathOf(out, task, "webgfn", "together"), line(together));
}
