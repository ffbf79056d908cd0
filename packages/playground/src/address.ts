import { environmentDeclarations } from "@webgfn/envs";
import { argumentError, requireRule } from "@webgfn/tensor/internal";
import { scenarioNamed } from "./scenarios.js";
import {
  type Choice,
  checked,
  choiceIn,
  DEFAULTS,
  MOST_CHOICES,
  NUMBERS,
  OWN_REWARD,
  parametersOf,
  requireReward,
  ruleOf,
  type Settings,
} from "./settings.js";

/** The content of an address. Reading one never fails: an unusable value is replaced by a default, with a sentence. */
export interface Address {
  settings: Settings;
  /** Unusable values, one sentence each, without a full stop. */
  problems: readonly string[];
  /** Whether training starts automatically. */
  play: boolean;
  /** The step at which training pauses automatically; `undefined` if it does not. */
  steps: number | undefined;
}

const KNOWN = ["scenario", "environment", "env", "objectives", "temperature", "reward", "backward", "play", "steps", ...NUMBERS];

/** Encodes settings as the part of an address after `#`. Models from files are left out: an address cannot hold them. */
export function toHash({ environment, env, reward, beta, exploration, backward, choices, replicas, ...numbers }: Settings): string {
  const own = choices.filter(({ file }) => file === undefined);
  const parts = {
    environment,
    env: JSON.stringify(env),
    ...(reward !== "" && { reward }),
    ...(beta !== 1 && { beta }),
    ...(own.length > 0 && { objectives: JSON.stringify(own) }),
    ...numbers,
    ...(replicas !== 1 && { replicas }),
    ...(exploration !== 0 && { exploration }),
    ...(backward !== "uniform" && { backward }),
  };
  const texts = Object.entries(parts).map(([key, value]) => [key, String(value)]);
  return new URLSearchParams(texts).toString();
}

/** Decodes an address's part after `#`. Missing values are the page's defaults, or those of the scenario that it names. */
export function fromHash(hash: string): Address {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  const problems: string[] = [];
  /** The result of `read`; if it fails, the default, with a problem. */
  const attempt = <T>(usual: T, read: () => T): T => {
    try {
      return read();
    } catch (cause) {
      problems.push(cause instanceof Error ? cause.message : String(cause));
      return usual;
    }
  };
  for (const key of given.keys()) if (!KNOWN.includes(key)) problems.push(`this address says "${key}", which the page does not know`);
  const base = attempt(DEFAULTS, () => baseOf(given.get("scenario")));
  const environment = attempt(base.environment, () => environmentIn(given.get("environment") ?? base.environment));
  const isBase = environment === base.environment;
  const usualEnv = isBase && (given.get("environment") === null || given.has("scenario")) ? base.env : parametersOf(environment);
  const env = attempt(usualEnv, () => completed(environment, json(given.get("env"), "env") ?? usualEnv));
  const choices = choicesIn(given.get("objectives"), base.choices, problems);
  const numbers = Object.fromEntries(
    [...NUMBERS.filter((name) => name !== "beta"), "temperature" as const].map((name) => [
      name,
      attempt(base[name], () => numberIn(given.get(name), name, base[name])),
    ]),
  ) as Pick<Settings, "batchSize" | "learningRate" | "width" | "seed" | "replicas" | "exploration" | "temperature">;
  const ofReward = attempt<Pick<Settings, "reward" | "beta">>({ ...OWN_REWARD }, () => {
    const read = { reward: given.get("reward") ?? "", beta: numberIn(given.get("beta"), "beta", 1) };
    requireReward({ environment, ...read });
    return read;
  });
  const backward = attempt(base.backward, () => backwardIn(given.get("backward") ?? base.backward));
  const settings = { environment, env, ...ofReward, choices, ...numbers, backward };
  return {
    settings: attempt(DEFAULTS, () => checked(settings)),
    problems,
    play: given.get("play") === "1",
    steps: attempt<number | undefined>(undefined, () => stepsIn(given.get("steps"))),
  };
}

function baseOf(name: string | null): Settings {
  if (name === null) return DEFAULTS;
  const scenario = scenarioNamed(name);
  if (scenario === undefined) throw argumentError(`this address names an unknown scenario, "${name}"`);
  return scenario.settings;
}

function environmentIn(name: string): string {
  if (environmentDeclarations[name]?.page === undefined) throw argumentError(`this address names an unknown environment, "${name}"`);
  return name;
}

/** Parameters that the page's editors need and the address leaves out get the page's values. */
function completed(environment: string, env: unknown): Settings["env"] {
  if (typeof env !== "object" || env === null || Array.isArray(env)) throw argumentError("an environment's parameters must be an object");
  const usual = parametersOf(environment);
  const isEdited = environment === "gaussian-mixture" || environment === "hypergrid";
  const complete = (isEdited ? { ...usual, ...env } : env) as Settings["env"];
  const points = complete["means"];
  const isPoint = (point: unknown) => Array.isArray(point) && point.length === 2 && point.every(Number.isFinite);
  if (environment === "gaussian-mixture" && !(Array.isArray(points) && points.length > 0 && points.every(isPoint))) {
    throw argumentError("the means of a mixture must be a list of points, such as [[0, 0], [2, 1]]");
  }
  return complete;
}

/** The objectives that the page can use; those of the default if there is none. */
function choicesIn(text: string | null, usual: Choice[], problems: string[]): Choice[] {
  if (text === null) return usual;
  let list: unknown;
  try {
    list = json(text, "objectives");
    if (!Array.isArray(list) || list.length < 1) throw argumentError(`objectives must be a list of 1 to ${MOST_CHOICES}`);
  } catch (cause) {
    problems.push((cause as Error).message);
    return usual;
  }
  if (list.length > MOST_CHOICES) problems.push(`the page compares ${MOST_CHOICES} objectives, not ${list.length}: the first are used`);
  const found = list.slice(0, MOST_CHOICES).flatMap((each) => {
    try {
      const { file: _, ...choice } = choiceIn(each);
      return [choice];
    } catch (cause) {
      problems.push((cause as Error).message);
      return [];
    }
  });
  return found.length > 0 ? found : usual;
}

function numberIn(text: string | null, name: (typeof NUMBERS)[number] | "temperature", usual: number): number {
  if (text === null) return usual;
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (name !== "temperature") requireRule(name, value, ruleOf(name));
  else if (!(value >= 0.1 && value <= 10)) throw argumentError("the temperature must be a number from 0.1 to 10");
  return value;
}

function backwardIn(text: string): Settings["backward"] {
  if (text !== "uniform" && text !== "learned") throw argumentError(`backward must be uniform or learned, not "${text}"`);
  return text;
}

function stepsIn(text: string | null): number | undefined {
  if (text === null) return undefined;
  const steps = Number(text);
  if (!(Number.isInteger(steps) && steps >= 1 && steps <= 1_000_000))
    throw argumentError("steps must be a whole number from 1 to 1,000,000");
  return steps;
}

function json(text: string | null, name: string): unknown {
  if (text === null) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw argumentError(`this address is incomplete or was changed: its part "${name}" is not JSON`);
  }
}
