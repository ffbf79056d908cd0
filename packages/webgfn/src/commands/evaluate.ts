import type { Environment, SampledObject } from "@webgfn/envs";
import { argumentError, type Device } from "@webgfn/tensor";
import {
  type EdgeMarginals,
  enumerateObjects,
  type FullEvaluation,
  type FullEvaluationOptions,
  fullEvaluation,
  type ReplicaReport,
  restoreCheckpoint,
  Trainer,
} from "@webgfn/trainer";
import { type Arguments, parseNumber, wholeOption } from "../arguments.js";
import type { Command } from "../command.js";
import { trainerOptions } from "../configuration.js";
import { openQuietly } from "../device.js";
import { float32, line } from "../json.js";
import { type LoadedRun, loadRun } from "../loading.js";
import { print } from "../output.js";
import { exactProbabilities, withReplica } from "../replica.js";
import { exactLogZ, known, show, spreadOf, warnOfFaults } from "../results.js";
import { describeRun } from "../summary.js";
import { table } from "../table.js";

export const evaluate: Command = {
  name: "evaluate",
  summary: "measure a trained run against its target",
  operands: "DIR",
  mostOperands: 1,
  options: {
    distribution: { text: "add every object's exact probability beside the target (environments that can be enumerated)" },
    replica: { value: "N", text: "whose distribution and edge marginals (default 0)" },
    objects: { value: "N", text: "objects sampled from every replica for its best, its modes and its sample size (default 1024)" },
    top: { value: "K", text: "how many of the best distinct objects topReward is the mean of (default 100)" },
    "mode-threshold": { value: "X", text: "log reward from which an object counts as a mode (default the environment's own)" },
    json: { text: "print the result as one JSON object" },
  },
  takesEnvironmentParameters: false,
  examples: [
    "evaluate runs/sets",
    "evaluate runs/sets --objects 4096 --top 10 --mode-threshold 9.5",
    "evaluate runs/grid --distribution --replica 1 --json > distribution.json",
  ],
  run,
};

/** What a checkpoint can be measured by: the loss belongs to a training batch and is not among it. */
type Measured = Omit<ReplicaReport, "loss">;

interface Entry {
  object: SampledObject;
  /** p_T(x) */
  probability: number;
  /** R(x)/Z */
  target: number;
}

/** Objects that are shown to people. */
const SHOWN = 10;

/** Quantities whose spread over the replicas the JSON tells. */
const SUMMARISED = [
  "l1",
  "js",
  "logZ",
  "pearson",
  "spearman",
  "elbo",
  "eubo",
  "logZError",
  "topReward",
  "topLogReward",
  "modes",
  "effectiveSampleSize",
] as const;

async function run(given: Arguments): Promise<number> {
  const loaded = loadRun(evaluate, given);
  const { configuration, checkpoint, environment, replica } = loaded;
  const wanted = given.switches.has("distribution");
  if (wanted && !environment.enumeration.available) {
    throw argumentError(`--distribution is not to be had: ${environment.enumeration.reason}`);
  }
  const options = evaluationOptions(given);
  const device = await openQuietly();
  try {
    const { replicas: reports, heldOut, modeThreshold } = await measure(device, loaded, options);
    const replicas = reports.map(measured);
    warnOfFaults(replicas);
    const edges = reports[replica]?.edgeMarginals;
    const distribution = wanted ? await exactDistribution(device, loaded) : undefined;
    const exact = exactLogZ(environment);
    if (given.switches.has("json")) {
      const { environment: name, objective, alpha, estimator, steps } = configuration;
      await print(
        line({
          environment: name,
          objective,
          alpha,
          estimator,
          step: checkpoint.step,
          steps,
          replicas,
          summary: known(Object.fromEntries(SUMMARISED.map((key) => [key, spreadOf(replicas, key)]))),
          ...known({ exactLogZ: exact }),
          heldOut,
          modeThreshold,
          ...known({ edgeMarginals: edges }),
          adapter: device.adapter,
          ...(distribution === undefined ? {} : { replica, distribution }),
        }),
      );
      return 0;
    }
    await print(
      `${describeRun(configuration, environment)}: step ${checkpoint.step} of ${configuration.steps}\n\n${replicaTable(replicas)}`,
    );
    if (exact !== undefined) await print(`\n  exact log Z ${show(exact)}\n`);
    await print(`\n${explanation(environment, modeThreshold)}`);
    const { picture } = environment.objects;
    if (edges !== undefined && picture.kind === "edges") await print(`\n${edgeTable(picture.names, edges, replica)}`);
    if (distribution !== undefined) await print(`\n${distributionTable(distribution, replica)}`);
    return 0;
  } finally {
    device.dispose();
  }
}

function evaluationOptions(given: Arguments): FullEvaluationOptions {
  const threshold = given.values.get("mode-threshold");
  return {
    objects: wholeOption(given, "objects", 1024, 1, 2 ** 20),
    top: wholeOption(given, "top", 100, 1),
    ...(threshold === undefined ? {} : { modeThreshold: parseNumber("--mode-threshold", threshold) }),
  };
}

function measured({ loss: _, edgeMarginals, ...replica }: ReplicaReport): Measured & { edgeMarginalError?: number } {
  return { ...replica, ...known({ edgeMarginalError: edgeMarginals?.largestError }) };
}

async function measure(
  device: Device,
  { configuration, checkpoint, environment }: LoadedRun,
  options: FullEvaluationOptions,
): Promise<FullEvaluation> {
  const trainer = await Trainer.create(device, trainerOptions(configuration, environment));
  try {
    restoreCheckpoint(trainer, checkpoint);
    return await fullEvaluation(trainer, options);
  } finally {
    trainer.dispose();
  }
}

async function exactDistribution(device: Device, loaded: LoadedRun): Promise<Entry[]> {
  const { environment } = loaded;
  const probabilities = await withReplica(device, loaded, exactProbabilities);
  const logZ = environment.exactLogZ.available ? environment.exactLogZ.value : 0;
  return (await enumerateObjects(device, environment)).map(({ object, index, logReward }) => ({
    object,
    probability: float32(probabilities[index] as number),
    target: Math.exp(logReward - logZ),
  }));
}

function replicaTable(replicas: readonly Measured[]): string {
  const columns: [string, (replica: Measured) => number | undefined][] = [
    ["L1", ({ l1 }) => l1],
    ["± error", ({ l1Error }) => l1Error],
    ["JS", ({ js }) => js],
    ["log Z", ({ logZ }) => logZ],
    ["log Z error", ({ logZError }) => logZError],
    ["ELBO", ({ elbo }) => elbo],
    ["EUBO", ({ eubo }) => eubo],
    ["mean log R", ({ meanLogReward }) => meanLogReward],
    ["top log R", ({ topLogReward }) => topLogReward],
    ["modes", ({ modes }) => modes],
    ["Pearson", (replica) => replica.pearson],
    ["Spearman", (replica) => replica.spearman],
    ["ESS", ({ effectiveSampleSize }) => effectiveSampleSize],
  ];
  const present = columns.filter(([, value]) => replicas.some((replica) => value(replica) !== undefined));
  return table([
    ["replica", "seed", ...present.map(([name]) => name)],
    ...replicas.map((replica, r) => [String(r), String(replica.seed), ...present.map(([name, value]) => cell(name, value(replica)))]),
  ]);
}

/** Modes are whole; what cannot be said, such as a correlation with a constant, is a dash. */
function cell(name: string, value = Number.NaN): string {
  if (Number.isNaN(value)) return "-";
  return name === "modes" ? String(value) : show(value);
}

/** What the columns of the table mean. */
function explanation({ exactSampling, modeOf }: Environment, modeThreshold: number): string {
  const from = exactSampling.available ? "drawn from the target" : `sampled from the policies (${exactSampling.reason})`;
  const mode = modeOf === undefined ? "distinct objects" : "modes reached by objects";
  return `  Pearson, Spearman: log p_T with log R on objects ${from}
  modes: ${mode} with log R of at least ${show(modeThreshold)};  ESS: effective share of the sample
`;
}

function edgeTable(names: readonly string[], { sampled, exact }: EdgeMarginals, replica: number): string {
  const value = (i: number, j: number) => {
    const share = show(sampled[i]?.[j] ?? Number.NaN);
    return exact === undefined ? share : `${share} (${show(exact[i]?.[j] ?? Number.NaN)})`;
  };
  return `  share of sampled graphs with an edge from row to column${exact === undefined ? "" : " (exact)"}, replica ${replica}
${table([["", ...names], ...names.map((name, i) => [name, ...names.map((_, j) => (i === j ? "" : value(i, j)))])])}`;
}

function distributionTable(distribution: readonly Entry[], replica: number): string {
  const likeliest = [...distribution].sort((a, b) => b.probability - a.probability).slice(0, SHOWN);
  return `  the ${likeliest.length} likeliest of ${distribution.length} objects, replica ${replica} (--json has them all)
${table([
  ["object", "probability", "target"],
  ...likeliest.map(({ object, probability, target }) => [JSON.stringify(object), probability.toPrecision(4), target.toPrecision(4)]),
])}`;
}
