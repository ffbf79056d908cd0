/**
 * The WebGPU flag values this package uses (WebGPU specification, "GPUBufferUsage", "GPUMapMode" and "GPUShaderStage"), as plain numbers: the
 * browser's globals do not exist in Node, so importing the package must not need them.
 */
export const BufferUsage = {
  MAP_READ: 0x0001,
  COPY_SRC: 0x0004,
  COPY_DST: 0x0008,
  UNIFORM: 0x0040,
  STORAGE: 0x0080,
  QUERY_RESOLVE: 0x0200,
} as const;

/** `GPUMapMode.READ`. */
export const MAP_READ = 0x0001;
/** `GPUShaderStage.COMPUTE`. */
export const COMPUTE_STAGE = 0x4;
