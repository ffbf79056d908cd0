import type { Environment, SampledObject } from "@webgfn/envs";
import { environmentData } from "@webgfn/sampler/internal";
import type { Device } from "@webgfn/tensor";
import { requireArgument } from "@webgfn/tensor/internal";
import { listStates } from "../listed-states.js";
import { recordReachableStates } from "./reachable.js";

/** One object of an enumerable environment. */
export interface EnumeratedObject<O extends SampledObject = SampledObject> {
  object: O;
  /** The environment's state index, as {@link ExactEvaluator.probabilities} counts. */
  index: number;
  logReward: number;
}

/**
 * Lists every object of an enumerable environment with its reward, in the order of the environment's state index. Objects are
 * the terminal states that trajectories reach; others that `state_at` may number, such as sets that a mask forbids, are left out.
 *
 * @throws WebgfnError `argument` when the environment is not enumerable, with its reason.
 */
export async function enumerateObjects<O extends SampledObject>(
  device: Device,
  environment: Environment<O>,
): Promise<EnumeratedObject<O>[]> {
  requireArgument.device(device);
  requireArgument.environment(environment);
  const states = await listStates(device, environment);
  const data = environmentData(device, environment);
  let search: Awaited<ReturnType<typeof recordReachableStates>> | undefined;
  try {
    search = await recordReachableStates(device, environment, data);
    await search.program.run();
    const reached = (await search.results.reached.read()) as Uint32Array;
    const objects: EnumeratedObject<O>[] = [];
    for (let index = 0; index < states.count; index++) {
      if (reached[index] === 0 || !states.isTerminal(index)) continue;
      objects.push({ object: environment.decode(states.state(index)), index, logReward: states.logReward(index) });
    }
    return objects;
  } finally {
    for (const owned of [data, search]) owned?.dispose();
  }
}
