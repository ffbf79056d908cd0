import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import type { Tilings } from "@webgfn/sampler";
import { tilingsRule } from "@webgfn/sampler/internal";
import type { Device } from "@webgfn/tensor";
import { parameterValues, smallestOf } from "@webgfn/tensor/internal";
import { type TrainerOptions, tune } from "@webgfn/trainer";
import { show } from "../results.js";
import { reason } from "./user-files.js";
import { makeFolder, writeFile } from "./write-file.js";

/** The file that stores shapes for later processes. */
function cachePath(): string {
  const caches = process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache");
  return join(caches, "webgfn", "tile-shapes.json");
}

/** The key of everything that the fastest shapes depend on. */
function keyOf(device: Device, { environment, policy, batchSize, replicas }: TrainerOptions): string {
  const { name, backend } = device.adapter;
  const { title, features, actions, horizon } = environment;
  return JSON.stringify([
    name,
    backend,
    title,
    features,
    actions,
    horizon,
    policy && [policy.name, parameterValues(policy.parameters)],
    batchSize,
    replicas,
  ]);
}

/** The stored shapes; none if the file is missing, damaged or foreign. */
function remembered(path: string): Record<string, Tilings> {
  try {
    const content: unknown = JSON.parse(readFileSync(path, "utf8"));
    if (typeof content !== "object" || content === null || Array.isArray(content)) return {};
    return Object.fromEntries(Object.entries(content).filter(([, tilings]) => tilingsRule.accepts(tilings)));
  } catch {
    return {};
  }
}

/**
 * The fastest tile shapes for a training on this device: measured once, and stored for later trainings with the same sizes on the same
 * adapter.
 *
 * @param note receives a sentence about the result.
 */
export async function tunedShapes(device: Device, options: TrainerOptions, note: (text: string) => void): Promise<Tilings> {
  const path = cachePath();
  const key = keyOf(device, options);
  const before = remembered(path)[key];
  if (before !== undefined) {
    note(`tile shapes as measured before: ${describe(before)}`);
    return before;
  }
  const { tilings, trials } = await tune(device, options);
  const [first] = trials;
  if (first === undefined) {
    note("the layered path has no tile shapes to choose");
    return {};
  }
  const fastest = smallestOf(trials.map(({ milliseconds }) => milliseconds));
  note(
    `of ${trials.length} tile shapes: ${describe(tilings)}; a step takes ${show(fastest)} ms, with the preset ${show(first.milliseconds)}`,
  );
  try {
    makeFolder(dirname(path));
    writeFile(path, `${JSON.stringify({ ...remembered(path), [key]: tilings }, null, 2)}\n`);
  } catch (error) {
    note(`they cannot be remembered: ${reason(error)}`);
  }
  return tilings;
}

function describe(tilings: Tilings): string {
  const shapes = Object.entries(tilings).map(
    ([kernel, { tile, lanes, block }]) => `${kernel} ${tile} rows, ${lanes} lanes, blocks of ${block}`,
  );
  return shapes.join("; ") || "the adapter's preset is the fastest";
}
