export type { AdapterDescription } from "./adapter.js";
export { Device, type DeviceStatistics, type OpenOptions, openDevice } from "./device.js";
export { argumentError, type ErrorCode, WebgfnError } from "./errors.js";
export { type Binding, Kernel, type KernelSource, linkSource, type Resource } from "./kernel.js";
export * from "./operations/index.js";
export { type KernelTime, Program, type Workgroups } from "./program.js";
export { philox, RandomStream, uniform, type Words } from "./random.js";
export { type DType, Tensor, type TensorOptions, type TypedArray } from "./tensor.js";
