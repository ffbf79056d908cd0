/**
 * Cards by PCI address, if Vulkan's loader finds Mesa's device-select layer. The layer works with the drivers of all vendors. With
 * MESA_VK_DEVICE_SELECT=list it lists all devices; with DRI_PRIME=pci-0000_65_00_0! it shows a program only this device.
 */
import { execFile } from "node:child_process";
import { FASTEST } from "../describe-adapter.js";
import { WebgfnError } from "../errors.js";
import type { GpuImplementation } from "../webgpu.js";
import { adapterNames } from "./adapter-names.js";
import type { CreateDawn } from "./create.js";

/** A device in the layer's list. */
export interface Card {
  name: string;
  /** Its PCI address, such as `0000:65:00.0`. */
  address: string;
}

/** Time limit of the process that lists the devices, in milliseconds. */
const LONGEST = 30_000;

/** `  GPU 0: 10de:20b5 "NVIDIA A100 80GB PCIe" discrete GPU 0000:65:00.0`. Software drivers have no address; the layer prints zeros. */
const LINE = /^ {2}GPU \d+: [0-9a-f]+:[0-9a-f]+ "(.*)" (?!CPU )[a-zA-Z ]+ ([0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7])$/gm;

const LIST = "const { create } = await import(process.argv[1]); await create([]).requestAdapter();";

/** How to get the layer. */
export const LAYER_FIX =
  "install Mesa's device-select layer, which tells cards apart by PCI address (Debian, Ubuntu, Fedora: mesa-vulkan-drivers; Arch: vulkan-mesa-layers)";

/** The cards that the layer lists, ordered by address; `undefined` without the layer. */
export async function cards(): Promise<Card[] | undefined> {
  if (process.platform !== "linux") return undefined;
  const text = await layerList().catch(() => "");
  if (!text.includes("selectable devices:")) return undefined;
  const found = [...text.matchAll(LINE)].map(([, name = "", address = ""]) => ({ name, address }));
  return found.sort((a, b) => (a.address < b.address ? -1 : 1));
}

/** The layer prints its list to stderr and ends the process, so it needs a separate process. */
function layerList(): Promise<string> {
  const { DRI_PRIME: _, ...environment } = process.env;
  const env = { ...environment, MESA_VK_DEVICE_SELECT: "list" };
  const script = ["--input-type=module", "-e", LIST, import.meta.resolve("webgpu")];
  return new Promise((resolve) => {
    execFile(process.execPath, script, { env, timeout: LONGEST }, (_error, _stdout, stderr) => resolve(stderr));
  });
}

/**
 * Makes an instance of Dawn that sees only the card at a PCI address.
 *
 * @throws WebgfnError `no-adapter` if it sees anything else.
 */
export async function dawnAt(create: CreateDawn, { address, name }: Card): Promise<GpuImplementation> {
  const { DRI_PRIME: before, MESA_VK_DEVICE_SELECT: selected } = process.env;
  process.env["DRI_PRIME"] = `pci-${address.replace(/[:.]/g, "_")}!`;
  // It would take precedence.
  delete process.env["MESA_VK_DEVICE_SELECT"];
  // Dawn reads the list of devices once, before a first request returns its promise. So the variables can be reset before any child process
  // starts.
  const instance = create();
  const first = instance.requestAdapter(FASTEST);
  const names = adapterNames(create);
  restore("DRI_PRIME", before);
  restore("MESA_VK_DEVICE_SELECT", selected);
  const [seen] = await Promise.all([names, first]);
  if (seen.length === 1 && seen[0] === name) return instance;
  throw new WebgfnError("no-adapter", `Vulkan's loader does not single out the card at ${address}: it shows ${seen.join(", ") || "none"}`, {
    fix: "start the process with this card alone visible, as in a container or a job with one GPU",
  });
}

function restore(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}
