import { type Environment, hostReward, type Reward, type RewardExpression } from "@webgfn/envs";
import { WebgfnError } from "@webgfn/tensor";
import type { Answer, Question } from "./expression.js";

/** Seconds for all objects together. */
const SECONDS = 5;
/** Time limit in seconds including the start of the worker, whose program may have to be fetched. */
const SECONDS_TO_START = 60;
/** Most objects; the reward of each is evaluated, so that the target is exact. */
export const MOST_OBJECTS = 10_000;

/**
 * The reward by a user's expression. It is evaluated in a separate worker, which ends afterwards: side effects of the expression stay there,
 * and if it does not end, only that worker hangs and is terminated.
 */
export function expressionReward(environment: Environment, text: string, { names }: RewardExpression): Reward {
  const shown = (object: object) => environment.objects.text(object);
  return hostReward((objects: Question["objects"][number][]) => evaluateApart({ text, names, objects: [...objects] }, shown), {
    name: "expression",
    listUpTo: MOST_OBJECTS,
    timeLimit: SECONDS + SECONDS_TO_START,
  });
}

async function evaluateApart(question: Question, shown: (object: object) => string): Promise<Float64Array> {
  const { objects } = question;
  const worker = new Worker(new URL("./evaluator.ts", import.meta.url), { type: "module" });
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    return await new Promise((resolve, reject) => {
      const fail = (words: string, fix?: string) =>
        reject(new WebgfnError("reward", `The expression ${words}`, fix === undefined ? {} : { fix }));
      let at = 0;
      const stop = () =>
        fail(
          `was stopped after ${SECONDS} s, at ${shown(objects[at] as object)}, object ${at + 1} of ${objects.length}`,
          "make it end sooner",
        );
      worker.onmessage = ({ data }: MessageEvent<Answer>) => {
        timer ??= setTimeout(stop, 1000 * SECONDS);
        if ("at" in data) at = data.at;
        else if ("values" in data) resolve(data.values);
        else fail(data.object === undefined ? data.problem : `${data.problem} at ${shown(objects[data.object] as object)}`, data.fix);
      };
      worker.onerror = (event) => {
        event.preventDefault();
        fail(`could not be evaluated: ${event.message || "its worker could not be started"}`);
      };
      worker.postMessage(question);
    });
  } finally {
    clearTimeout(timer);
    worker.terminate();
  }
}
