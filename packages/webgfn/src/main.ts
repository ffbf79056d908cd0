import { tell } from "@webgfn/runs/node/internal";
import { WebgfnError } from "@webgfn/tensor";
import { argumentError, unknownWord } from "@webgfn/tensor/internal";
import { takeAdapter } from "./adapter-option.js";
import { parseArguments } from "./arguments.js";
import type { Command } from "./command.js";
import { check } from "./commands/check.js";
import { doctor } from "./commands/doctor.js";
import { evaluate } from "./commands/evaluate.js";
import { list } from "./commands/list.js";
import { report } from "./commands/report.js";
import { reproduce } from "./commands/reproduce.js";
import { sample } from "./commands/sample.js";
import { sweepPlan } from "./commands/sweep/sweep-plan.js";
import { sweepQueue } from "./commands/sweep/sweep-queue.js";
import { sweepReport } from "./commands/sweep/sweep-report.js";
import { sweepRun } from "./commands/sweep/sweep-run.js";
import { sweepScript } from "./commands/sweep/sweep-script.js";
import { sweepStatusCommand } from "./commands/sweep/sweep-status.js";
import { sweepSubmit } from "./commands/sweep/sweep-submit.js";
import { sweepWorker } from "./commands/sweep/sweep-worker.js";
import { train } from "./commands/train.js";
import { variance } from "./commands/variance.js";
import { commandHelp, generalHelp } from "./help.js";
import { flush, print } from "./output.js";
import { version } from "./version.js";

const SWEEP = [sweepPlan, sweepRun, sweepScript, sweepSubmit, sweepWorker, sweepQueue, sweepStatusCommand, sweepReport];
const COMMANDS: readonly Command[] = [train, sample, evaluate, report, ...SWEEP, variance, reproduce, check, doctor, list];

/** Runs the command line; returns the exit status: 0 success, 1 the run failed, 2 bad usage. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    const status = await dispatch(argv);
    await flush();
    return status;
  } catch (error) {
    return complain(error, argv.includes("--debug") || (process.env["DEBUG"] ?? "") !== "");
  }
}

async function dispatch([first, ...others]: readonly string[]): Promise<number> {
  // `sweep` has commands of its own.
  const [second = ""] = others;
  const [name, rest] = first === "sweep" && !second.startsWith("-") ? [`sweep ${second}`.trim(), others.slice(1)] : [first, others];
  if (name === undefined) {
    tell(generalHelp(COMMANDS));
    return 2;
  }
  if (name === "--help" || name === "-h" || name === "help") return show(generalHelp(COMMANDS));
  if (name === "--version") return show(`${version()}\n`);
  if (name === "sweep") {
    if (rest.includes("--help") || rest.includes("-h")) return show(generalHelp(SWEEP));
    throw argumentError("webgfn sweep needs one of its commands", `choose from ${SWEEP.map((each) => each.name).join(", ")}`);
  }
  const command = COMMANDS.find((candidate) => candidate.name === name);
  const names = COMMANDS.map((candidate) => candidate.name);
  if (command === undefined) {
    if (name.startsWith("-")) throw argumentError(`the first argument must be a command; choose from ${names.join(", ")}`);
    throw unknownWord("a command", name, names);
  }
  // Show help regardless of the other arguments, so that a user can append --help to any line.
  if (rest.includes("--help") || rest.includes("-h")) return show(commandHelp(command));
  if (rest.includes("--version")) return show(`${version()}\n`);
  const given = parseArguments(command, rest);
  takeAdapter(given);
  return command.run(given);
}

async function show(text: string): Promise<number> {
  await print(text);
  return 0;
}

/** Whether an error is a WebgfnError, also one from another copy of the packages, which a user's file may import. */
function isExpected(error: unknown): error is WebgfnError {
  return error instanceof WebgfnError || (error instanceof Error && error.name === WebgfnError.name && "code" in error);
}

/** Writes an error to stderr as one sentence; returns the exit status: 2 for bad usage, else 1. */
function complain(error: unknown, debug: boolean): number {
  const expected = isExpected(error);
  const message = error instanceof Error ? error.message : String(error);
  const advice = expected ? error.fix : "this is a bug in webgfn; --debug shows the stack";
  tell(`webgfn: ${message}${advice === undefined ? "" : `; ${advice}`}\n`);
  if (debug && error instanceof Error) tell(`${error.stack}\n`);
  return expected && error.code === "argument" ? 2 : 1;
}
