import type { Environment } from "@webgfn/envs";
import { environmentConstants, environmentDataFor, environmentModules, uniformTable } from "@webgfn/sampler/internal";
import reachable from "@webgfn/shaders/trainer/evaluation/reachable.wgsl";
import type { Device, Tensor } from "@webgfn/tensor";
import { foldedWorkgroups } from "./folded-workgroups.js";
import { Measurement } from "./measurement.js";
import { required } from "./required.js";

/** `[states]` words: 0 for a state that no trajectory reaches, else 1 more than the number of actions that lead to it. */
interface Reached {
  reached: Tensor;
}

/**
 * Records the search for the states that trajectories of an enumerable environment reach. `state_at` may number other states, such as sets
 * that a mask forbids. They have no probability and are not objects.
 *
 * @param data the environment's data, on the same device.
 * @returns the program, to be run once, and its result tensor.
 * @throws WebgfnError `argument` if the environment is not enumerable, with its reason.
 */
export async function recordReachableStates(device: Device, environment: Environment, data: Tensor): Promise<Measurement<Reached>> {
  const states = required(environment, "enumeration");
  const kernel = await device.kernel({
    root: "trainer/evaluation/reachable",
    modules: { ...environmentModules(environment), "trainer/evaluation/reachable": reachable },
    constants: { ...environmentConstants(environment), STATES: states },
  });
  const passes = environment.horizon + 1;
  const plans = {
    all: {
      times: uniformTable(passes, (time) => [time], "times of the search"),
      reached: { shape: [states], dtype: "u32" as const, label: "reachable states" },
    },
  };
  return Measurement.record(device, "reachable states", plans, async (program, { all: { times, reached } }) => {
    const resources = { reached, ...environmentDataFor(kernel, data) };
    for (let time = 0; time < passes; time++) {
      program.add(kernel, { pass_time: times.at(time), ...resources }, foldedWorkgroups(Math.ceil(states / 64)));
    }
    return { reached };
  });
}
