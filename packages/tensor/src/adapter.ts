import { implementation, NO_ADAPTER_FIX } from "#platform";
import { WebgfnError } from "./errors.js";
import type { GpuDevice, GpuImplementation } from "./webgpu.js";

/** The adapter, as reports describe it. */
export interface AdapterDescription {
  /** The card, such as `amd-radeon-rx-7900-xtx-radv-navi31`; a software rasteriser with its version; else what the driver says of itself. */
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

/** What to do where an adapter gives no device. */
const NO_DEVICE_FIX = "close other pages and programs that use the GPU, and try again; if that does not help, update the graphics driver";

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
  const browserGpu = (globalThis as { navigator?: { gpu?: GPU | null } }).navigator?.gpu ?? undefined;
  if (browserGpu !== undefined) return { gpu: browserGpu, backend: "browser" };
  return { gpu: await implementation(), backend: "dawn" };
}

/** What is known of an adapter; a browser may leave any of it out. */
type KnownInfo = Partial<GPUAdapterInfo>;

/** `GPUAdapter` of browsers before version 127 of Chrome and Edge, too: they have a method in the place of `info`. */
interface AnyAdapter {
  readonly info?: KnownInfo | null;
  readonly isFallbackAdapter?: boolean;
  requestAdapterInfo?(): Promise<KnownInfo | null>;
}

/** The adapter's description of itself; nothing where it gives none. */
async function infoOf(adapter: AnyAdapter): Promise<KnownInfo> {
  if (adapter.info) return adapter.info;
  const { isFallbackAdapter = false } = adapter;
  try {
    return { isFallbackAdapter, ...ownValues(await adapter.requestAdapterInfo?.()) };
  } catch {
    return { isFallbackAdapter };
  }
}

/** WebGPU's objects have getters of their class, which a spread leaves out. */
function ownValues(info: KnownInfo | null | undefined): KnownInfo {
  const { vendor = "", architecture = "", device = "", description = "" } = info ?? {};
  return { vendor, architecture, device, description };
}

function describe(info: KnownInfo, backend: string): AdapterDescription {
  const given = [info.description, info.vendor, info.architecture].find((text) => text) ?? "unnamed adapter";
  const software = info.isFallbackAdapter || /llvmpipe|swiftshader|lavapipe|software/i.test(`${given} ${info.device} ${info.architecture}`);
  const name = software ? `${shortDevice(info)}${given}` : (cardOf(info) ?? given);
  return { name, backend, type: software ? "cpu" : "gpu" };
}

/** The name of a GPU, which Dawn tells in `device` with - for other characters; a browser tells none, or a number such as 0x2684. */
function cardOf({ device = "" }: KnownInfo): string | undefined {
  const card = device.replace(/-+$/, "");
  return card === "" || /^0x[0-9a-f]+$/i.test(card) ? undefined : card;
}

/** Software rasterisers hide their product name in `device`; a reader wants to see "llvmpipe" first. */
function shortDevice({ device, architecture, description = "" }: KnownInfo): string {
  const product = /llvmpipe|swiftshader/i.exec(`${device} ${architecture}`)?.[0];
  return product === undefined || description.toLowerCase().includes(product.toLowerCase()) ? "" : `${product}, `;
}

/** What a browser or driver says when it rejects a request. */
function reasonOf(cause: unknown): string {
  const { message, name } = (cause ?? {}) as { message?: unknown; name?: unknown };
  return String(message || name || cause).split("\n", 1)[0] as string;
}

/** @throws WebgfnError `no-adapter` where there is none, or the request is rejected, as where a policy of the page forbids it. */
async function requestAdapter(gpu: GpuImplementation): Promise<GPUAdapter> {
  let adapter: GPUAdapter | null | undefined;
  try {
    adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  } catch (cause) {
    throw new WebgfnError("no-adapter", `WebGPU refuses an adapter: ${reasonOf(cause)}`, { fix: NO_ADAPTER_FIX, cause });
  }
  if (adapter) return adapter;
  throw new WebgfnError("no-adapter", "no WebGPU adapter was found on this machine", { fix: NO_ADAPTER_FIX });
}

/** @throws WebgfnError `no-adapter` where the request is rejected, as where another program has taken the GPU's memory. */
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

/**
 * Opens an adapter and a device with every limit and useful feature the adapter offers.
 *
 * @throws WebgfnError `no-adapter` when there is no implementation or no adapter, or where either refuses.
 */
export async function openAdapter(given?: GpuImplementation): Promise<OpenedAdapter> {
  const { gpu, backend } = given === undefined ? await findGpu() : { gpu: given, backend: "given" };
  const adapter = await requestAdapter(gpu);
  const info = await infoOf(adapter);
  const device = await requestDevice(adapter);
  const { subgroupMinSize = 0, subgroupMaxSize } = info;
  const canShare = device.features.has("subgroups") && subgroupMinSize === subgroupMaxSize && subgroupMinSize >= SHARED;
  return { device, description: describe(info, backend), subgroupSize: canShare ? subgroupMinSize : 0 };
}
