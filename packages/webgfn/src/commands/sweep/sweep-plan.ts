import { line } from "@webgfn/runs/internal";
import { commandLine, tell } from "@webgfn/runs/node/internal";
import { type PlannedRun, planSweep, type RefusedRun, readSweepFile, type SweepDescription } from "@webgfn/sweeps";
import { changeOf, findPlan, foreignFolders, isSame, sizeOf, writePlan } from "@webgfn/sweeps/internal";
import { argumentError, counted } from "@webgfn/tensor/internal";
import { operand, wholeOption } from "../../arguments.js";
import type { Arguments, Command, OptionTable } from "../../command.js";
import { print } from "../../output.js";
import { requireFolderName } from "../../output-file.js";
import { table } from "../../table.js";
import { settingsText } from "./settings-text.js";

/** Most runs of a sweep unless the command line asks for more. */
const MOST_RUNS = 10_000;
/** Largest number of rows of the table on a terminal, and of refused combinations that an error names. */
const SHOWN = 20;
const NAMED = 5;

/** Options of all commands that read a sweep file. */
export const SWEEP_OPTIONS: OptionTable = {
  out: { value: "DIR", text: "the sweep's folder: each run has a folder in it, named by the hash of its configuration" },
  replicas: { value: "N", text: 'most of the file\'s "seeds" that one run trains as replicas (default 8)' },
  most: { value: "N", text: `most runs that a sweep may have (default ${MOST_RUNS})` },
  "skip-refused": { text: "leave out combinations whose settings do not go together" },
};

export const sweepPlan: Command = {
  name: "sweep plan",
  summary: "list the runs that a sweep file describes, and refuse what cannot run; nothing is started",
  operands: "FILE.json|FILE.mjs",
  mostOperands: 1,
  options: {
    ...SWEEP_OPTIONS,
    update: { text: "replace the plan that DIR has; folders of runs that are gone stay" },
    json: { text: "print the plan as one JSON object" },
  },
  parameters: [],
  examples: ["sweep plan grid.json", "sweep plan grid.json --out sweeps/grid --replicas 8"],
  run,
};

async function run(given: Arguments): Promise<number> {
  const file = operand(sweepPlan, given, "a sweep file");
  const out = given.values.get("out");
  const recorded = out === undefined ? undefined : replacedPlan(out)?.replicas;
  const { runs, refused, repeated, replicas } = await readAndPlan(file, given, recorded);
  if (out !== undefined) recordPlan(out, { file, runs, ...(replicas !== undefined && { replicas }) }, given.switches.has("update"));
  if (given.switches.has("json")) {
    await print(line({ runs: runs.map((each, index) => ({ index, ...each })), refused, repeated, folder: out ?? null }));
    return 0;
  }
  await print(planTable(runs));
  const rest = [
    ...(repeated > 0 ? [`${counted(repeated, "combination")} equal to an earlier one`] : []),
    ...(refused.length > 0 ? [`${counted(refused.length, "combination")} refused`] : []),
  ];
  tell(`webgfn: ${counted(runs.length, "run")}${rest.length === 0 ? "" : ` (${rest.join(", ")} left out)`}\n`);
  if (out === undefined) tell(`webgfn: nothing was written; ${commandLine("sweep", "plan", file, "--out", "DIR")} writes the plan\n`);
  else tell(`webgfn: start all here with ${commandLine("sweep", "run", file, "--out", out, "--all")}\n`);
  return 0;
}

/** The sweep's folder that a command needs. @throws WebgfnError `argument` if it is not given. */
export function sweepFolder({ values }: Arguments, { name }: Command): string {
  const out = values.get("out");
  if (out === undefined) throw argumentError(`webgfn ${name} needs the sweep's folder`, "add --out DIR");
  requireFolderName("--out", out);
  return out;
}

/**
 * Plans a sweep file, by default with the replicas of the plan in its folder, and records the plan if the folder has none. @throws WebgfnError
 * `argument` for another plan.
 */
export async function planIn(out: string, file: string, given: Arguments) {
  const { runs, replicas, description } = await readAndPlan(file, given, findPlan(out)?.replicas);
  recordPlan(out, { file, runs, ...(replicas !== undefined && { replicas }) }, false);
  return { runs, description };
}

/** Reads a sweep file and plans its runs. @throws WebgfnError `argument` for too many combinations, or refused ones. */
export async function readAndPlan(file: string, given: Arguments, recorded?: number) {
  const replicas = given.values.has("replicas") ? wholeOption(given, "replicas", 1, 1) : recorded;
  const description = await readSweepFile(file, replicas);
  requireFew(description, file, given);
  const plan = await planSweep(description);
  const isAllowed = given.switches.has("skip-refused") && plan.runs.length > 0;
  if (plan.refused.length > 0 && !isAllowed) throw refusal(plan.refused, sizeOf(description), file);
  return { ...plan, replicas, description };
}

function requireFew(description: SweepDescription, file: string, given: Arguments): void {
  const most = wholeOption(given, "most", MOST_RUNS, 1);
  const size = sizeOf(description);
  if (size <= most) return;
  throw argumentError(
    `${file} describes ${size.toLocaleString("en")} runs, more than ${most.toLocaleString("en")}`,
    `vary less, draw some at random ("random": {"draws": 100, …}), or allow them with --most ${size}`,
  );
}

/** Names the first refused combinations, and returns the error for all. */
function refusal(refused: readonly RefusedRun[], size: number, file: string): Error {
  for (const { settings, message } of refused.slice(0, NAMED))
    tell(`webgfn: ${[settingsText(settings), message].filter((text) => text !== "").join(": ")}\n`);
  if (refused.length > NAMED) tell(`webgfn: … and ${refused.length - NAMED} more\n`);
  return argumentError(
    `${refused.length} of ${size} combinations in ${file} cannot run`,
    "change them, or leave them out with --skip-refused",
  );
}

/** Writes a plan to its folder. @throws WebgfnError `argument` if the folder has another plan, unless that plan is to be replaced. */
export function recordPlan(out: string, plan: { file: string; replicas?: number; runs: readonly PlannedRun[] }, update: boolean): void {
  requireFolderName("--out", out);
  const before = update ? replacedPlan(out) : findPlan(out);
  for (const name of foreignFolders(out, [...plan.runs, ...(before?.runs ?? [])]))
    tell(`webgfn: ${out}/${name} is no run of this sweep; it stays as it is\n`);
  if (before !== undefined && !update) {
    const change = changeOf(before.runs, plan.runs);
    if (isSame(change)) return;
    throw argumentError(changeText(out, plan.file, change), updateLine(plan.file, out, plan.replicas));
  }
  writePlan(out, plan);
}

/** The plan that is replaced; `undefined` also where it is damaged. */
function replacedPlan(out: string): ReturnType<typeof findPlan> {
  try {
    return findPlan(out);
  } catch {
    return undefined;
  }
}

/** What is different in a sweep file that was changed after it was planned. */
export function changeText(out: string, file: string, { added, gone, moved }: ReturnType<typeof changeOf>): string {
  const what = [
    ...(added > 0 ? [`${counted(added, "run")} new`] : []),
    ...(gone > 0 ? [`${counted(gone, "run")} gone`] : []),
    ...(moved ? ["indices moved"] : []),
  ];
  return `${file}, or --replicas, no longer says what ${out} was planned with: ${what.join(", ")}`;
}

export function updateLine(file: string, out: string, replicas?: number): string {
  const packs = replicas === undefined ? [] : ["--replicas", String(replicas)];
  return `put it back, or take the new plan: ${commandLine("sweep", "plan", file, "--out", out, ...packs, "--update")}`;
}

/** A table of the runs: index, folder, and the settings of each. */
function planTable(runs: readonly PlannedRun[]): string {
  const keys = [...new Set(runs.flatMap(({ settings }) => Object.keys(settings)))];
  const shown = process.stdout.isTTY ? runs.slice(0, SHOWN) : runs;
  const rows = shown.map(({ hash, settings }, index) => [
    String(index),
    hash,
    ...keys.map((key) => settingsText({ [key]: settings[key] }, true)),
  ]);
  const rest = runs.length - shown.length;
  return `${table([["index", "folder", ...keys], ...rows])}${rest > 0 ? `  … and ${rest} more\n` : ""}`;
}
