import backwardRollout from "@webgfn/shaders/sampler/backward_rollout.wgsl";
import traceBack from "@webgfn/shaders/sampler/trace_back.wgsl";
import type { Program, Tensor } from "@webgfn/tensor";
import { environmentDataFor } from "./environment-data.js";
import { environmentConstants, policyModules } from "./modules.js";
import type { Replicas } from "./replicas.js";
import type { RolloutShape } from "./rollout-shape.js";

/** The WGSL modules of backward trajectories, in addition to those of `policyModules`. */
export const backwardModules: Readonly<Record<string, string>> = {
  "sampler/backward_rollout": backwardRollout,
  "sampler/trace_back": traceBack,
};

/**
 * Records the sampling of trajectories that end in given objects, from the uniform backward policy. The objects are `targets` [batch /
 * samples, stateWords]; `samples` consecutive trajectories share one object. Replay the trajectories for their probabilities. `data` is the
 * environment's data, for modules whose backward steps read it.
 *
 * @param ownTargets whether every replica has its own objects: `targets` is then [replica, batch / samples, stateWords].
 */
export async function recordBackwardRollout(
  program: Program,
  { environment, network, batch, replicas }: RolloutShape,
  { replicas: { tensor }, targets, actions, data }: { replicas: Replicas; targets: Tensor; actions: Tensor; data?: Tensor },
  samples: number,
  ownTargets = false,
): Promise<void> {
  const kernel = await program.device.kernel({
    root: "sampler/backward_rollout",
    modules: { ...(await policyModules(environment, network)), ...backwardModules },
    constants: { ...environmentConstants(environment), BATCH: batch, SAMPLES: samples },
    conditions: { own_targets: ownTargets },
  });
  const reads = data === undefined ? {} : environmentDataFor(kernel, data);
  program.add(kernel, { replicas: tensor, targets, actions, ...reads }, [Math.ceil(batch / 64), replicas]);
}
