import type { Environment } from "@webgfn/envs";
import { type Estimator, estimators, type Objective, objectiveModules } from "@webgfn/objectives";
import { type Network, policyModules } from "@webgfn/sampler";
import adam from "@webgfn/shaders/trainer/adam.wgsl";
import backward from "@webgfn/shaders/trainer/backward.wgsl";
import reduceGradient from "@webgfn/shaders/trainer/reduce_gradient.wgsl";
import update from "@webgfn/shaders/trainer/update.wgsl";
import weightGradient from "@webgfn/shaders/trainer/weight_gradient.wgsl";

/** Every WGSL module that a training step is linked from, and the root of its objective kernel. */
export function trainingModules(
  environment: Environment,
  network: Network,
  objective: Objective,
  estimator: Estimator,
): { root: string; modules: Record<string, string> } {
  const { root, modules } = objectiveModules(objective, estimator);
  return {
    root,
    modules: {
      ...policyModules(environment, network),
      ...modules,
      "objectives/estimators/control_variate": estimators.paper.shader,
      "trainer/adam": adam,
      "trainer/backward": backward,
      "trainer/reduce_gradient": reduceGradient,
      "trainer/update": update,
      "trainer/weight_gradient": weightGradient,
    },
  };
}
