import { type EnvironmentName, environmentDeclarations, type FileField, type ParameterValue, type RewardExpression } from "@webgfn/envs";
import { findEstimator, makeObjective, type ObjectiveName, objectives } from "@webgfn/objectives";
import { isOfSchedule } from "@webgfn/objectives/internal";
import { type Configuration, completeConfiguration } from "@webgfn/runs";
import { SETTINGS, type Setting } from "@webgfn/runs/internal";
import type { BackwardPolicy } from "@webgfn/sampler";
import { type ParameterValue as JsonValue, type Rule, rules } from "@webgfn/tensor";
import { argumentError, requireRule } from "@webgfn/tensor/internal";

/** One of the objectives that the page trains side by side. */
export interface Choice {
  objective: string;
  /** Values of the objective's parameters. Missing ones have their defaults. */
  parameters: Readonly<Record<string, JsonValue>>;
  /** Null if the objective takes no estimator. */
  estimator: string | null;
  /** The name of the checkpoint that the model came from. An address cannot hold the model, and leaves it out. */
  file?: string;
}

/** All settings of the page. A shared address contains them. */
export interface Settings {
  environment: string;
  env: Record<string, ParameterValue>;
  /**
   * An expression for log R of one object; empty for the environment's own reward. It is a program, and may come from an address or a file:
   * the page sends it to the worker only after the user has allowed it.
   */
  reward: string;
  /** Inverse temperature of the reward. */
  beta: number;
  choices: Choice[];
  batchSize: number;
  learningRate: number;
  /** Width of the policy's two hidden layers. */
  width: number;
  seed: number;
  /** Copies of each objective's model with the seeds seed, seed + 1, …, which train together. Curves show their mean and their range. */
  replicas: number;
  /** ε: the probability of a uniformly chosen action in training. */
  exploration: number;
  /** Whether p_B is uniform over the parents of a state, or learned. */
  backward: BackwardPolicy;
  /** The policy's logits are divided by this number when the page samples objects. */
  temperature: number;
}

/** The numeric settings. */
export const NUMBERS = [
  "beta",
  "batchSize",
  "learningRate",
  "width",
  "seed",
  "replicas",
  "exploration",
] as const satisfies readonly (keyof Settings)[];

/** Rules of the sizes with which a page stays responsive. */
const PAGE_SIZES: Readonly<Record<string, Rule>> = {
  batchSize: rules.whole(2, 4096),
  width: rules.whole(1, 256),
  replicas: rules.whole(1, 8),
};

/** The rule of a numeric setting: that of the command line's option of the same name, or a stricter one for the page. */
export function ruleOf(name: (typeof NUMBERS)[number]): Rule {
  return PAGE_SIZES[name] ?? (SETTINGS[name] as Setting).rule;
}

/** The initial parameters of an environment in the page. */
export function parametersOf(environment: string): Record<string, ParameterValue> {
  return { ...environmentDeclarations[environment]?.page?.parameters };
}

/** How users write a reward for an environment; `undefined` if the page takes none for it. */
export function expressionOf(environment: string): RewardExpression | undefined {
  return environmentDeclarations[environment]?.page?.expression;
}

/** The data file that users may give for an environment; `undefined` if there is none. */
export function fileOf(environment: string): FileField | undefined {
  return environmentDeclarations[environment]?.page?.file;
}

/** Characters of a data file on the page; the address holds it. */
export const LONGEST_DATA = 200_000;

/** An environment's own reward. */
export const OWN_REWARD = { reward: "", beta: 1 } as const satisfies Partial<Settings>;

/** The settings that the page opens with: two of the objectives lose three of four corners. */
export const DEFAULTS: Settings = {
  environment: "hypergrid",
  env: { dimensions: 2, side: 12, r0: 0.001, r1: 0.5, r2: 2 },
  ...OWN_REWARD,
  choices: [
    { objective: "reverse-kl", parameters: {}, estimator: "paper" },
    { objective: "renyi", parameters: { alpha: 0.5 }, estimator: "paper" },
    { objective: "tb", parameters: { loss: "square", delta: 1, skew: 1 }, estimator: null },
  ],
  batchSize: 128,
  learningRate: 3e-3,
  width: 32,
  seed: 2,
  replicas: 1,
  exploration: 0,
  backward: "uniform",
  temperature: 1,
};

/** Display names of objectives. */
export const OBJECTIVES: Readonly<Record<string, string>> = {
  "reverse-kl": "Reverse KL",
  "forward-kl": "Forward KL",
  renyi: "Rényi-α",
  tsallis: "Tsallis-α",
  jsd: "Jensen–Shannon",
  tb: "Trajectory balance",
  vargrad: "VarGrad",
  db: "Detailed balance",
  subtb: "Sub-trajectory balance",
  mdb: "Modified detailed balance",
};

/** Display names of parameters in forms and legends. Other parameters are shown by their own names. */
export const LETTERS: Readonly<Record<string, string>> = {
  alpha: "α",
  lambda: "λ",
  loss: "Loss",
  delta: "δ",
  skew: "Skew",
  weights: "Weights",
  weighting: "Weighting",
  forwardLooking: "Forward-looking",
};

/** Whether an objective takes an estimator: divergences do, balance losses do not. */
export const takesEstimator = (name: string): boolean => objectives[name]?.family === "divergence";
/** Largest number of objectives side by side. */
export const MOST_CHOICES = 4;

/** The display name of an objective in legends, with its parameters. */
export function nameOf(choice: Choice): string {
  const { alpha, ...others } = choice.parameters;
  const declared = objectives[choice.objective]?.parameters ?? {};
  const changed = Object.entries(others).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(declared[name]?.value));
  const order = `${alpha === undefined ? "" : ` ${alpha}`}${changed.map(([name, value]) => `, ${LETTERS[name] ?? name} ${value}`).join("")}`;
  const without = choice.estimator === "none" ? ", no control variate" : "";
  const origin = choice.file === undefined ? "" : ` (${choice.file})`;
  return `${OBJECTIVES[choice.objective]?.replace("-α", "") ?? choice.objective}${order}${without}${origin}`;
}

/** Settings of a training that runs until it is paused: constant learning rates, the reward itself and a practically endless schedule. */
export const ENDLESS = {
  steps: 1_000_000,
  decayPower: 0,
  logZDecayPower: 0,
  anneal: 1,
  evaluateEvery: 1000,
  checkpointEvery: 1000,
} as const;

/**
 * The command line's configuration of a run with one of the objectives.
 *
 * @throws WebgfnError `argument` for a value that is not acceptable.
 */
export function configurationOf(settings: Settings, choice: Choice): Configuration {
  const { environment, env, batchSize, learningRate, width, seed, replicas, exploration, backward } = settings;
  return completeConfiguration({
    environment: environment as EnvironmentName,
    env,
    objective: choice.objective as ObjectiveName,
    objectiveParameters: { ...choice.parameters },
    ...(choice.estimator === null ? {} : { estimator: choice.estimator as Configuration["estimator"] }),
    batchSize,
    learningRate,
    policy: "mlp",
    hidden: [width, width],
    seed,
    replicas,
    exploration,
    backward,
    ...ENDLESS,
  });
}

/** Prefix of the name of an expression's table of rewards in an exported checkpoint. */
const EXPRESSION = "expression: ";

/** The name of the table with the rewards by an expression. */
export const tableName = (reward: string): string => EXPRESSION + reward;

/** The expression of a configuration's reward; empty for the environment's own. @throws WebgfnError `argument` for another reward. */
function expressionIn({ reward, rewardTable, rewardNetwork }: Configuration): string {
  if (rewardTable?.name.startsWith(EXPRESSION)) return rewardTable.name.slice(EXPRESSION.length);
  const other = reward ?? rewardTable?.name ?? rewardNetwork?.name;
  if (other === undefined) return "";
  throw argumentError(`the model was trained with the reward ${other}, which this page does not have`, "go on with it on the command line");
}

/**
 * The settings that continue a run with this configuration: its environment and reward, and its objective as the only choice.
 *
 * @throws WebgfnError `argument` for a reward that the page does not have, and for a prior.
 */
export function settingsOf(configuration: Configuration): Settings {
  const { environment, env, beta = 1, batchSize, learningRate, hidden, seed, replicas, exploration, backward, prior } = configuration;
  if (prior !== undefined) {
    throw argumentError(
      `the model was trained with the prior ${prior.name}, and this page trains without`,
      "go on with it on the command line",
    );
  }
  const control = takesEstimator(configuration.objective) ? configuration.estimator : null;
  const reward = expressionIn(configuration);
  requireReward({ environment, reward, beta });
  return {
    environment,
    env,
    reward,
    beta,
    choices: [{ objective: configuration.objective, parameters: parametersIn(configuration), estimator: control }],
    batchSize,
    learningRate,
    width: hidden?.[0] ?? DEFAULTS.width,
    seed,
    replicas,
    exploration,
    backward,
    temperature: 1,
  };
}

/** The values of the objective's parameters in a configuration. A page trains without end, and has no schedules. */
function parametersIn(configuration: Configuration): Choice["parameters"] {
  const { parameters = {} } = objectives[configuration.objective] ?? {};
  const names = Object.keys(parameters).filter((name) => !isOfSchedule(name, parameters));
  return Object.fromEntries(names.map((name) => [name, configuration[name as keyof Configuration] as JsonValue]));
}

/**
 * Checks the settings, except for the environment's parameters. The worker checks those, because making an environment may take so long
 * that it would block the page.
 *
 * @throws WebgfnError `argument` that names the first value that is not acceptable.
 */
export function checked(settings: Settings): Settings {
  const { choices, temperature, env } = settings;
  requireReward(settings);
  if (!Array.isArray(choices) || choices.length < 1 || choices.length > MOST_CHOICES) {
    throw argumentError(`the number of objectives must be from 1 to ${MOST_CHOICES}`);
  }
  for (const choice of choices) choiceIn(choice);
  if (typeof env !== "object" || env === null || Array.isArray(env)) throw argumentError("an environment's parameters must be an object");
  for (const [name, value] of Object.entries(env)) {
    const { text = "" } = Object(value) as { text?: string };
    if (text.length > LONGEST_DATA)
      throw argumentError(`the page takes ${LONGEST_DATA} characters of ${name}, not ${text.length}`, "use the command line");
  }
  for (const name of NUMBERS) {
    requireRule(name, settings[name], ruleOf(name));
  }
  if (!(temperature >= 0.1 && temperature <= 10)) throw argumentError("the temperature must be a number from 0.1 to 10");
  return settings;
}

/**
 * A choice from an address, with defaults for missing parts.
 *
 * @throws WebgfnError `argument` with the problem.
 */
export function choiceIn(value: unknown): Choice {
  const { objective, parameters = {}, estimator, file } = Object(value) as Partial<Choice>;
  if (typeof objective !== "string") throw argumentError('an objective is an object with a name, such as {"objective": "tb"}');
  if (typeof parameters !== "object" || parameters === null || Array.isArray(parameters)) {
    throw argumentError(`the parameters of ${objective} must be an object`);
  }
  makeObjective(objective, parameters);
  if (!(objective in OBJECTIVES)) throw argumentError(`this page does not offer ${objective}`, "use the command line");
  if (estimator != null) findEstimator(estimator);
  return {
    objective,
    parameters,
    estimator: takesEstimator(objective) ? (estimator ?? "paper") : null,
    ...(file !== undefined && { file }),
  };
}

/** Characters of an expression; the address holds it. */
export const LONGEST_EXPRESSION = 2000;

/** @throws WebgfnError `argument` for a reward that the page does not take for this environment. */
export function requireReward({ environment, reward, beta }: Pick<Settings, "environment" | "reward" | "beta">): void {
  if (reward.length > LONGEST_EXPRESSION) {
    throw argumentError(`the expression of a reward may have ${LONGEST_EXPRESSION} characters, not ${reward.length}`);
  }
  if (expressionOf(environment) !== undefined || (reward === "" && beta === 1)) return;
  throw argumentError(`for ${environment} this page takes no reward of one's own, and no beta`, "leave them out");
}
