import { type Environment, type Reward, type RewardFunction, withReward } from "@webgfn/envs";
import { type Device, WebgfnError } from "@webgfn/tensor";
import { inBrief } from "@webgfn/tensor/internal";
import { inspectStates } from "./inspect-states.js";
import type { Findings } from "./report.js";
import type { States } from "./reward-objects.js";

/** Evaluates log R of objects in one call, as float32; `undefined` if the call breaks a promise, which the findings then name. */
export type Evaluate = (states: States) => Promise<Float32Array | undefined>;

/** An object's text for messages, and its place. */
export function shown(environment: Environment, state: Uint32Array): { text: string; where: { state: number[]; object: unknown } } {
  const object = environment.decode(state.slice());
  return { text: environment.objects.text(object), where: { state: [...state], object } };
}

/** Such as `{0, 1}`, or `a batch of 12 objects from {0, 1} on`. */
function batchOf(environment: Environment, states: States): string {
  const { text } = shown(environment, states[0] as Uint32Array);
  return states.length === 1 ? text : `a batch of ${states.length} objects from ${text} on`;
}

function joined(states: States): Uint32Array {
  return Uint32Array.from(states.flatMap((state) => [...state]));
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : inBrief(cause);
}

/** Calls a reward's function, and checks that it returns valid values and does not change its arguments. */
export function evaluateFunction(environment: Environment, fn: RewardFunction, timeLimit: number, findings: Findings): Evaluate {
  const call = async (states: States) => {
    const objects = states.map((state) => environment.decode(state.slice()));
    const words = joined(states);
    const given = [...objects];
    const texts = objects.map((object) => JSON.stringify(object));
    const returned = await inTime(() => fn(given, words), timeLimit);
    const at = objects.findIndex((object, n) => JSON.stringify(object) !== texts[n]);
    const wordAt = joined(states).findIndex((word, i) => word !== words[i]);
    const state = states[at >= 0 ? at : Math.floor(wordAt / environment.stateWords)];
    if (at >= 0) {
      const { text, where } = shown(environment, state as Uint32Array);
      findings.problem("arguments", `it changes the object ${text}, which is ${inBrief(objects[at])} after the call`, where);
    } else if (given.length !== objects.length || given.some((object, n) => object !== objects[n])) {
      findings.problem(
        "arguments",
        `it changes the list of its objects, such as ${batchOf(environment, states)}; sort or cut a copy of it`,
      );
    }
    if (wordAt >= 0) {
      const { text, where } = shown(environment, state as Uint32Array);
      findings.problem("arguments", `it changes the words of ${text}: word ${wordAt} is ${words[wordAt]} after the call`, where);
    }
    return returned;
  };
  return async (states) => {
    let returned: unknown;
    try {
      returned = await call(states);
    } catch (cause) {
      const culprit = cause instanceof LateError || states.length === 1 ? undefined : await firstThatFails(states, call);
      const [at, reason] = culprit === undefined ? [states, reasonOf(cause)] : [[culprit.state], culprit.reason];
      const what = cause instanceof LateError ? reason : `throws: ${reason}`;
      findings.problem(
        "returns",
        `at ${batchOf(environment, at)} it ${what}`,
        at.length === 1 ? shown(environment, at[0] as Uint32Array).where : {},
      );
      return undefined;
    }
    return numbersIn(environment, states, returned, findings);
  };
}

/** The first object whose call throws even if it is the only object. */
async function firstThatFails(states: States, call: (states: States) => Promise<unknown>) {
  for (const state of states) {
    try {
      await call([state]);
    } catch (cause) {
      return { state, reason: reasonOf(cause) };
    }
  }
  return undefined;
}

/** A promise that was not settled in time. */
class LateError extends Error {}

async function inTime(call: () => unknown, seconds: number): Promise<unknown> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new LateError(`does not return within ${seconds} s`)), 1000 * seconds);
  });
  try {
    return await Promise.race([call(), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The numbers that a function returned for states. */
function numbersIn(environment: Environment, states: States, returned: unknown, findings: Findings): Float32Array | undefined {
  const list = returned as Partial<ArrayLike<unknown>> | null | undefined;
  const batch = batchOf(environment, states);
  if (typeof list !== "object" || list === null || typeof list.length !== "number") {
    findings.problem("returns", `for ${batch} it returns ${inBrief(returned)}, and not a list with log R of each object`);
    return undefined;
  }
  if (list.length !== states.length) {
    findings.problem("returns", `for ${batch} it returns ${list.length} numbers, and not one for each object`);
    return undefined;
  }
  const wrong = states.findIndex((_, n) => typeof list[n] !== "number");
  if (wrong >= 0) {
    const { text, where } = shown(environment, states[wrong] as Uint32Array);
    findings.problem("returns", `for ${text} it returns ${inBrief(list[wrong])}, and not a number`, where);
    return undefined;
  }
  const values = Float64Array.from(states, (_, n) => list[n] as number);
  return finite(environment, states, values, findings);
}

/** The values as float32, unless one is not finite. */
function finite(
  environment: Environment,
  states: States,
  values: ArrayLike<number>,
  findings: Findings,
  advice = "",
): Float32Array | undefined {
  const rounded = Float32Array.from(values);
  const wrong = [...rounded.keys()].filter((n) => !Number.isFinite(rounded[n]));
  for (const n of wrong) {
    const value = values[n] as number;
    const { text, where } = shown(environment, states[n] as Uint32Array);
    const why = Number.isFinite(value)
      ? ", which float32 does not hold"
      : value === Number.NEGATIVE_INFINITY
        ? "; give objects without reward a low one, such as -50"
        : advice;
    findings.problem("finite numbers", `log R of ${text} is ${value}${why}`, where);
  }
  return wrong.length === 0 ? rounded : undefined;
}

/** Evaluates a reward without a known function: on the GPU, or through its own host evaluation, each time with an empty cache. */
export function evaluateReward(device: Device, environment: Environment, reward: Reward, findings: Findings): Evaluate {
  const advice = reward.kind === "table" ? "; give the object a row, or all that the table lacks a value: missing" : "";
  return async (states) => {
    const rewarded = withReward(environment, { reward });
    const { hostReward } = rewarded;
    if (hostReward === undefined) {
      const seen = await inspectStates(
        device,
        rewarded,
        states.map((state) => ({ state, action: 0 })),
      );
      const values = seen.map(({ logReward }) => logReward);
      return finite(environment, states, values, findings, advice);
    }
    try {
      return finite(environment, states, await hostReward.evaluate(joined(states)), findings);
    } catch (cause) {
      if (!(cause instanceof WebgfnError)) throw cause;
      findings.problem("returns", `for ${batchOf(environment, states)}: ${cause.message}`);
      return undefined;
    }
  };
}
