import type { Environment } from "@webgfn/envs";
import type { Estimator, Objective } from "@webgfn/objectives";
import { type ObjectiveKernel, objectiveKernel } from "@webgfn/objectives/internal";
import type { Network } from "@webgfn/sampler";
import { policyModules } from "@webgfn/sampler/internal";
import adam from "@webgfn/shaders/tensor/adam.wgsl";
import backwardTile from "@webgfn/shaders/trainer/backward_tile.wgsl";
import fault from "@webgfn/shaders/trainer/fault.wgsl";
import ginBackward from "@webgfn/shaders/trainer/gin_backward.wgsl";
import layeredBackward from "@webgfn/shaders/trainer/layered_backward.wgsl";
import liveRange from "@webgfn/shaders/trainer/live_range.wgsl";
import mlpBackward from "@webgfn/shaders/trainer/mlp_backward.wgsl";
import outputWeights from "@webgfn/shaders/trainer/output_weights.wgsl";
import reduceGradient from "@webgfn/shaders/trainer/reduce_gradient.wgsl";
import update from "@webgfn/shaders/trainer/update.wgsl";
import weighOutputs from "@webgfn/shaders/trainer/weigh_outputs.wgsl";
import weightGradient from "@webgfn/shaders/trainer/weight_gradient.wgsl";

/** All WGSL modules of a training step, with the root modules and the `@if` conditions of its objective. */
export async function trainingModules(
  environment: Environment,
  network: Network,
  objective: Objective,
  estimator: Estimator,
): Promise<ObjectiveKernel> {
  const { modules, ...kernel } = objectiveKernel(objective, estimator);
  return {
    ...kernel,
    modules: {
      ...(await policyModules(environment, network)),
      ...modules,
      estimator: estimator.wgsl,
      "tensor/adam": adam,
      "trainer/backward_tile": backwardTile,
      "trainer/fault": fault,
      "trainer/gin_backward": ginBackward,
      "trainer/layered_backward": layeredBackward,
      "trainer/live_range": liveRange,
      "trainer/mlp_backward": mlpBackward,
      "trainer/output_weights": outputWeights,
      "trainer/reduce_gradient": reduceGradient,
      "trainer/update": update,
      "trainer/weigh_outputs": weighOutputs,
      "trainer/weight_gradient": weightGradient,
    },
  };
}
