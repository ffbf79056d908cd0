// `[Symbol.dispose]` in the declarations of this package and of those built on it, whatever `lib` a program compiles with.
/// <reference lib="esnext.disposable" preserve="true" />
export type { AdapterDescription } from "./adapter-description.js";
export type { Ambient } from "./ambient.js";
export { Device, type OpenOptions, openDevice } from "./device.js";
export { type ErrorCode, WebgfnError } from "./errors.js";
export type { BufferOptions, DeviceStatistics, GpuContext } from "./gpu-context.js";
export { type Binding, Kernel, type Resource } from "./kernel.js";
export type { KernelSource } from "./kernel-source.js";
export {
  type Activation,
  type AdamOptions,
  type AdamTensors,
  type AdvanceOptions,
  type AdvanceTensors,
  adam,
  advance,
  type CategoricalOptions,
  type CategoricalTensors,
  categorical,
  type DotTensors,
  dot,
  logSumExp,
  MASKED,
  type MaskedLogSoftmaxTensors,
  type MatmulBackwardInputTensors,
  type MatmulBackwardWeightTensors,
  type MatmulOptions,
  type MatmulTensors,
  maskedLogSoftmax,
  matmul,
  matmulBackwardInput,
  matmulBackwardWeight,
  max,
  meanAndVariance,
  NOTHING_ALLOWED,
  type ReductionOptions,
  type ReductionTensors,
  sum,
  type WeightGradients,
} from "./operations/index.js";
export type { Parameter, Parameters, ParameterValue } from "./parameters.js";
export { type KernelTime, Program, type Workgroups } from "./program.js";
export { philox, RandomStream, uniform, type Words } from "./random.js";
export { type Rule, rules } from "./schema.js";
export { type DType, Tensor, type TensorOptions, type TypedArray } from "./tensor.js";
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
