import type { Environment, SampledObject } from "@webgfn/envs";
import { environmentData } from "@webgfn/sampler/internal";
import type { Device } from "@webgfn/tensor";
import { requireArgument } from "@webgfn/tensor/internal";
import { listStates } from "../listed-states.js";
import { recordReachableStates } from "./reachable.js";

/** One object of an enumerable environment. */
export interface EnumeratedObject<O extends SampledObject = SampledObject> {
  /** The object. */
  object: O;
  /** The environment's state index of this object. */
  index: number;
  /** log R */
  logReward: number;
}

/** The objects that trajectories reach, in the order of the environment's state index. */
export interface ReachedObjects {
  /** [objects · stateWords] */
  states: Uint32Array;
  /** The state index of each. */
  indices: Uint32Array;
  logRewards: Float32Array;
}

/**
 * Lists every object of an enumerable environment with its reward, in the order of the environment's state index. Objects are the terminal
 * states that trajectories reach. Other terminal states of `state_at`, such as sets that a mask forbids, are left out.
 *
 * @throws WebgfnError `argument` if the environment is not enumerable, with its reason.
 *
 * @example
 * ```ts
 * import { openDevice, sets } from "webgfn";
 * import { enumerateObjects } from "@webgfn/trainer";
 * const device = await openDevice();
 * const objects = await enumerateObjects(device, sets({ items: 5, size: 2 }));
 * console.log(objects.length, objects[0]?.object); // 10 { items: [ 0, 1 ] }
 * device.dispose();
 * ```
 */
export async function enumerateObjects<O extends SampledObject>(
  device: Device,
  environment: Environment<O>,
): Promise<EnumeratedObject<O>[]> {
  requireArgument.device(device);
  requireArgument.environment(environment);
  const { stateWords } = environment;
  const { states, indices, logRewards } = await reachedObjects(device, environment);
  return Array.from(indices, (index, n) => ({
    object: environment.decode(states.subarray(n * stateWords, (n + 1) * stateWords)),
    index,
    logReward: logRewards[n] as number,
  }));
}

/** Like {@link enumerateObjects}, but returns objects as states. */
export async function reachedObjects(device: Device, environment: Environment): Promise<ReachedObjects> {
  const { stateWords } = environment;
  const list = await listStates(device, environment);
  const data = environmentData(device, environment);
  let search: Awaited<ReturnType<typeof recordReachableStates>> | undefined;
  try {
    search = await recordReachableStates(device, environment, data);
    await search.program.run();
    const reached = (await search.results.reached.read()) as Uint32Array;
    const all = Array.from({ length: list.count }, (_, index) => index);
    const indices = Uint32Array.from(all.filter((index) => reached[index] !== 0 && list.isTerminal(index)));
    const states = new Uint32Array(indices.length * stateWords);
    indices.forEach((index, n) => {
      states.set(list.state(index), n * stateWords);
    });
    return { states, indices, logRewards: Float32Array.from(indices, (index) => list.logReward(index)) };
  } finally {
    for (const owned of [data, search]) owned?.dispose();
  }
}
