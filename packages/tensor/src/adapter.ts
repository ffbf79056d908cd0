import { implementation, NO_ADAPTER_FIX } from "#platform";
import type { AdapterChoice } from "./adapter-choice.js";
import type { AdapterDescription } from "./adapter-description.js";
import { describe, FASTEST, infoOf } from "./describe-adapter.js";
import { argumentError, WebgfnError } from "./errors.js";
import type { GpuDevice, GpuImplementation } from "./webgpu.js";

/** Features that a device requests if the adapter offers them; nothing depends on them. */
const WANTED_FEATURES: GPUFeatureName[] = ["timestamp-query", "subgroups"];

/** Limits raised to what the adapter offers; every shape that needs more than WebGPU's defaults is checked against them. */
const WANTED_LIMITS = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupsPerDimension",
  "maxStorageBuffersPerShaderStage",
] as const;

/** Advice if an adapter gives no device. */
const NO_DEVICE_FIX = "close other pages and programs that use the GPU, and try again; if that does not help, update the graphics driver";

/** Number of lanes of a subgroup that share loads: `SHARED` in `shaders/tensor/subgroup.wgsl`. */
export const SHARED = 8;

export interface OpenedAdapter {
  device: GpuDevice;
  description: AdapterDescription;
  /** Lanes of a subgroup, if every subgroup has the same number and it is at least {@link SHARED}; otherwise 0. */
  subgroupSize: number;
}

/** The available WebGPU implementation: the browser's, or in Node, Dawn from the optional package `webgpu`. */
async function findGpu(adapter: AdapterChoice | undefined): Promise<{ gpu: GpuImplementation; backend: string }> {
  const browserGpu = (globalThis as { navigator?: { gpu?: GPU | null } }).navigator?.gpu ?? undefined;
  if (browserGpu === undefined) return { gpu: await implementation(adapter), backend: "dawn" };
  if (adapter !== undefined) throw argumentError("navigator.gpu chooses the adapter itself", "leave out the option adapter");
  return { gpu: browserGpu, backend: "browser" };
}

/** The reason of a browser or driver for rejecting a request. */
function reasonOf(cause: unknown): string {
  const { message, name } = (cause ?? {}) as { message?: unknown; name?: unknown };
  return String(message || name || cause).split("\n", 1)[0] as string;
}

/** @throws WebgfnError `no-adapter` if there is none, or the request is rejected, for example by a policy of the page. */
async function requestAdapter(gpu: GpuImplementation): Promise<GPUAdapter> {
  let adapter: GPUAdapter | null | undefined;
  try {
    adapter = await gpu.requestAdapter(FASTEST);
  } catch (cause) {
    throw new WebgfnError("no-adapter", `WebGPU refuses an adapter: ${reasonOf(cause)}`, { fix: NO_ADAPTER_FIX, cause });
  }
  if (adapter) return adapter;
  throw new WebgfnError("no-adapter", "no WebGPU adapter was found on this machine", { fix: NO_ADAPTER_FIX });
}

/** @throws WebgfnError `no-adapter` if the request is rejected, for example because another program has taken the GPU's memory. */
async function requestDevice(adapter: GPUAdapter): Promise<GpuDevice> {
  const requiredLimits: Record<string, number> = {};
  for (const limit of WANTED_LIMITS) {
    const most = adapter.limits[limit] as number | undefined;
    // An older browser may not know a limit; asking for it would be an error.
    if (most !== undefined) requiredLimits[limit] = most;
  }
  try {
    return await adapter.requestDevice({
      label: "webgfn",
      requiredFeatures: WANTED_FEATURES.filter((feature) => adapter.features.has(feature)),
      requiredLimits,
    });
  } catch (cause) {
    throw new WebgfnError("no-adapter", `the WebGPU adapter gives no device: ${reasonOf(cause)}`, { fix: NO_DEVICE_FIX, cause });
  }
}

/** The caller's choices. */
interface Wanted {
  gpu?: GpuImplementation;
  adapter?: AdapterChoice;
}

/**
 * Opens an adapter and a device with every limit and useful feature the adapter offers.
 *
 * @throws WebgfnError `no-adapter` if there is no implementation or no adapter, or if either refuses.
 */
export async function openAdapter({ gpu: given, adapter: choice }: Wanted = {}): Promise<OpenedAdapter> {
  const { gpu, backend } = given === undefined ? await findGpu(choice) : { gpu: given, backend: "given" };
  const adapter = await requestAdapter(gpu);
  const info = await infoOf(adapter);
  const device = await requestDevice(adapter);
  const { subgroupMinSize = 0, subgroupMaxSize } = info;
  const canShare = device.features.has("subgroups") && subgroupMinSize === subgroupMaxSize && subgroupMinSize >= SHARED;
  return { device, description: describe(info, backend), subgroupSize: canShare ? subgroupMinSize : 0 };
}
