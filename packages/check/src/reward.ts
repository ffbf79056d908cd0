import { defineEnvironment, type Environment, hostReward, type Reward, type RewardFunction } from "@webgfn/envs";
import { requireReward, rewardFunctionOf } from "@webgfn/envs/internal";
import { type Device, rules } from "@webgfn/tensor";
import { counted, largestOf, requireArgument, requireOptions, type Schema } from "@webgfn/tensor/internal";
import { type CheckReport, Findings } from "./report.js";
import { type Evaluate, evaluateFunction, evaluateReward, shown } from "./reward-calls.js";
import { listedObjects, type States, sampledObjects } from "./reward-objects.js";

/** Options of {@link checkReward}. */
export interface RewardCheckOptions {
  /** Number of random trajectories, whose distinct ends are the objects. Default 64. */
  walks?: number;
  /** Seed of the trajectories. Default 1. */
  seed?: number;
  /** Time limit in seconds for a call, and for the evaluation of all objects if they are listed. Default 60. */
  timeLimit?: number;
}

const OPTIONS: Schema<RewardCheckOptions> = { walks: rules.whole(1, 4096), seed: rules.whole(0), timeLimit: rules.number(1e-3, 1e6) };

/** Number of objects that are also evaluated in single calls. */
const ALONE = 8;
/** Largest difference of two values of the same object, relative to 1 + |log R|: sums in another order are rounded differently. */
const ROUNDING = 1e-5;
/** exp of a larger number exceeds float32. */
const LARGEST_EXPONENT = Math.log(3.4028234e38);
/** If one object has more than this share of the mass, hardly any other is sampled. */
const NEARLY_ALL = 0.99;

/**
 * Checks a user-defined reward on objects of an environment. It must return log R of each object, a finite float32 number, and the same value
 * for the same object again, in another order and in a single call. A function must not change its arguments and must return in time. It
 * warns of a reward that is constant, too large, or nearly all in one object. Every finding names the object.
 *
 * @param reward a function (objects, words) => log R of each, or a reward made by `hostReward`, `tableReward`, `networkReward` or
 * `wgslReward`.
 * @throws WebgfnError `argument` if the reward does not fit the environment; `shader` if its module does not link or compile.
 *
 * @example
 * ```ts
 * import { checkReward } from "@webgfn/check";
 * import { openDevice, sets } from "webgfn";
 * const device = await openDevice();
 * const environment = sets({ items: 6, size: 3 });
 * const { problems, warnings } = await checkReward(device, (objects) => objects.map(({ items }) => items[0] ?? 0), environment);
 * for (const { message } of [...problems, ...warnings]) console.log(message); // none
 * device.dispose();
 * ```
 */
export async function checkReward<O extends object>(
  device: Device,
  reward: Reward<O> | RewardFunction<O>,
  environment: Environment<O>,
  options: RewardCheckOptions = {},
): Promise<CheckReport> {
  requireOptions("checkReward", options, OPTIONS);
  requireArgument.device(device);
  requireArgument.environment(environment);
  const given = (typeof reward === "function" ? hostReward(reward) : reward) as Reward;
  requireReward(given);
  const { walks = 64, seed = 1, timeLimit = 60 } = options;
  const checked: Environment = environment.withoutReward ?? defineEnvironment(environment);
  const findings = new Findings(given.title.replace(/^the reward /, ""));
  const fn = rewardFunctionOf(given);
  const evaluate = fn === undefined ? evaluateReward(device, checked, given, findings) : evaluateFunction(checked, fn, timeLimit, findings);
  const sampled = await sampledObjects(device, checked, walks, seed);
  if (sampled.length === 0) {
    findings.problem("objects", `${walks} random trajectories of ${checked.title} end in no object; check the environment first`);
    return findings.report();
  }
  const milliseconds = await checkRepeated(checked, sampled, evaluate, findings);
  if (milliseconds !== undefined) await checkTarget(device, checked, sampled, evaluate, { milliseconds, timeLimit }, findings);
  return findings.report();
}

/**
 * Evaluates the same objects in one call, again, in reverse order, and some of them in single calls.
 *
 * @returns milliseconds per object of a batch; undefined if a call broke a promise.
 */
async function checkRepeated(
  environment: Environment,
  states: States,
  evaluate: Evaluate,
  findings: Findings,
): Promise<number | undefined> {
  const start = performance.now();
  const first = await evaluate(states);
  const between = performance.now();
  const again = first && (await evaluate(states));
  const end = performance.now();
  if (first === undefined || again === undefined) return undefined;
  const compare = (promise: string, values: ArrayLike<number>, how: string) => {
    Array.from(values).forEach((value, n) => {
      const before = first[n] as number;
      if (Math.abs(value - before) <= ROUNDING * (1 + Math.abs(before))) return;
      const { text, where } = shown(environment, states[n] as Uint32Array);
      findings.problem(promise, `log R of ${text} is ${before}, and ${value} ${how}`, where);
    });
  };
  compare("repeatable", again, "when the same batch is evaluated again");
  // The other ways would report a random reward again.
  if (findings.report().problems.length > 0) return undefined;
  const reversed = await evaluate([...states].reverse());
  if (reversed === undefined) return undefined;
  compare("order", reversed.reverse(), "when the batch is in the reverse order");
  const alone: number[] = [];
  const startOfAlone = performance.now();
  for (const state of states.slice(0, ALONE)) {
    const values = await evaluate([state]);
    if (values === undefined) return undefined;
    alone.push(values[0] as number);
  }
  compare("batch size", alone, "when it is evaluated alone");
  const perObject = Math.min(between - start, end - between) / states.length;
  const perObjectAlone = (performance.now() - startOfAlone) / alone.length;
  findings.note(
    `${counted(states.length, "object")} of ${environment.title} took ${rounded(perObject)} ms each in one call, and ${rounded(perObjectAlone)} ms alone`,
  );
  return perObject;
}

/** Checks the distribution of the values: over all objects if the time limit allows, otherwise over the sampled ones. */
async function checkTarget(
  device: Device,
  environment: Environment,
  sampled: States,
  evaluate: Evaluate,
  { milliseconds, timeLimit }: { milliseconds: number; timeLimit: number },
  findings: Findings,
): Promise<void> {
  let all = await listedObjects(device, environment);
  if (all !== undefined && all.length * milliseconds > 1000 * timeLimit) {
    findings.note(`${all.length} objects would take longer than ${timeLimit} s, so the sampled ones stand for them`);
    all = undefined;
  }
  const states = all ?? sampled;
  const values = await evaluate(states);
  if (values === undefined) return;
  const highest = values.indexOf(largestOf(values));
  const lowest = values.indexOf(-largestOf(values.map((value) => -value)));
  const at = (n: number) => shown(environment, states[n] as Uint32Array);
  const most = values[highest] as number;
  const which = `${all === undefined ? "" : "all "}${counted(states.length, "object")}`;
  findings.note(
    `log R of ${which} is between ${rounded(values[lowest] as number)}, of ${at(lowest).text}, and ${rounded(most)}, of ${at(highest).text}`,
  );
  if (states.length === 1) return;
  if (values[lowest] === most) {
    findings.warning("constant", `log R is ${most} for ${which}, such as ${at(highest).text}, so that nothing is to be learned`);
  }
  if (most > LARGEST_EXPONENT) {
    const message = `log R of ${at(highest).text} is ${rounded(most)}, and float32 holds R = exp(log R) up to exp(${rounded(LARGEST_EXPONENT)}); return log R and not R, or subtract a constant`;
    findings.warning("range", message, at(highest).where);
  }
  if (all === undefined) return;
  const share = 1 / values.reduce((sum, value) => sum + Math.exp(value - most), 0);
  if (share > NEARLY_ALL) {
    const message = `${at(highest).text} has ${(100 * share).toFixed(1)} % of the mass of ${which}, so that hardly another is sampled; multiply log R by a beta below 1`;
    findings.warning("mass", message, at(highest).where);
  }
}

function rounded(value: number): string {
  return String(Number(value.toPrecision(3)));
}
