import type { Environment } from "@webgfn/envs";
import activation from "@webgfn/shaders/sampler/activation.wgsl";
import dense from "@webgfn/shaders/sampler/dense.wgsl";
import denseFactors from "@webgfn/shaders/sampler/dense_factors.wgsl";
import records from "@webgfn/shaders/sampler/records.wgsl";
import replica from "@webgfn/shaders/sampler/replica.wgsl";
import rollout from "@webgfn/shaders/sampler/rollout.wgsl";
import rows from "@webgfn/shaders/sampler/rows.wgsl";
import section from "@webgfn/shaders/sampler/section.wgsl";
import walk from "@webgfn/shaders/sampler/walk.wgsl";
import weights from "@webgfn/shaders/sampler/weights.wgsl";
import activations from "@webgfn/shaders/tensor/activation.wgsl";
import blockProduct from "@webgfn/shaders/tensor/block_product.wgsl";
import choice from "@webgfn/shaders/tensor/choice.wgsl";
import finite from "@webgfn/shaders/tensor/finite.wgsl";
import hash from "@webgfn/shaders/tensor/hash.wgsl";
import masked from "@webgfn/shaders/tensor/masked.wgsl";
import random from "@webgfn/shaders/tensor/random.wgsl";
import subgroup from "@webgfn/shaders/tensor/subgroup.wgsl";
import type { Device } from "@webgfn/tensor";
import { networkConstants } from "./layout.js";
import type { Network } from "./network.js";
import { isSplit, type Tiling } from "./tiling.js";

/** The WGSL modules of an environment and its reward, and the modules that these import. */
export function environmentModules({ shader, modules }: Environment): Record<string, string> {
  return { environment: shader, "tensor/hash": hash, ...modules };
}

/** The WGSL modules of a policy in an environment, for kernels that evaluate it. */
export async function policyModules(environment: Environment, network: Network): Promise<Record<string, string>> {
  return {
    ...environmentModules(environment),
    policy: network.wgsl,
    head: await network.head.wgsl(),
    "sampler/activation": activation,
    "sampler/dense": dense,
    "sampler/records": records,
    "sampler/replica": replica,
    "sampler/rollout": rollout,
    "sampler/rows": rows,
    "sampler/section": section,
    "sampler/walk": walk,
    "sampler/weights": weights,
    "tensor/activation": activations,
    "tensor/block_product": blockProduct,
    "tensor/choice": choice,
    "tensor/factors": denseFactors,
    "tensor/finite": finite,
    "tensor/masked": masked,
    "tensor/random": random,
    "tensor/subgroup": subgroup,
  };
}

/**
 * The sizes that the modules of {@link policyModules} import.
 *
 * @param record whether records are kept for a backward pass.
 */
export function policyConstants(
  device: Device,
  environment: Environment,
  network: Network,
  tiling: Tiling,
  record: boolean,
): Record<string, number | string> {
  return {
    ...environmentConstants(environment),
    ...networkConstants(network, record),
    TILE: tiling.tile,
    LANES: tiling.lanes,
    BLOCK: tiling.block,
    COLUMNS: 1,
    SPLIT: String(isSplit(device, environment, network, tiling)),
  };
}

/** The sizes that an environment's module and the modules that import it need. */
export function environmentConstants(environment: Environment): Record<string, number | string> {
  return {
    ...environment.constants,
    STATE_WORDS: environment.stateWords,
    ACTIONS: environment.actions,
    FEATURES: environment.features,
    HORIZON: environment.horizon,
    ...(environment.stop === undefined ? {} : { STOP_ACTION: environment.stop }),
  };
}
