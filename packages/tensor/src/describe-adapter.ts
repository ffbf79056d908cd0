import type { AdapterDescription } from "./adapter-description.js";

/** Options of every adapter request: the order of Dawn's list of adapters depends on them. */
export const FASTEST = { powerPreference: "high-performance" } as const;

/** Facts about an adapter; a browser may leave out any of them. */
export type KnownInfo = Partial<GPUAdapterInfo>;

/** `GPUAdapter`, also of Chrome and Edge before version 127, which have a method in place of `info`. */
interface AnyAdapter {
  readonly info?: KnownInfo | null;
  readonly isFallbackAdapter?: boolean;
  requestAdapterInfo?(): Promise<KnownInfo | null>;
}

/** The adapter's description of itself; empty if it gives none. */
export async function infoOf(adapter: AnyAdapter): Promise<KnownInfo> {
  if (adapter.info) return adapter.info;
  const { isFallbackAdapter = false } = adapter;
  try {
    return { isFallbackAdapter, ...ownValues(await adapter.requestAdapterInfo?.()) };
  } catch {
    return { isFallbackAdapter };
  }
}

/** Copies the values of getters: WebGPU's objects have them in their class, and a spread leaves them out. */
function ownValues(info: KnownInfo | null | undefined): KnownInfo {
  const { vendor = "", architecture = "", device = "", description = "" } = info ?? {};
  return { vendor, architecture, device, description };
}

/** Describes an adapter for reports. */
export function describe(info: KnownInfo, backend: string): AdapterDescription {
  const given = [info.description, info.vendor, info.architecture].find((text) => text) ?? "unnamed adapter";
  const software = info.isFallbackAdapter || /llvmpipe|swiftshader|lavapipe|software/i.test(`${given} ${info.device} ${info.architecture}`);
  const name = software ? `${shortDevice(info)}${given}` : (cardOf(info) ?? given);
  return { name, backend, type: software ? "cpu" : "gpu" };
}

/** The name of a GPU. Dawn gives it in `device`, with - for other characters; a browser gives none, or a number such as 0x2684. */
function cardOf({ device = "" }: KnownInfo): string | undefined {
  const card = device.replace(/-+$/, "");
  return card === "" || /^0x[0-9a-f]+$/i.test(card) ? undefined : card;
}

/** Extracts the product name of a software rasteriser, such as "llvmpipe", from `device`. */
function shortDevice({ device, architecture, description = "" }: KnownInfo): string {
  const product = /llvmpipe|swiftshader/i.exec(`${device} ${architecture}`)?.[0];
  return product === undefined || description.toLowerCase().includes(product.toLowerCase()) ? "" : `${product}, `;
}
