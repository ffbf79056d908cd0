import {
  type Environment,
  environmentDeclarations,
  makeEnvironment,
  type ParameterValue,
  type PlaneWindow,
  type TargetEditor,
  withReward,
} from "@webgfn/envs";
import { type Device, WebgfnError } from "@webgfn/tensor";
import { listTarget } from "@webgfn/trainer";
import { expressionReward, MOST_OBJECTS } from "./reward/expression-reward.js";
import { expressionOf, fileOf, type Settings } from "./settings.js";

/** The editor with which the page changes an environment's target during training; `undefined` if it has none. */
export function editorOf(name: string): TargetEditor | undefined {
  return environmentDeclarations[name]?.page?.editor;
}

/** Makes the environment to train on. If users can add points to its target, it has room for the largest number of points. */
export function liveEnvironment(name: string, parameters: Readonly<Record<string, ParameterValue>>): Environment {
  const editor = editorOf(name);
  return makeEnvironment(name, editor?.kind === "points" ? editor.spare(parameters) : parameters);
}

/** The settings on which a target depends. */
export type TargetSettings = Pick<Settings, "environment" | "env" | "reward" | "beta">;

/**
 * The environment to train on, with the reward and the inverse temperature of the settings, and its exact target. An expression is run for
 * every object.
 *
 * @throws WebgfnError `reward` for an expression that fails, or more objects than it is evaluated for.
 */
export async function makeTarget(device: Device, { environment, env, reward, beta }: TargetSettings): Promise<Environment> {
  const own = liveEnvironment(environment, env);
  const fits = fileOf(environment)?.fits(own);
  if (fits?.available === false) throw new WebgfnError("limit", `This page cannot show it: ${fits.reason}`);
  const expression = reward === "" ? undefined : expressionOf(environment);
  const rewarded = withReward(own, { beta, ...(expression && { reward: expressionReward(own, reward, expression) }) });
  const listed = await listTarget(device, rewarded);
  if (expression === undefined || listed.exactLogZ.available) return listed;
  const most = MOST_OBJECTS.toLocaleString("en");
  throw new WebgfnError("reward", `An expression is evaluated for every object, and ${own.title} are more than ${most}`, {
    fix: "make the environment smaller",
  });
}

/** The constant window of a density whose points users can move; `undefined` if the picture's own window does not change. */
export function fixedWindow(name: string): PlaneWindow | undefined {
  const editor = editorOf(name);
  return editor?.kind === "points" ? editor.window : undefined;
}
