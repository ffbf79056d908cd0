import type { Environment } from "@webgfn/envs";
import type { Network, Replicas } from "@webgfn/sampler";
import type { Device, Tensor } from "@webgfn/tensor";

/** How far one replica is from its target. */
export interface Distance {
  /** Σ_x |p_T(x) − R(x)/Z|, twice the total variation; `undefined` where the environment offers no way to compute it. */
  l1?: number;
  /** Standard error of `l1`, where it is estimated from samples of the target. */
  l1Error?: number;
  /** Jensen–Shannon divergence in nats, where the objects are enumerated, or each has one trajectory. */
  js?: number;
  /** Standard error of `js`, where it is estimated from samples. */
  jsError?: number;
}

/** What an evaluator works on; the replicas' table is its own, so that training is not disturbed. */
export interface EvaluatorInputs {
  device: Device;
  environment: Environment;
  network: Network;
  /** [replica, 4 · weights4], shared with the trainer. */
  weights: Tensor;
  /** The environment's data, shared with the trainer. */
  data: Tensor;
  replicas: Replicas;
}

/** Measures every replica's distance to the target, on the GPU. */
export interface Evaluator {
  distances(): Promise<Distance[]>;
  dispose(): void;
}
