import { inspect } from "node:util";
import { tell } from "@webgfn/runs/node/internal";
import { WebgfnError } from "@webgfn/tensor";
import { argumentError, unknownWord } from "@webgfn/tensor/internal";
import { takeAdapter } from "./adapter-option.js";
import { parseArguments } from "./arguments.js";
import type { Command } from "./command.js";
import { commandHelp, generalHelp } from "./help.js";
import { flush, print } from "./output.js";
import { version } from "./version.js";

/** The commands in the order of the help. A command's module is loaded when the command is used. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  train: async () => (await import("./commands/train.js")).train,
  sample: async () => (await import("./commands/sample.js")).sample,
  evaluate: async () => (await import("./commands/evaluate.js")).evaluate,
  export: async () => (await import("./commands/export.js")).exportRun,
  report: async () => (await import("./commands/report.js")).report,
  "sweep plan": async () => (await import("./commands/sweep/sweep-plan.js")).sweepPlan,
  "sweep run": async () => (await import("./commands/sweep/sweep-run.js")).sweepRun,
  "sweep script": async () => (await import("./commands/sweep/sweep-script.js")).sweepScript,
  "sweep submit": async () => (await import("./commands/sweep/sweep-submit.js")).sweepSubmit,
  "sweep worker": async () => (await import("./commands/sweep/sweep-worker.js")).sweepWorker,
  "sweep queue": async () => (await import("./commands/sweep/sweep-queue.js")).sweepQueue,
  "sweep status": async () => (await import("./commands/sweep/sweep-status.js")).sweepStatusCommand,
  "sweep report": async () => (await import("./commands/sweep/sweep-report.js")).sweepReport,
  variance: async () => (await import("./commands/variance.js")).variance,
  reproduce: async () => (await import("./commands/reproduce.js")).reproduce,
  check: async () => (await import("./commands/check.js")).check,
  doctor: async () => (await import("./commands/doctor.js")).doctor,
  list: async () => (await import("./commands/list.js")).list,
};
const NAMES = Object.keys(COMMANDS);

/** The help on the commands whose names begin like this. */
async function helpOn(prefix = ""): Promise<string> {
  const loads = Object.entries(COMMANDS).flatMap(([name, load]) => (name.startsWith(prefix) ? [load()] : []));
  return generalHelp(await Promise.all(loads));
}

/** Runs the command line; returns the exit status: 0 success, 1 the run failed, 2 bad usage. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    const status = await dispatch(argv);
    await flush();
    return status;
  } catch (error) {
    return complain(error, argv);
  }
}

async function dispatch([first, ...others]: readonly string[]): Promise<number> {
  // `sweep` has subcommands.
  const [second = ""] = others;
  const [name, rest] = first === "sweep" && !second.startsWith("-") ? [`sweep ${second}`.trim(), others.slice(1)] : [first, others];
  if (name === undefined) {
    tell(await helpOn());
    return 2;
  }
  if (name === "--help" || name === "-h" || name === "help") return show(await helpOn());
  if (name === "--version") return show(`${version()}\n`);
  if (name === "sweep") {
    if (rest.includes("--help") || rest.includes("-h")) return show(await helpOn("sweep "));
    throw argumentError(
      "webgfn sweep needs one of its commands",
      `choose from ${NAMES.filter((each) => each.startsWith("sweep ")).join(", ")}`,
    );
  }
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (load === undefined) {
    if (name.startsWith("-")) throw argumentError(`the first argument must be a command; choose from ${NAMES.join(", ")}`);
    throw unknownWord("a command", name, NAMES);
  }
  const command = await load();
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
export function complain(error: unknown, argv: readonly string[]): number {
  const debug = argv.includes("--debug") || (process.env["DEBUG"] ?? "") !== "";
  const expected = isExpected(error);
  const message = error instanceof Error ? error.message : String(error);
  const advice = expected ? error.fix : "this is a bug in webgfn; --debug shows the stack";
  tell(`webgfn: ${message}${advice === undefined ? "" : `; ${advice}`}\n`);
  if (debug && error instanceof Error) tell(`${inspect(error)}\n`);
  return expected && error.code === "argument" ? 2 : 1;
}
