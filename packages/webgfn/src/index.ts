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
  type Parts,
  parseConfiguration,
  trainerOptions,
} from "./configuration.js";
export type { FileReference } from "./file-reference.js";
export { type AnyObject, loadSampler } from "./load-sampler.js";
