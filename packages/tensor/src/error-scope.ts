import type { WebgfnError } from "./errors.js";
import type { GpuDevice, GpuError } from "./webgpu.js";

/** The result of calls to WebGPU, and the error that WebGPU finds in them. */
export interface Scoped<T> {
  result: T;
  /** Resolves once WebGPU has checked the calls, which is before the GPU has run them. Never rejects. */
  error: Promise<WebgfnError | undefined>;
}

/**
 * Calls WebGPU in error scopes, which catch the errors of these calls alone.
 *
 * @param work must not wait for anything: scopes that overlap would catch each other's errors.
 * @param errorOf makes an error of this project from WebGPU's.
 */
export function inErrorScopes<T>(gpu: GpuDevice, work: () => T, errorOf: (error: GpuError) => WebgfnError): Scoped<T> {
  gpu.pushErrorScope("out-of-memory");
  gpu.pushErrorScope("validation");
  let result: T;
  try {
    result = work();
  } catch (cause) {
    void popErrorScopes(gpu);
    throw cause;
  }
  return { result, error: popErrorScopes(gpu).then((error) => (error ? errorOf(error) : undefined)) };
}

/** The error in the two scopes opened last: memory that ran out comes before what follows from it. */
async function popErrorScopes(gpu: GpuDevice): Promise<GpuError | null> {
  // On a device that is lost this may reject; then the loss is what matters.
  const [invalid, memory] = await Promise.all([gpu.popErrorScope(), gpu.popErrorScope()]).catch(() => [null, null]);
  return memory ?? invalid ?? null;
}
