import { line } from "@webgfn/runs/internal";
import { clock, tell } from "@webgfn/runs/node/internal";
import { type RunStatus, readPlan, type SweepStatus, sweepStatus } from "@webgfn/sweeps";
import { foreignFolders } from "@webgfn/sweeps/internal";
import { counted } from "@webgfn/tensor/internal";
import { operand } from "../../arguments.js";
import type { Arguments, Command } from "../../command.js";
import { print } from "../../output.js";
import { settingsText } from "./settings-text.js";

export const sweepStatusCommand: Command = {
  name: "sweep status",
  summary: "tell where a sweep stands, from its folders alone",
  operands: "DIR",
  mostOperands: 1,
  options: {
    all: { text: "list every run, not only those that go on or have failed" },
    json: { text: "print everything as one JSON object: done, running, failed, waiting, runs" },
  },
  parameters: [],
  examples: ["sweep status sweeps/grid", "sweep status sweeps/grid --json"],
  run,
};

async function run(given: Arguments): Promise<number> {
  const out = operand(sweepStatusCommand, given, "the folder of a sweep");
  const { runs } = readPlan(out);
  const status = sweepStatus(out, runs);
  if (given.switches.has("json")) {
    await print(line(status));
    return 0;
  }
  for (const name of foreignFolders(out, runs)) tell(`webgfn: ${out}/${name} is no run of this sweep\n`);
  await print(summary(status));
  const listed = given.switches.has("all") ? status.runs : status.runs.filter(({ state }) => state === "running" || state === "failed");
  for (const each of listed) await print(row(each));
  return 0;
}

function summary({ done, running, failed, waiting, secondsLeft, runs }: SweepStatus): string {
  const left = secondsLeft === undefined ? "" : `, about ${clock(secondsLeft)} left`;
  return `${counted(runs.length, "run")}: ${done} done, ${running} running, ${failed} failed, ${waiting} waiting${left}\n`;
}

function row({ index, hash, settings, state, step, steps, holder, failure, attempts }: RunStatus): string {
  const progress = step === undefined || state === "done" ? "" : `  step ${step}/${steps}`;
  const where = holder === undefined ? "" : ` on ${holder}`;
  const why = failure === undefined ? "" : `: ${failure}${attempts === 1 ? "" : ` (attempt ${attempts})`}`;
  return `  ${state}${where}  #${index} ${hash} ${settingsText(settings)}${progress}${why}\n`;
}
