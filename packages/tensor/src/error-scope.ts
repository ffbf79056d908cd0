import type { WebgfnError } from "./errors.js";
import type { GpuDevice, GpuError } from "./webgpu.js";

/** The result of calls to WebGPU, and WebGPU's error about them. */
export interface Scoped<T> {
  result: T;
  /** Resolves once WebGPU has checked the calls, which is before the GPU has run them. Never rejects. */
  error: Promise<WebgfnError | undefined>;
}

/**
 * Calls WebGPU in error scopes, which catch the errors of these calls only.
 *
 * @param work must not wait for anything: scopes that overlap would catch each other's errors.
 * @param errorOf converts WebGPU's error to one of this project.
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

/** The error in the two scopes opened last. Lack of memory takes precedence over errors that follow from it. */
async function popErrorScopes(gpu: GpuDevice): Promise<GpuError | null> {
  // On a lost device this may reject; the loss is reported elsewhere.
  const [invalid, memory] = await Promise.all([gpu.popErrorScope(), gpu.popErrorScope()]).catch(() => [null, null]);
  return memory ?? invalid ?? null;
}
