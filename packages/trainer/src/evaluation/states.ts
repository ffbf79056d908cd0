import type { Environment, SampledObject } from "@webgfn/envs";
import { environmentConstants, environmentData, environmentDataFor, STATES_ADVICE } from "@webgfn/sampler/internal";
import listStates from "@webgfn/shaders/trainer/evaluation/list_states.wgsl";
import { type Device, Program } from "@webgfn/tensor";
import { requireArgument } from "@webgfn/tensor/internal";
import { foldedWorkgroups } from "./folded-workgroups.js";
import { recordReachableStates } from "./reachable.js";
import { required } from "./required.js";

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
  const states = required(environment, "enumeration");
  const { stateWords } = environment;
  const kernel = await device.kernel({
    root: "trainer/evaluation/list_states",
    modules: { environment: environment.shader, "trainer/evaluation/list_states": listStates },
    constants: { ...environmentConstants(environment), STATES: states },
  });
  const words = device.tensor([states, stateWords], { dtype: "u32", label: "states", fix: STATES_ADVICE });
  const values = device.tensor([states, 2], { label: "states' rewards", fix: STATES_ADVICE });
  const data = environmentData(device, environment);
  let search: Awaited<ReturnType<typeof recordReachableStates>> | undefined;
  try {
    search = await recordReachableStates(device, environment, data);
    await search.program.run();
    await new Program(device, "enumeration", { fix: STATES_ADVICE })
      .add(kernel, { words, values, ...environmentDataFor(kernel, data) }, foldedWorkgroups(Math.ceil(states / 64)))
      .run();
    const [read, rewards, counts] = (await Promise.all([words.read(), values.read(), search.results.reached.read()])) as [
      Uint32Array,
      Float32Array,
      Uint32Array,
    ];
    const objects: EnumeratedObject<O>[] = [];
    for (let index = 0; index < states; index++) {
      if (counts[index] === 0 || rewards[2 * index] !== 1) continue;
      const object = environment.decode(read.subarray(index * stateWords, (index + 1) * stateWords));
      objects.push({ object, index, logReward: rewards[2 * index + 1] as number });
    }
    return objects;
  } finally {
    for (const owned of [words, values, data, search]) owned?.dispose();
  }
}
