import { line } from "@webgfn/runs/internal";
import { commandLine, Interruption, shellLine, tell } from "@webgfn/runs/node/internal";
import { configurationHash, type PlannedRun, readSweepFile } from "@webgfn/sweeps";
import {
  AGAIN,
  type CompleteRun,
  Completion,
  changeOf,
  type Ending,
  exitStatus,
  findPlan,
  folderOf,
  performRun,
  runAll,
  STOP_SIGNALS,
  sizeOf,
} from "@webgfn/sweeps/internal";
import { argumentError, counted } from "@webgfn/tensor/internal";
import { ADAPTER_OPTION } from "../../adapter-option.js";
import { operand, wholeOption } from "../../arguments.js";
import type { Arguments, Command } from "../../command.js";
import { LOG_OPTION, logFormat } from "../../log-option.js";
import { print } from "../../output.js";
import { adapterEnvironments } from "./adapter-environments.js";
import { LEASE_OPTION, leaseOption } from "./lease-option.js";
import { SweepDisplay } from "./sweep-display.js";
import { changeText, planIn, readAndPlan, SWEEP_OPTIONS, sweepFolder, updateLine } from "./sweep-plan.js";

/** Attempts per run of `--all`. */
const ATTEMPTS = 3;

export const sweepRun: Command = {
  name: "sweep run",
  summary: "start or resume one run of a sweep, or all of them here; what is finished is left as it is",
  operands: "FILE.json|FILE.mjs",
  mostOperands: 1,
  options: {
    ...SWEEP_OPTIONS,
    index: { value: "I", text: "the run's index in the plan, from 0" },
    all: { text: "all runs, each in a process of its own" },
    jobs: { value: "N", text: "with --all: runs at a time (default: one for each GPU that doctor lists)" },
    ...LEASE_OPTION,
    ...LOG_OPTION,
    ...ADAPTER_OPTION,
    tune: { text: "first measure the fastest tile shapes on this adapter, and remember them; results stay the same" },
    json: { text: "print what became of it as one JSON object" },
  },
  parameters: [],
  examples: ["sweep run grid.json --out sweeps/grid --index 17", "sweep run grid.json --out sweeps/grid --all --jobs 2"],
  run,
};

async function run(given: Arguments): Promise<number> {
  const file = operand(sweepRun, given, "a sweep file");
  const out = sweepFolder(given, sweepRun);
  const [index, all] = [given.values.get("index"), given.switches.has("all")];
  if ((index !== undefined) === all) throw argumentError("webgfn sweep run needs either --index I or --all", undefined);
  if (!all && given.values.has("jobs")) throw argumentError("--jobs needs --all", "add it, or leave --jobs out");
  const lease = leaseOption(given);
  if (index === undefined) return runEverything(file, out, lease, given);
  if (findPlan(out) === undefined) await planIn(out, file, given);
  return runOne(file, out, wholeOption(given, "index", 0, 0), lease, given);
}

async function runOne(file: string, out: string, index: number, lease: number, given: Arguments): Promise<number> {
  const plan = findPlan(out);
  const run = plan?.runs[index];
  if (plan === undefined || run === undefined) {
    const count = plan?.runs.length ?? 0;
    const range = count === 0 ? "" : `, from 0 to ${count - 1}`;
    throw argumentError(`${out} has no run ${index}: its plan has ${counted(count, "run")}${range}`);
  }
  const folder = folderOf(out, run);
  const log = logFormat(given);
  // A sweep file that no longer matches the plan is bad usage, not a failure of the run.
  const complete = await completed(file, out, run, given);
  const interruption = new Interruption(STOP_SIGNALS);
  try {
    const options = { lease, tune: given.switches.has("tune"), signal: interruption.signal, ...(log && { log }) };
    const ending = await performRun(folder, run.hash, async () => complete, options);
    if (given.switches.has("json")) await print(line({ index, hash: run.hash, settings: run.settings, folder, ...ending }));
    tell(`webgfn: run ${index} ${endingText(ending, shellLine("webgfn", "sweep", "run", file, "--out", out, "--index", String(index)))}\n`);
    // A person who pressed Ctrl-C wants the run to end, not to start again.
    return ending.kind === "again" && interruption.status !== 0 ? interruption.status : exitStatus(ending);
  } finally {
    interruption.dispose();
  }
}

/** The configuration of a planned run. @throws WebgfnError `argument` if the sweep file no longer describes it. */
async function completed(file: string, out: string, { at, hash }: PlannedRun, given: Arguments): Promise<CompleteRun> {
  const description = await readSweepFile(file, findPlan(out)?.replicas);
  if (at >= sizeOf(description)) throw await changed(file, out, given);
  const complete = await new Completion().completeAt(description, at);
  if (configurationHash(complete.configuration) !== hash) throw await changed(file, out, given);
  return complete;
}

/** The error for a sweep file that was changed after it was planned. */
async function changed(file: string, out: string, given: Arguments): Promise<Error> {
  const recorded = findPlan(out);
  const { runs } = await readAndPlan(file, given, recorded?.replicas);
  return argumentError(changeText(out, file, changeOf(recorded?.runs ?? [], runs)), updateLine(file, out));
}

/** What became of a run, after its name. */
function endingText(ending: Ending, command: string): string {
  switch (ending.kind) {
    case "finished":
      return "is finished";
    case "finished-before":
      return "was finished before; nothing was done";
    case "in-use":
      return `is carried out by ${ending.holder}; nothing was done`;
    case "again":
      return `${ending.why === undefined ? `stopped at step ${ending.step}` : `stopped: ${ending.why}`}; resume with: ${command}`;
    case "failed":
      return `failed: ${ending.message}`;
  }
}

async function runEverything(file: string, out: string, lease: number, given: Arguments): Promise<number> {
  const { runs, description } = await planIn(out, file, given);
  const completion = new Completion();
  const log = logFormat(given);
  const environments = await adapterEnvironments();
  const jobs = wholeOption(given, "jobs", environments.length, 1, 1000);
  const interruption = new Interruption(STOP_SIGNALS);
  const display = new SweepDisplay(runs.length);
  try {
    const configure = async ({ at }: PlannedRun) => (await completion.completeAt(description, at)).configuration;
    const tally = await runAll(out, runs, configure, {
      jobs,
      attempts: ATTEMPTS,
      lease,
      tune: given.switches.has("tune"),
      environments,
      ...(log && { log }),
      follower: display,
      signal: interruption.signal,
    });
    display.clear();
    if (given.switches.has("json")) await print(line({ ...tally, folder: out }));
    const counts = [
      `${tally.finished} finished`,
      ...(tally.finishedBefore > 0 ? [`${tally.finishedBefore} finished before`] : []),
      ...(tally.inUse > 0 ? [`${tally.inUse} carried out elsewhere`] : []),
      ...(tally.failed > 0 ? [`${tally.failed} failed`] : []),
      ...(tally.again > 0 ? [`${tally.again} to go on with`] : []),
    ];
    tell(`webgfn: of ${counted(runs.length, "run")} ${counts.join(", ")}\n`);
    if (tally.again > 0) tell(`webgfn: go on with ${commandLine("sweep", "run", file, "--out", out, "--all")}\n`);
    if (tally.failed > 0) tell(`webgfn: see why with ${commandLine("sweep", "status", out)}\n`);
    if (tally.failed > 0) return 1;
    return tally.again > 0 ? interruption.status || AGAIN : 0;
  } finally {
    display.clear();
    interruption.dispose();
  }
}
