import type { Environment } from "@webgfn/envs";
import { makeObjective, type Objective, objectiveNames } from "@webgfn/objectives";
import { isOfSchedule } from "@webgfn/objectives/internal";
import { type PartialConfiguration, parseConfiguration } from "@webgfn/runs";
import { environmentOf, isFileReference, line, OBJECTIVE_PARAMETERS, policyOf } from "@webgfn/runs/internal";
import { loadOwnFiles, openQuietly, ProgressLine, readText } from "@webgfn/runs/node/internal";
import type { LinearWeights, Policy } from "@webgfn/sampler";
import { unstackLayers } from "@webgfn/sampler/internal";
import type { AdapterDescription, ParameterValue } from "@webgfn/tensor";
import { argumentError, unknownWord } from "@webgfn/tensor/internal";
import { gradientVariance, listTarget, type VarianceEstimator, type VarianceReport, type VarianceRow } from "@webgfn/trainer";
import { checkVarianceOptions, varianceEstimators } from "@webgfn/trainer/internal";
import { ADAPTER_OPTION } from "../adapter-option.js";
import { configurationFromArguments, kebab, parseNumber, settingOptions, wholeOption } from "../arguments.js";
import { type Arguments, type Command, PREFIXES } from "../command.js";
import { readRun } from "../loading.js";
import { print } from "../output.js";
import { table } from "../table.js";
import { warnOfBrokenReplica } from "../warnings.js";
import { newConfiguration } from "./train.js";

const DIVERGENCES = objectiveNames.filter((name) => makeObjective(name).family === "divergence");
/**
 * The divergences measured by default: the paper's. The exact gradient of another divergence may need every trajectory, and would then be missing
 * for all.
 */
const USUAL = DIVERGENCES.filter((name) => {
  const objective = makeObjective(name);
  return objective.family === "divergence" && objective.normalised !== true;
});
const ESTIMATORS: readonly string[] = ["none", "loo", "paper", "optimal"];
const BATCH_SIZES = [32, 128];
const BATCHES = 200;
/**
 * Parameters of divergences. An option sets its parameter in all measured divergences that have it. Schedules are left out: gradients are
 * measured at one step.
 */
const PARAMETERS = Object.keys(OBJECTIVE_PARAMETERS).filter(
  (name) =>
    !isOfSchedule(name, OBJECTIVE_PARAMETERS) && DIVERGENCES.some((objective) => makeObjective(objective).parameters[name] !== undefined),
);

export const variance: Command = {
  name: "variance",
  summary: "measure the variance of batch gradients with and without control variates",
  operands: "ENV|FILE.mjs#NAME",
  mostOperands: 1,
  options: {
    ...settingOptions(PARAMETERS),
    ...settingOptions(["policy", "hidden", "components", "scales"]),
    environment: {
      value: "NAME",
      text: "the same as the operand ENV; with --from, the file with the run's environment, if it is your own",
    },
    objective: { value: "NAME,…", text: `divergences, or FILE.mjs#NAME (default ${USUAL.join(",")})` },
    estimator: { value: "NAME,…", text: `${varianceEstimators.join(", ")}, or FILE.mjs#NAME (default ${ESTIMATORS.join(",")})` },
    "batch-size": { value: "N,…", text: `trajectories per batch (default ${BATCH_SIZES.join(",")})` },
    batches: { value: "M", text: `independent batches of each size (default ${BATCHES})` },
    seed: { value: "N", text: "seed of the untrained policy and of the batches (default 0)" },
    from: { value: "DIR", text: "use environment, policy and weights of the run in this folder, instead of an untrained policy" },
    replica: { value: "N", text: "with --from: the replica whose weights to use (default 0)" },
    config: { value: "FILE", text: "a JSON file with any settings of training, such as a run's config.json; options override it" },
    "accept-changed-files": { text: "with --from: load files of your own that have changed since the run began" },
    ...ADAPTER_OPTION,
    json: { text: "print the result as one JSON object" },
  },
  parameters: PREFIXES,
  examples: [
    "variance sets",
    "variance hypergrid --env.side 4 --objective renyi,tsallis --alpha 2 --batch-size 64",
    "variance --from runs/sets --batches 500 --json",
    "variance sets --objective ./chi2.mjs#chi2 --objective.beta 0.2",
  ],
  run,
};

/** The policy whose gradients are measured. */
interface Subject {
  environment: Environment;
  policy: Policy;
  seed: number;
  /** The trained weights of a run; undefined for an untrained policy. */
  trained?: { folder: string; replica: number; step: number; weights: LinearWeights[] };
  /** All settings of the file of `--config`. */
  settings: PartialConfiguration;
}

async function run(given: Arguments): Promise<number> {
  const folder = given.values.get("from");
  const subject = folder === undefined ? await untrained(given) : await trained(given, folder);
  const { environment, policy, seed } = subject;
  const options = { ...(await measurement(given, subject.settings)), environment, policy, seed };
  checkVarianceOptions(options);
  const device = await openQuietly();
  const progress = new ProgressLine(0, undefined);
  try {
    const start = performance.now();
    const total = options.batches * options.batchSizes.length;
    progress.say("compiling …");
    const report = await gradientVariance(device, {
      ...options,
      environment: await listTarget(device, environment),
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

/** Options of the measurement. The other options describe the policy. */
const OF_THE_MEASUREMENT = ["objective", "estimator", ...Object.keys(OBJECTIVE_PARAMETERS), "batch-size"];
/** Fields of a configuration file that describe the measurement. */
const FIELDS_OF_THE_MEASUREMENT = ["objective", "estimator", ...Object.keys(OBJECTIVE_PARAMETERS), "objectiveParameters", "batchSize"];

async function untrained(given: Arguments): Promise<Subject> {
  if (given.values.has("replica")) throw argumentError("--replica needs --from");
  if (given.switches.has("accept-changed-files")) throw argumentError("--accept-changed-files needs --from");
  const file = given.values.get("config");
  const fromFile = file === undefined ? {} : parseConfiguration(readText(file), file);
  const ofTheModel = Object.fromEntries(Object.entries(fromFile).filter(([field]) => !FIELDS_OF_THE_MEASUREMENT.includes(field)));
  const values = new Map([...given.values].filter(([name]) => !OF_THE_MEASUREMENT.includes(name)));
  const model = { ...given, values, objective: new Map<string, string>() };
  const { configuration, parts } = await newConfiguration(model, ["variance", ...given.operands], ofTheModel);
  return {
    environment: environmentOf(configuration, parts),
    policy: policyOf(configuration, parts),
    seed: configuration.seed,
    settings: fromFile,
  };
}

/** Options that `--from` refuses, because the run determines them. */
const OF_A_RUN = ["config", "hidden", "components", "scales"];

async function trained(given: Arguments, folder: string): Promise<Subject> {
  const policyName = given.values.get("policy");
  const refused =
    [...given.values.keys()].find((name) => OF_A_RUN.includes(name)) ??
    (policyName !== undefined && !isFileReference(policyName) ? "policy" : undefined) ??
    [...given.env.keys()].map((name) => `env.${kebab(name)}`)[0] ??
    [...given.policy.keys()].map((name) => `policy.${kebab(name)}`)[0];
  if (refused !== undefined) throw argumentError(`--${refused} cannot be given with --from: the policy is the run's`);
  const [operand] = given.operands;
  const environment = given.values.get("environment") ?? operand;
  // --objective and --estimator describe the measurement, not the run.
  const ofRun = new Map([...given.values].filter(([name]) => name !== "objective" && name !== "estimator"));
  if (environment !== undefined && isFileReference(environment)) ofRun.set("environment", environment);
  const run = await readRun(folder, { ...given, values: ofRun }, ["environment", "policy", "reward"], ["variance", "--from", folder]);
  warnOfBrokenReplica(run, "these gradients are measured");
  const { configuration, checkpoint, environment: made, policy, network, replica } = run;
  if (environment !== undefined && !isFileReference(environment) && environment !== configuration.environment) {
    throw argumentError(
      `${folder} is a run of ${configuration.environment}, not of ${environment}`,
      "remove the environment: --from uses the run's",
    );
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
  estimators: VarianceEstimator[];
  batchSizes: number[];
  batches: number;
}

async function measurement(given: Arguments, settings: PartialConfiguration): Promise<Measurement> {
  const sizes = listed(given.values.get("batch-size"))?.map((size) => parseNumber("--batch-size", size));
  return {
    objectives: await objectivesOf(given, settings),
    estimators: await estimatorsOf(given, settings),
    batchSizes: sizes ?? (settings.batchSize === undefined ? BATCH_SIZES : [settings.batchSize]),
    batches: wholeOption(given, "batches", BATCHES, 1),
  };
}

/**
 * The objectives to measure. A parameter's value is set in all objectives that have the parameter.
 *
 * @throws WebgfnError `argument` for an unknown objective, or for a parameter that none of them has.
 */
async function objectivesOf(given: Arguments, settings: PartialConfiguration): Promise<Objective[]> {
  const names = listed(given.values.get("objective") ?? settings.objective) ?? USUAL;
  const unknown = names.find((name) => !objectiveNames.includes(name) && !isFileReference(name));
  if (unknown !== undefined) throw unknownWord("an objective", unknown, DIVERGENCES);
  const made = await Promise.all(names.map(loadObjective));
  const ofObjectives = [...given.values].filter(([name]) => PARAMETERS.some((parameter) => kebab(parameter) === name));
  const options = configurationFromArguments({ ...given, operands: [], values: new Map(ofObjectives) });
  const flat = Object.fromEntries(PARAMETERS.map((name) => [name, settingIn(options, name) ?? settingIn(settings, name)]));
  const values = { ...flat, ...settings.objectiveParameters, ...options.objectiveParameters };
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined || made.some(({ parameters }) => parameters[name] !== undefined)) continue;
    const owners = DIVERGENCES.filter((objective) => makeObjective(objective).parameters[name] !== undefined);
    throw argumentError(
      `${names.join(", ")} ${names.length === 1 ? "has" : "have"} no parameter ${name}${owners.length === 0 ? "" : `; it is a parameter of ${owners.join(" and ")}`}`,
    );
  }
  return made.map((objective) => {
    const own = Object.entries(values).filter(([name, value]) => value !== undefined && objective.parameters[name] !== undefined);
    return objective.with(Object.fromEntries(own) as Record<string, ParameterValue>);
  });
}

function settingIn(configuration: PartialConfiguration, name: string): ParameterValue | undefined {
  return (configuration as Readonly<Record<string, ParameterValue | undefined>>)[name] ?? undefined;
}

async function loadObjective(name: string): Promise<Objective> {
  if (!isFileReference(name)) return makeObjective(name);
  return (await loadOwnFiles([{ role: "objective", name }])).parts.objective as Objective;
}

async function estimatorsOf(given: Arguments, settings: PartialConfiguration): Promise<VarianceEstimator[]> {
  const names = listed(given.values.get("estimator") ?? settings.estimator) ?? ESTIMATORS;
  return Promise.all(
    names.map(async (name) => {
      if (isFileReference(name)) return (await loadOwnFiles([{ role: "estimator", name }])).parts.estimator as VarianceEstimator;
      const found = varianceEstimators.find((known) => known === name);
      if (found === undefined) throw unknownWord("an estimator", name, varianceEstimators);
      return found;
    }),
  );
}

/** The distinct entries of a list separated by commas. */
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
      ? "  bias: |mean - exact|, and in brackets the average for an unbiased estimator"
      : `  no exact gradient: ${exactUnavailable}`;
  return `${title}, ${which}: gradients of ${batches} batches of N trajectories

${table([columns.map(([heading]) => heading), ...rows.map((row) => columns.map(([, cell]) => cell(row)))])}
  trace: trace of the covariance of a batch's gradient, with rewards divided by one constant for all batches
  without: the trace with estimator none${objectives.some(({ parameters }) => parameters["weights"]?.value === "raw") ? "; forward-kl with raw weights" : ""}
  cosine: between a batch's gradient and the mean gradient of all other batches (estimator loo)
${exact}${zeroNote(rows)}
  adapter: ${name} (${backend}, ${type})
`;
}

/** A note that names the rows with zero gradients, which have no direction. */
function zeroNote(rows: readonly VarianceRow[]): string {
  const some = rows.filter(({ zeroGradients }) => zeroGradients > 0);
  if (some.length === 0) return "";
  const listed = some.map(
    ({ objective, estimator, batchSize, zeroGradients }) => `${zeroGradients} of ${objective} ${estimator} N=${batchSize}`,
  );
  return `\n  batches with a gradient of 0, which the cosines leave out: ${listed.join(", ")}`;
}

/** A number with four significant digits; a dash if it is not finite, such as the reduction of a variance of 0. */
function digits(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(4))) : "-";
}
