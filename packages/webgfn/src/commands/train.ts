import { environmentDeclarations, makeEnvironment } from "@webgfn/envs";
import { estimators, objectiveNames } from "@webgfn/objectives";
import { argumentError } from "@webgfn/tensor";
import { type Arguments, configurationFromArguments, kebab, wholeOption } from "../arguments.js";
import type { Command } from "../command.js";
import { type Configuration, overlay, parseConfiguration } from "../configuration.js";
import { openQuietly } from "../device.js";
import { Interruption } from "../interruption.js";
import { line } from "../json.js";
import { print } from "../output.js";
import { withParameterFiles } from "../parameter-files.js";
import { POLICY_OPTION } from "../policy-option.js";
import { exactLogZ, trainingResult, warnOfFaults } from "../results.js";
import { RunFolder, readText } from "../run-folder.js";
import { commandLine } from "../shell.js";
import { trainingSummary } from "../summary.js";
import { carryOut, type Plan } from "../training.js";

/** A default of each environment, for the help. */
function defaults(field: "steps" | "hidden"): string {
  return Object.values(environmentDeclarations)
    .map(({ name, defaults: own }) => `${name} ${own[field]}`)
    .join("; ");
}

export const train: Command = {
  name: "train",
  summary: "train a GFlowNet; the defaults are the paper's settings",
  operands: "ENV",
  mostOperands: 1,
  options: {
    config: { value: "FILE", text: "a JSON file with any of these settings, such as a run's config.json; options here win" },
    objective: { value: "NAME", text: `${objectiveNames.join(", ")} (default renyi)` },
    alpha: { value: "X", text: "order of renyi and tsallis, any number but 1 (default 0.5)" },
    lambda: { value: "X", text: "weight of subtb's stretches by their length, above 0 and at most 1 (default 0.9)" },
    weights: { value: "NAME", text: "forward-kl's importance weights: normalised (by their mean) or raw (default normalised)" },
    estimator: {
      value: "NAME",
      text: `gradient estimator of a divergence: ${Object.keys(estimators).join(", ")} (default paper; loo below alpha 0 or with --backward learned)`,
    },
    "batch-size": { value: "N", text: "trajectories per step and replica (default 128)" },
    steps: { value: "N", text: `training steps (default: ${defaults("steps")})` },
    "learning-rate": { value: "X", text: "Adam's rate at the first step (default 1e-3)" },
    "log-z-learning-rate": { value: "X", text: "the rate of a learned log Z (default 1e-1)" },
    "decay-power": { value: "X", text: "the learning rate falls as (1 - step/steps)^X; 0 keeps it (default 1)" },
    "log-z-decay-power": { value: "X", text: "the same for log Z's rate (default 0.5)" },
    "log-z-initial": { value: "X", text: "where a learned log Z starts (default: the largest log R of an initial batch)" },
    "gradient-clip": { value: "X", text: "shorten a replica's gradient to this norm where it is longer (default: never)" },
    exploration: { value: "X", text: "probability of a uniformly chosen action (default 0)" },
    policy: POLICY_OPTION,
    hidden: { value: "N,N", text: `widths of the policy's hidden layers (default: ${defaults("hidden")})` },
    components: { value: "N", text: "Gaussians per coordinate, for continuous environments (default 9)" },
    scales: { value: "X,X", text: "least and largest standard deviation of those Gaussians (default 0.1,1)" },
    backward: { value: "NAME", text: "p_B over the parents of a state: uniform or learned (default uniform)" },
    seed: { value: "N", text: "seed of replica 0; replica r has seed + r (default 0)" },
    replicas: { value: "N", text: "independent models trained side by side (default 1)" },
    "evaluate-every": { value: "N", text: "steps between evaluations (default: 25 evaluations in all)" },
    "checkpoint-every": { value: "N", text: "steps between checkpoints (default: as evaluations)" },
    out: { value: "DIR", text: "keep the run in this folder; without it nothing is written" },
    resume: { value: "DIR", text: "go on with the run in this folder, with its own settings" },
    tune: { text: "measure the fastest tile shapes on this adapter first, and remember them; no bit of the result changes" },
    json: { text: "print the result as one JSON object" },
  },
  takesEnvironmentParameters: true,
  examples: [
    "train sets --replicas 3 --out runs/sets",
    "train hypergrid --env.side 8 --objective tb --steps 1000 --hidden 32,32",
    "train --config runs/sets/config.json --objective reverse-kl --json",
    "train --resume runs/sets",
  ],
  run,
};

async function run(given: Arguments): Promise<number> {
  const resumed = given.values.get("resume");
  const plan = { ...(resumed === undefined ? newRun(given) : continuedRun(given, resumed)), tune: given.switches.has("tune") };
  const { configuration, environment: made } = plan;
  const out = resumed ?? plan.out;
  const device = await openQuietly();
  const interruption = new Interruption();
  try {
    const outcome = await carryOut(device, plan, interruption.signal);
    if (!outcome.finished || outcome.after === undefined) {
      const advice =
        out === undefined ? "nothing is kept, because --out was not given" : `go on with: ${commandLine("train", "--resume", out)}`;
      process.stderr.write(`webgfn: stopped at step ${outcome.step} of ${configuration.steps}; ${advice}\n`);
      return interruption.status;
    }
    await print(
      given.switches.has("json")
        ? line(
            trainingResult(configuration, outcome.columns, exactLogZ(made), outcome.before, outcome.after, outcome.rates, device.adapter),
          )
        : trainingSummary(configuration, made, outcome, device.adapter, out, withoutOut(given)),
    );
    warnOfFaults(outcome.after.replicas);
    return outcome.after.replicas.some(({ fault }) => fault !== undefined) ? 1 : 0;
  } finally {
    interruption.dispose();
    device.dispose();
  }
}

function newRun(given: Arguments): Plan {
  const file = given.values.get("config");
  const fromFile = file === undefined ? {} : parseConfiguration(readText(file), file);
  const configuration = withParameterFiles(overlay(fromFile, configurationFromArguments(given)));
  const out = given.values.get("out");
  if (out !== undefined) RunFolder.checkVacant(out);
  return { ...planned(configuration), ...(out === undefined ? {} : { out }) };
}

function planned(configuration: Configuration): Plan {
  return {
    configuration,
    environment: makeEnvironment(configuration.environment, configuration.env),
    checkpointEvery: configuration.checkpointEvery,
  };
}

/** Options that say nothing about the run itself. */
const OPTIONS_OF_A_SESSION = ["resume", "checkpoint-every"];

function continuedRun(given: Arguments, path: string): Plan {
  const refused =
    [...given.values.keys()].find((name) => !OPTIONS_OF_A_SESSION.includes(name)) ??
    [...given.env.keys()].map((name) => `env.${kebab(name)}`)[0];
  if (refused !== undefined) {
    throw argumentError(
      `--${refused} cannot be given with --resume: a run goes on with its own settings`,
      "only --json, --tune and --checkpoint-every are taken",
    );
  }
  const folder = RunFolder.open(path);
  const { configuration } = folder;
  const [named] = given.operands;
  if (named !== undefined && named !== configuration.environment) {
    throw argumentError(`${path} is a run of ${configuration.environment}, not of ${named}`, "leave the environment out with --resume");
  }
  // What is in use or damaged is said before an adapter is opened.
  folder.claim();
  try {
    folder.findCheckpoint();
  } finally {
    folder.release();
  }
  return {
    ...planned(configuration),
    continued: folder,
    checkpointEvery: wholeOption(given, "checkpoint-every", configuration.checkpointEvery, 1),
  };
}

/** The words that would train the same again. */
function withoutOut({ operands, values, env }: Arguments): string[] {
  return [
    ...operands,
    ...[...env].flatMap(([name, value]) => [`--env.${kebab(name)}`, value]),
    ...[...values].filter(([name]) => name !== "out").flatMap(([name, value]) => [`--${name}`, value]),
  ];
}
