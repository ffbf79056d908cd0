export * from "@webgfn/check";
export type { ParameterValue } from "@webgfn/envs";
export * from "@webgfn/envs";
export * from "@webgfn/objectives";
export * from "@webgfn/sampler";
export * from "@webgfn/tensor";
export * from "@webgfn/trainer";
export {
  type Configuration,
  completeConfiguration,
  overlay,
  type PartialConfiguration,
  parseConfiguration,
  trainerOptions,
} from "./configuration.js";
export { type AnyObject, loadSampler } from "./load-sampler.js";
