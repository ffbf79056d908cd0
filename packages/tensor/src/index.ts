// `[Symbol.dispose]` in the declarations of this package and of those built on it, whatever `lib` a program compiles with.
/// <reference lib="esnext.disposable" preserve="true" />
export type { AdapterDescription } from "./adapter.js";
export type { Ambient } from "./ambient.js";
export { Device, type OpenOptions, openDevice } from "./device.js";
export { argumentError, type ErrorCode, WebgfnError } from "./errors.js";
export type { BufferOptions, DeviceStatistics, GpuContext } from "./gpu-context.js";
export { type Binding, Kernel, linkSource, type Resource } from "./kernel.js";
export type { KernelSource } from "./kernel-source.js";
export { type Excess, largestThatFits } from "./limits.js";
export * from "./operations/index.js";
export {
  type Parameter,
  type Parameters,
  type ParameterValue,
  parameterValues,
  requireParameters,
  type ValuesOf,
  withValues,
} from "./parameters.js";
export { type KernelTime, Program, type Workgroups } from "./program.js";
export { philox, RandomStream, uniform, type Words } from "./random.js";
export { inBrief, type Rule, requireKnown, requireOptions, requireRule, rules, type Schema } from "./schema.js";
export { Struct, type StructValues } from "./struct.js";
export { nearest, unknownWord } from "./suggest.js";
export { type DType, Tensor, type TensorOptions, type TypedArray } from "./tensor.js";
export { disposeTensors, orFree, type TensorPlan, type TensorPlans, tensorExcess } from "./tensor-plan.js";
export type {
  GpuBindGroup,
  GpuBuffer,
  GpuBufferBinding,
  GpuCommandBuffer,
  GpuComputePipeline,
  GpuDevice,
  GpuImplementation,
  GpuLimits,
} from "./webgpu.js";
