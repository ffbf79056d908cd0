export type { ParameterValue } from "@webgfn/envs";
export * from "@webgfn/envs";
export * from "@webgfn/objectives";
export * from "@webgfn/sampler";
export * from "@webgfn/tensor";
export * from "@webgfn/trainer";
export {
  type Configuration,
  completeConfiguration,
  DEFAULTS,
  overlay,
  type PartialConfiguration,
  parseConfiguration,
  trainerOptions,
} from "./configuration.js";
export { loadSampler } from "./load-sampler.js";
