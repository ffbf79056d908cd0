import type { SampledObject } from "@webgfn/envs";
import { packWeights, Replicas, unstackLayers } from "@webgfn/sampler";
import { argumentError, type Device } from "@webgfn/tensor";
import { ExactEvaluator, enumerateObjects, type ReplicaProgress, restoreCheckpoint, Trainer } from "@webgfn/trainer";
import type { Arguments } from "../arguments.js";
import type { Command } from "../command.js";
import { trainerOptions } from "../configuration.js";
import { openQuietly } from "../device.js";
import { float32, line } from "../json.js";
import { type LoadedRun, loadRun } from "../loading.js";
import { print } from "../output.js";
import { exactLogZ, known, show, spreadOf } from "../results.js";
import { describeRun } from "../summary.js";

export const evaluate: Command = {
  name: "evaluate",
  summary: "measure a trained run against its target",
  operands: "DIR",
  mostOperands: 1,
  options: {
    distribution: { text: "add every object's exact probability beside the target (environments that can be enumerated)" },
    replica: { value: "N", text: "whose distribution (default 0)" },
    json: { text: "print the result as one JSON object" },
  },
  takesEnvironmentParameters: false,
  examples: ["evaluate runs/sets", "evaluate runs/grid --distribution --replica 1 --json > distribution.json"],
  run,
};

/** What a checkpoint can be measured by: the loss belongs to a training batch and is not among it. */
type Measured = Omit<ReplicaProgress, "loss">;

interface Entry {
  object: SampledObject;
  /** p_T(x) */
  probability: number;
  /** R(x)/Z */
  target: number;
}

/** Objects that are shown to people. */
const SHOWN = 10;

async function run(given: Arguments): Promise<number> {
  const loaded = loadRun(evaluate, given);
  const { configuration, checkpoint, environment, replica } = loaded;
  const wanted = given.switches.has("distribution");
  if (wanted && !environment.enumeration.available) {
    throw argumentError(`--distribution is not to be had: ${environment.enumeration.reason}`);
  }
  const device = await openQuietly();
  try {
    const replicas = await measure(device, loaded);
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
          summary: known({ l1: spreadOf(replicas, "l1"), js: spreadOf(replicas, "js"), logZ: spreadOf(replicas, "logZ") }),
          ...known({ exactLogZ: exact }),
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
    if (distribution !== undefined) await print(`\n${distributionTable(distribution, replica)}`);
    return 0;
  } finally {
    device.dispose();
  }
}

async function measure(device: Device, { configuration, checkpoint, environment }: LoadedRun): Promise<Measured[]> {
  const trainer = await Trainer.create(device, trainerOptions(configuration, environment));
  try {
    restoreCheckpoint(trainer, checkpoint);
    return (await trainer.evaluate()).replicas.map(({ loss: _, ...replica }) => replica);
  } finally {
    trainer.dispose();
  }
}

async function exactDistribution(
  device: Device,
  { configuration, checkpoint, environment, network, replica }: LoadedRun,
): Promise<Entry[]> {
  const weights = unstackLayers("policy", network, checkpoint.tensors, configuration.replicas)[replica] ?? [];
  const evaluator = await ExactEvaluator.create({
    device,
    environment,
    network,
    weights: device.tensorFrom(packWeights(network, weights), [1, 4 * network.weights4], "weights"),
    data: device.tensorFrom(environment.data),
    replicas: new Replicas(device, [{ seed: 0 }]),
  });
  await evaluator.distances();
  const probabilities = await evaluator.probabilities(0);
  const logZ = environment.exactLogZ.available ? environment.exactLogZ.value : 0;
  return (await enumerateObjects(device, environment)).map(({ object, index, logReward }) => ({
    object,
    probability: float32(probabilities[index] as number),
    target: Math.exp(logReward - logZ),
  }));
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map(
      (row) =>
        `  ${row
          .map((cell, column) => cell.padEnd(widths[column] as number))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}

function replicaTable(replicas: readonly Measured[]): string {
  const columns: [string, (replica: Measured) => number | undefined][] = [
    ["L1", ({ l1 }) => l1],
    ["± error", ({ l1Error }) => l1Error],
    ["JS", ({ js }) => js],
    ["log Z", ({ logZ }) => logZ],
    ["ELBO", ({ elbo }) => elbo],
    ["mean log R", ({ meanLogReward }) => meanLogReward],
  ];
  const present = columns.filter(([, value]) => replicas.some((replica) => value(replica) !== undefined));
  return table([
    ["replica", "seed", ...present.map(([name]) => name)],
    ...replicas.map((replica, r) => [String(r), String(replica.seed), ...present.map(([, value]) => show(value(replica) ?? Number.NaN))]),
  ]);
}

function distributionTable(distribution: readonly Entry[], replica: number): string {
  const likeliest = [...distribution].sort((a, b) => b.probability - a.probability).slice(0, SHOWN);
  return `  the ${likeliest.length} likeliest of ${distribution.length} objects, replica ${replica} (--json has them all)
${table([
  ["object", "probability", "target"],
  ...likeliest.map(({ object, probability, target }) => [JSON.stringify(object), probability.toPrecision(4), target.toPrecision(4)]),
])}`;
}
