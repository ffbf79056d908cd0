import { implementation, NO_ADAPTER_FIX } from "#platform";
import { WebgfnError } from "./errors.js";
import type { GpuDevice, GpuImplementation } from "./webgpu.js";

/** The adapter, as reports describe it. */
export interface AdapterDescription {
  /** The driver's own description, e.g. `llvmpipe` with its version, or the vendor's GPU name. */
  name: string;
  /** `dawn` in Node, `browser` elsewhere, `given` if the caller passed the implementation. */
  backend: string;
  /** `cpu` for software rasterisers such as llvmpipe and SwiftShader, else `gpu`. */
  type: "cpu" | "gpu";
}

/** Features that a device gets where the adapter offers them; nothing depends on one. */
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

/** Number of lanes of a subgroup that load for the others: `SHARED` in `shaders/tensor/subgroup.wgsl`. */
export const SHARED = 8;

export interface OpenedAdapter {
  device: GpuDevice;
  description: AdapterDescription;
  /** Lanes of a subgroup, if every subgroup has the same number and it is at least {@link SHARED}; otherwise 0. */
  subgroupSize: number;
}

/** The WebGPU implementation at hand: the browser's, or in Node Dawn from the optional package `webgpu`. */
async function findGpu(): Promise<{ gpu: GpuImplementation; backend: string }> {
  const browserGpu = (globalThis as { navigator?: { gpu?: GPU } }).navigator?.gpu;
  if (browserGpu !== undefined) return { gpu: browserGpu, backend: "browser" };
  return { gpu: await implementation(), backend: "dawn" };
}

function describe(info: GPUAdapterInfo, backend: string): AdapterDescription {
  const name = [info.description, info.vendor, info.architecture].find((text) => text) ?? "unnamed adapter";
  const software = info.isFallbackAdapter || /llvmpipe|swiftshader|lavapipe|software/i.test(`${name} ${info.device} ${info.architecture}`);
  return { name: software ? `${shortDevice(info)}${name}` : name, backend, type: software ? "cpu" : "gpu" };
}

/** Software rasterisers hide their product name in `device`; a reader wants to see "llvmpipe" first. */
function shortDevice(info: GPUAdapterInfo): string {
  const product = /llvmpipe|swiftshader/i.exec(`${info.device} ${info.architecture}`)?.[0];
  return product === undefined || info.description.toLowerCase().includes(product.toLowerCase()) ? "" : `${product}, `;
}

/**
 * Opens an adapter and a device with every limit and useful feature the adapter offers.
 *
 * @throws WebgfnError `no-adapter` when there is no implementation or no adapter.
 */
export async function openAdapter(given?: GpuImplementation): Promise<OpenedAdapter> {
  const { gpu, backend } = given === undefined ? await findGpu() : { gpu: given, backend: "given" };
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (adapter === null) {
    throw new WebgfnError("no-adapter", "no WebGPU adapter was found on this machine", { fix: NO_ADAPTER_FIX });
  }
  const requiredLimits: Record<string, number> = {};
  for (const limit of WANTED_LIMITS) requiredLimits[limit] = adapter.limits[limit];
  const device = await adapter.requestDevice({
    label: "webgfn",
    requiredFeatures: WANTED_FEATURES.filter((feature) => adapter.features.has(feature)),
    requiredLimits,
  });
  const { subgroupMinSize = 0, subgroupMaxSize } = adapter.info;
  const canShare = device.features.has("subgroups") && subgroupMinSize === subgroupMaxSize && subgroupMinSize >= SHARED;
  return { device, description: describe(adapter.info, backend), subgroupSize: canShare ? subgroupMinSize : 0 };
}
