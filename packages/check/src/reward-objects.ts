import type { Environment } from "@webgfn/envs";
import { type Device, RandomStream } from "@webgfn/tensor";
import { reachedObjects } from "@webgfn/trainer/internal";
import { coordinateWalks } from "./coordinate-walks.js";
import { randomWalks } from "./random-walks.js";

/** Objects of an environment, each a terminal state of `stateWords` words. */
export type States = readonly Uint32Array[];

/** Listing this many states takes a second; evaluating more objects would take long with most user-defined rewards. */
const MOST_STATES = 2 ** 20;
const MOST_OBJECTS = 10_000;

/** The distinct objects at the ends of random trajectories. */
export async function sampledObjects(device: Device, environment: Environment, walks: number, seed: number): Promise<States> {
  const { horizon, actionSpace } = environment;
  const random = new RandomStream(seed);
  const visits =
    actionSpace === "continuous"
      ? await coordinateWalks(
          device,
          environment,
          Float32Array.from({ length: walks * horizon }, () => random.uniform()),
          { explore: true },
        )
      : await randomWalks(device, environment, walks, seed);
  const found = new Map<string, Uint32Array>();
  for (const { terminal, state } of visits.flat()) if (terminal) found.set(state.join(), state.slice());
  return [...found.values()];
}

/** Every object, if the environment numbers its states and there are not too many; otherwise undefined. */
export async function listedObjects(device: Device, environment: Environment): Promise<States | undefined> {
  const { enumeration, stateWords } = environment;
  if (!enumeration.available || enumeration.value > MOST_STATES) return undefined;
  const { states, indices } = await reachedObjects(device, environment);
  if (indices.length > MOST_OBJECTS) return undefined;
  return Array.from(indices, (_, n) => states.slice(n * stateWords, (n + 1) * stateWords));
}
