import { type Environment, makeEnvironment } from "@webgfn/envs";
import { type ImportanceWeights, makeObjective, type Objective, objectiveNames } from "@webgfn/objectives";
import { type LinearWeights, type Policy, unstackLayers } from "@webgfn/sampler";
import { type AdapterDescription, argumentError, unknownWord } from "@webgfn/tensor";
import { checkVarianceOptions, gradientVariance, type VarianceReport, type VarianceRow, varianceEstimators } from "@webgfn/trainer";
import { type Arguments, configurationFromArguments, kebab, parseNumber, wholeOption } from "../arguments.js";
import type { Command } from "../command.js";
import { overlay, type PartialConfiguration, parseConfiguration, policyOf } from "../configuration.js";
import { openQuietly } from "../device.js";
import { line } from "../json.js";
import { loadRun } from "../loading.js";
import { print } from "../output.js";
import { withParameterFiles } from "../parameter-files.js";
import { POLICY_OPTION } from "../policy-option.js";
import { ProgressLine } from "../progress.js";
import { readText } from "../run-folder.js";
import { table } from "../table.js";

const DIVERGENCES = objectiveNames.filter((name) => makeObjective(name).family === "divergence");
const ESTIMATORS: readonly string[] = ["none", "loo", "paper", "optimal"];
const BATCH_SIZES = [32, 128];
const BATCHES = 200;

export const variance: Command = {
  name: "variance",
  summary: "measure the variance of batch gradients with and without control variates",
  operands: "ENV",
  mostOperands: 1,
  options: {
    objective: { value: "NAME,…", text: `divergences (default ${DIVERGENCES.join(",")})` },
    alpha: { value: "X", text: "order of renyi and tsallis, any number but 1 (default 0.5)" },
    estimator: { value: "NAME,…", text: `${varianceEstimators.join(", ")} (default ${ESTIMATORS.join(",")})` },
    "batch-size": { value: "N,…", text: `trajectories per batch (default ${BATCH_SIZES.join(",")})` },
    batches: { value: "M", text: `independent batches of each size (default ${BATCHES})` },
    weights: { value: "NAME", text: "forward-kl's importance weights: normalised (by their mean) or raw (default normalised)" },
    policy: POLICY_OPTION,
    hidden: { value: "N,N", text: "widths of the policy's hidden layers (default as in training)" },
    components: { value: "N", text: "Gaussians per coordinate, for continuous environments (default 9)" },
    scales: { value: "X,X", text: "least and largest standard deviation of those Gaussians (default 0.1,1)" },
    seed: { value: "N", text: "seed of the untrained policy and of the batches (default 0)" },
    from: { value: "DIR", text: "take environment, policy and weights from the run in this folder, instead of an untrained policy" },
    replica: { value: "N", text: "whose weights, with --from (default 0)" },
    config: { value: "FILE", text: "a JSON file with any settings of training, such as a run's config.json; options here win" },
    json: { text: "print the result as one JSON object" },
  },
  takesEnvironmentParameters: true,
  examples: [
    "variance sets",
    "variance hypergrid --env.side 4 --objective renyi,tsallis --alpha 2 --batch-size 64",
    "variance --from runs/sets --batches 500 --json",
  ],
  run,
};

/** Whose gradients are measured. */
interface Subject {
  environment: Environment;
  policy: Policy;
  seed: number;
  /** Those of a run; an untrained policy has none of its own. */
  trained?: { folder: string; replica: number; step: number; weights: LinearWeights[] };
  /** What else was configured. */
  settings: PartialConfiguration;
}

async function run(given: Arguments): Promise<number> {
  const folder = given.values.get("from");
  const subject = folder === undefined ? untrained(given) : trained(given, folder);
  const { environment, policy, seed } = subject;
  const options = { ...measurement(given, subject.settings), environment, policy, seed };
  checkVarianceOptions(options);
  const device = await openQuietly();
  const progress = new ProgressLine(0, undefined);
  try {
    const start = performance.now();
    const total = options.batches * options.batchSizes.length;
    progress.say("compiling …");
    const report = await gradientVariance(device, {
      ...options,
      ...(subject.trained === undefined ? {} : { weights: subject.trained.weights }),
      onBatch: (done) => progress.say(`batch ${done}/${total}`),
    });
    const seconds = (performance.now() - start) / 1000;
    progress.clear();
    await print(
      given.switches.has("json")
        ? line(result(report, subject, options, seconds, device.adapter))
        : readable(report, subject, options, device.adapter),
    );
    return 0;
  } finally {
    device.dispose();
  }
}

/** Options that describe the measurement, not the policy that is measured. */
const OF_THE_MEASUREMENT = ["objective", "alpha", "weights", "estimator", "batch-size"];
/** The same as fields of a configuration file, which may have a λ too. */
const FIELDS_OF_THE_MEASUREMENT = ["objective", "alpha", "lambda", "weights", "estimator", "batchSize"];

function untrained(given: Arguments): Subject {
  if (given.values.has("replica")) throw argumentError("--replica goes with --from");
  const file = given.values.get("config");
  const fromFile = file === undefined ? {} : parseConfiguration(readText(file), file);
  const values = new Map([...given.values].filter(([name]) => !OF_THE_MEASUREMENT.includes(name)));
  const settings = overlay(fromFile, configurationFromArguments({ ...given, values }));
  const ofTheModel = Object.entries(settings).filter(([field]) => !FIELDS_OF_THE_MEASUREMENT.includes(field));
  const configuration = withParameterFiles(Object.fromEntries(ofTheModel) as PartialConfiguration);
  return {
    environment: makeEnvironment(configuration.environment, configuration.env),
    policy: policyOf(configuration),
    seed: configuration.seed,
    settings,
  };
}

/** Options that a run has settled. */
const OF_A_RUN = ["config", "policy", "hidden", "components", "scales"];

function trained(given: Arguments, folder: string): Subject {
  const refused =
    [...given.values.keys()].find((name) => OF_A_RUN.includes(name)) ?? [...given.env.keys()].map((name) => `env.${kebab(name)}`)[0];
  if (refused !== undefined) throw argumentError(`--${refused} cannot be given with --from: the policy is the run's`);
  const { configuration, checkpoint, environment: made, policy, network, replica } = loadRun(variance, { ...given, operands: [folder] });
  const [named] = given.operands;
  if (named !== undefined && named !== configuration.environment) {
    throw argumentError(`${folder} is a run of ${configuration.environment}, not of ${named}`, "leave the environment out with --from");
  }
  const weights = unstackLayers("policy", network, checkpoint.tensors, configuration.replicas)[replica] as LinearWeights[];
  return {
    environment: made,
    policy,
    seed: wholeOption(given, "seed", configuration.seed, 0),
    trained: { folder, replica, step: checkpoint.step, weights },
    settings: {},
  };
}

interface Measurement {
  objectives: Objective[];
  estimators: string[];
  batchSizes: number[];
  batches: number;
}

function measurement(given: Arguments, settings: PartialConfiguration): Measurement {
  const names = listed(given.values.get("objective") ?? settings.objective) ?? DIVERGENCES;
  const unknown = names.find((name) => !objectiveNames.includes(name));
  if (unknown !== undefined) throw unknownWord("an objective", unknown, DIVERGENCES);
  const order = given.values.get("alpha");
  const alpha = order === undefined ? (settings.alpha ?? undefined) : parseNumber("--alpha", order);
  const weights = (given.values.get("weights") as ImportanceWeights | undefined) ?? settings.weights ?? undefined;
  // One value serves the divergences that take it, and must not be for nothing.
  const takers = (option: "alpha" | "weights") => names.filter((name) => makeObjective(name).parameters[option] !== undefined);
  if (alpha !== undefined && takers("alpha").length === 0)
    throw argumentError(`${names.join(", ")}: no alpha goes with it; renyi and tsallis have one`);
  if (weights !== undefined && takers("weights").length === 0)
    throw argumentError(`${names.join(", ")}: no weights go with it; forward-kl has them`);
  const sizes = listed(given.values.get("batch-size"))?.map((size) => parseNumber("--batch-size", size));
  return {
    objectives: names.map((name) =>
      makeObjective(name, {
        ...(alpha !== undefined && takers("alpha").includes(name) ? { alpha } : {}),
        ...(weights !== undefined && takers("weights").includes(name) ? { weights } : {}),
      }),
    ),
    estimators: (listed(given.values.get("estimator") ?? settings.estimator) ?? ESTIMATORS).map((name) => {
      const found = varianceEstimators.find((known) => known === name);
      if (found === undefined) throw unknownWord("an estimator", name, varianceEstimators);
      return found;
    }),
    batchSizes: sizes ?? (settings.batchSize === undefined ? BATCH_SIZES : [settings.batchSize]),
    batches: wholeOption(given, "batches", BATCHES, 1),
  };
}

/** The distinct words between commas. */
function listed(text: string | undefined): string[] | undefined {
  return text === undefined ? undefined : [...new Set(text.split(",").map((word) => word.trim()))];
}

function result(
  { rows, exactUnavailable }: VarianceReport,
  { environment: { name, parameters }, policy, seed, trained: origin }: Subject,
  { batches, objectives }: Measurement,
  seconds: number,
  adapter: AdapterDescription,
) {
  return {
    environment: name,
    env: parameters,
    policy: policy.name,
    hidden: policy.parameters["hidden"]?.value ?? null,
    seed,
    from: origin === undefined ? null : { folder: origin.folder, replica: origin.replica, step: origin.step },
    batches,
    weights: objectives.find(({ parameters }) => parameters["weights"] !== undefined)?.parameters["weights"]?.value ?? null,
    rows,
    exactGradient: exactUnavailable === undefined ? { available: true } : { available: false, reason: exactUnavailable },
    seconds,
    adapter,
  };
}

function readable(
  { rows, exactUnavailable }: VarianceReport,
  { environment: { title }, policy, trained: origin }: Subject,
  { batches, objectives }: Measurement,
  { name, backend, type }: AdapterDescription,
): string {
  const which =
    origin === undefined
      ? `untrained ${policy.name} ${policy.parameters["hidden"]?.value ?? ""}`
      : `${origin.folder}, replica ${origin.replica}, step ${origin.step}`;
  const columns: [string, (row: VarianceRow) => string][] = [
    ["objective", ({ objective: goal, alpha }) => (alpha === null ? goal : `${goal} ${alpha}`)],
    ["estimator", ({ estimator }) => estimator],
    ["N", ({ batchSize }) => String(batchSize)],
    ["trace", ({ trace }) => digits(trace)],
    ["without", ({ traceWithout }) => digits(traceWithout)],
    ["reduction", ({ reduction }) => digits(reduction)],
    ["95 %", ({ reductionInterval: [low, high] }) => `${digits(low)}–${digits(high)}`],
    ["cosine", ({ cosine, cosineError }) => `${cosine.toFixed(3)} ± ${cosineError.toFixed(3)}`],
  ];
  if (exactUnavailable === undefined) {
    columns.push(
      ["|exact|", ({ exactNorm = Number.NaN }) => digits(exactNorm)],
      ["bias", ({ bias = Number.NaN, biasError = Number.NaN }) => `${digits(bias)} (${digits(biasError)})`],
      [
        "cosine to exact",
        ({ exactCosine = Number.NaN, exactCosineError = Number.NaN }) => `${exactCosine.toFixed(3)} ± ${exactCosineError.toFixed(3)}`,
      ],
    );
  }
  const exact =
    exactUnavailable === undefined
      ? "  bias: |mean - exact|, and in brackets what it would be on average for an unbiased estimator"
      : `  no exact gradient: ${exactUnavailable}`;
  return `${title}, ${which}: gradients of ${batches} batches of N trajectories

${table([columns.map(([heading]) => heading), ...rows.map((row) => columns.map(([, cell]) => cell(row)))])}
  trace: of the covariance of a batch's gradient, rewards divided by the largest of the batch
  without: the same for estimator none${objectives.some(({ parameters }) => parameters["weights"]?.value === "raw") ? "; forward-kl with raw weights" : ""}
  cosine: of a batch's gradient to the mean of all other batches' (estimator loo)
${exact}
  adapter: ${name} (${backend}, ${type})
`;
}

/** About four digits, or a dash for what cannot be said, such as the reduction of nothing. */
function digits(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(4))) : "-";
}
