import { ADAPTER_RULE, type AdapterChoice } from "./adapter-choice.js";
import { adapterList, chosen, type Entry, pciAddress, sameNameError } from "./dawn/adapter-list.js";
import { adapterNames } from "./dawn/adapter-names.js";
import { type CreateDawn, loadDawn } from "./dawn/create.js";
import { type Card, cards, dawnAt, LAYER_FIX } from "./dawn/pci-addresses.js";
import { describe, FASTEST, infoOf } from "./describe-adapter.js";
import { argumentError } from "./errors.js";
import { requireRule } from "./schema.js";
import { shownName } from "./show-value.js";
import type { GpuImplementation } from "./webgpu.js";

/** The rule for the choice of an adapter: an index, a part of a name, or a PCI address. */
export { ADAPTER_RULE } from "./adapter-choice.js";

/** The implementations requested so far, by choice. */
const known = new Map<string, Promise<GpuImplementation>>();

/**
 * The WebGPU implementation for Node: Dawn, from the optional peer dependency `webgpu`.
 *
 * @param adapter the one adapter that it offers: its index, a part of its name, or its PCI address. Default: the environment variable
 * WEBGFN_ADAPTER; if it is not set or empty, Dawn's own choice.
 * @throws WebgfnError `no-adapter` if the package is not installed, or cannot be loaded; `argument` if `adapter` fits no adapter, or several.
 *
 * @example
 * ```ts
 * import { openDevice } from "@webgfn/tensor";
 * import { dawn } from "@webgfn/tensor/node";
 * const device = await openDevice({ gpu: await dawn("llvmpipe") }); // the adapter whose name has this part
 * console.log(device.adapter.name);
 * device.dispose();
 * ```
 */
export async function dawn(adapter?: AdapterChoice): Promise<GpuImplementation> {
  const variable = process.env["WEBGFN_ADAPTER"] || undefined;
  const choice = adapter ?? variable;
  if (choice !== undefined) requireRule(adapter === undefined ? "WEBGFN_ADAPTER" : "adapter", choice, ADAPTER_RULE);
  const key = String(choice ?? "");
  let implementation = known.get(key);
  if (implementation === undefined) {
    implementation = loadDawn().then((create) => (choice === undefined ? create() : dawnFor(create, choice)));
    known.set(key, implementation);
    // Let the next call try again: the package or the adapter may be available by then.
    implementation.catch(() => known.delete(key));
  }
  return implementation;
}

async function dawnFor(create: CreateDawn, choice: AdapterChoice): Promise<GpuImplementation> {
  const names = await adapterNames(create);
  // Without any adapter, the later request for one throws.
  if (names.length === 0) return create();
  const address = pciAddress(choice);
  if (address !== undefined) return dawnAt(create, cardAt(await cards(), address));
  let entries = adapterList(names, []);
  let entry = chosen(entries, choice);
  // Other names contain this one or are equal to it: use addresses to distinguish them.
  if (names.filter((name) => name.includes(entry.name)).length > 1) {
    const found = await cards();
    entries = adapterList(names, found ?? []);
    entry = entries[entry.index] as Entry;
    if (entry.way === undefined)
      throw sameNameError(entries, entry, found === undefined && isLinux() ? `${LAYER_FIX}, or ${ALONE}` : ALONE);
  }
  return entry.way?.by === "address" ? dawnAt(create, entry.way.card) : create(`adapter=${entry.name}`);
}

const isLinux = () => process.platform === "linux";

const ALONE = "start the process where this card alone is visible, such as in a container or a job with one GPU";

function cardAt(found: readonly Card[] | undefined, address: string): Card {
  if (found === undefined) {
    const fix = isLinux() ? LAYER_FIX : "name the adapter by its index, which webgfn doctor lists";
    throw argumentError(`no adapter can be found by the PCI address ${address} on this machine`, fix);
  }
  // If a card has several drivers, the layer shows the last one.
  const card = found.filter((each) => each.address === address).at(-1);
  if (card !== undefined) return card;
  const others = found.map((each) => `${each.address} "${shownName(each.name)}"`);
  throw argumentError(`no adapter is at the PCI address ${address}; there are ${others.join(", ") || "none with an address"}`);
}

/** An adapter of this machine. */
export interface ListedAdapter {
  /** Its index in Dawn's list, for `--adapter` and `openDevice({ adapter })`. */
  index: number;
  /** Its name according to Dawn. */
  name: string;
  /** `cpu` for software rasterisers such as llvmpipe and SwiftShader, else `gpu`. */
  type: "cpu" | "gpu";
  /** Its PCI address, if Mesa's device-select layer provides it. */
  address?: string;
  /** The value for `--adapter`; `undefined` if nothing distinguishes this adapter from an earlier one. */
  choice: string | undefined;
}

/**
 * Lists all adapters of this machine, in the order in which Dawn tries them. It ignores WEBGFN_ADAPTER.
 *
 * @throws WebgfnError `no-adapter` if Dawn cannot be loaded.
 *
 * @example
 * ```ts
 * import { enumerateAdapters } from "@webgfn/tensor/node";
 * for (const { index, name, type } of await enumerateAdapters()) console.log(index, type, name);
 * ```
 */
export async function enumerateAdapters(): Promise<ListedAdapter[]> {
  const create = await loadDawn();
  const names = await adapterNames(create);
  const entries = adapterList(names, names.length > 1 ? ((await cards()) ?? []) : []);
  const types = new Map<string, "cpu" | "gpu">();
  for (const name of new Set(names)) {
    const adapter = await create(`adapter=${name}`).requestAdapter(FASTEST);
    if (adapter !== null) types.set(name, describe(await infoOf(adapter), "dawn").type);
  }
  return entries.map(({ index, name, address, way }) => {
    const isNamedAlone = names.filter((each) => each === name).length === 1;
    const choice = way === undefined ? undefined : isNamedAlone ? name : (address ?? String(index));
    return { index, name, type: types.get(name) ?? "gpu", ...(address !== undefined && { address }), choice };
  });
}

/**
 * Lists the adapters to spread processes over: every GPU that can be chosen, once; if there is none, one software adapter.
 *
 * @throws WebgfnError `no-adapter` if Dawn cannot be loaded.
 *
 * @example
 * ```ts
 * import { listAdapters } from "@webgfn/tensor/node";
 * for (const { name, choice } of await listAdapters()) console.log(name, choice); // then openDevice({ adapter: choice })
 * ```
 */
export async function listAdapters(): Promise<{ name: string; choice: string }[]> {
  const all = await enumerateAdapters();
  const choosable = all.flatMap(({ choice, ...adapter }) => (choice === undefined ? [] : [{ ...adapter, choice }]));
  // Two drivers may offer the same card.
  const gpus = choosable.filter(
    ({ type, address }, index) =>
      type === "gpu" && (address === undefined || choosable.findIndex((other) => other.address === address) === index),
  );
  return (gpus.length > 0 ? gpus : choosable.slice(0, 1)).map(({ name, choice }) => ({ name, choice }));
}
