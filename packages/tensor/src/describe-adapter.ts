import type { AdapterDescription } from "./adapter-description.js";

/** What adapters are asked for by: the order of Dawn's list of adapters depends on it. */
export const FASTEST = { powerPreference: "high-performance" } as const;

/** What is known of an adapter; a browser may leave any of it out. */
export type KnownInfo = Partial<GPUAdapterInfo>;

/** `GPUAdapter` of browsers before version 127 of Chrome and Edge, too: they have a method in the place of `info`. */
interface AnyAdapter {
  readonly info?: KnownInfo | null;
  readonly isFallbackAdapter?: boolean;
  requestAdapterInfo?(): Promise<KnownInfo | null>;
}

/** The adapter's description of itself; nothing where it gives none. */
export async function infoOf(adapter: AnyAdapter): Promise<KnownInfo> {
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

/** What reports say of an adapter. */
export function describe(info: KnownInfo, backend: string): AdapterDescription {
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
