import type { Environment } from "@webgfn/envs";
import type { Network } from "@webgfn/sampler";
import type { Replicas } from "@webgfn/sampler/internal";
import type { Device, Tensor } from "@webgfn/tensor";
import type { PlacedPrior } from "../prior.js";

/** A model on a device, the input of evaluators. Evaluators have their own replica table, so that training is not disturbed. */
export interface EvaluatorInputs {
  /** The device that holds all of it. */
  device: Device;
  /** The environment with the target. */
  environment: Environment;
  /** The policy's layout. */
  network: Network;
  /** [replica, 4 · weights4], shared with the trainer. */
  weights: Tensor;
  /** The environment's data, shared with the trainer. */
  data: Tensor;
  /** Seed and step of every replica's random numbers. */
  replicas: Replicas;
  /** The prior of training, if it has one: the target is then p_prior(x) R(x)/Z. */
  prior?: PlacedPrior;
}
