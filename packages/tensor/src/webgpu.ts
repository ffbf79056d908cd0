/**
 * The WebGPU objects in this package's signatures. If the program being compiled knows WebGPU's types (TypeScript 7's library `dom`, or
 * `@webgpu/types`), they are those types. Otherwise they are opaque: the program compiles, and can pass them around.
 */
import type { Ambient } from "./ambient.js";

/** The members of every WebGPU object. */
interface Labelled {
  label: string;
}

/** `GPU`: an implementation of WebGPU, such as `navigator.gpu`. */
export type GpuImplementation = Ambient<"GPU", { requestAdapter(options?: object): Promise<unknown> }>;
/** `GPUDevice`. */
export type GpuDevice = Ambient<"GPUDevice", Labelled>;
/** `GPUBuffer`. */
export type GpuBuffer = Ambient<"GPUBuffer", Labelled & { readonly size: number; readonly usage: number }>;
/** `GPUCommandBuffer`. */
export type GpuCommandBuffer = Ambient<"GPUCommandBuffer", Labelled>;
/** `GPUCommandEncoder`. */
export type GpuCommandEncoder = Ambient<"GPUCommandEncoder", Labelled>;
/** `GPUError`. */
export type GpuError = Ambient<"GPUError", { readonly message: string }>;
/** `GPUComputePipeline`. */
export type GpuComputePipeline = Ambient<"GPUComputePipeline", Labelled>;
/** `GPUBindGroup`. */
export type GpuBindGroup = Ambient<"GPUBindGroup", Labelled>;

/** `GPUBufferBinding`: a range of a buffer, in bytes; by default all of it. */
export interface GpuBufferBinding {
  /** The buffer. */
  buffer: GpuBuffer;
  /** First byte. Default 0. */
  offset?: number;
  /** Bytes. Default: to the end. */
  size?: number;
}

/** `GPUSupportedLimits`: the limits that sizes are checked against. */
export interface GpuLimits {
  /** Bytes. */
  readonly maxBufferSize: number;
  /** Bytes. */
  readonly maxStorageBufferBindingSize: number;
  /** Bytes. */
  readonly maxComputeWorkgroupStorageSize: number;
  /** Invocations. */
  readonly maxComputeInvocationsPerWorkgroup: number;
  /** Invocations along x. */
  readonly maxComputeWorkgroupSizeX: number;
  /** Workgroups of one dispatch. */
  readonly maxComputeWorkgroupsPerDimension: number;
  /** Storage buffers of one kernel. */
  readonly maxStorageBuffersPerShaderStage: number;
}
