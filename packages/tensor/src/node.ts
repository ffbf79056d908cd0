import { WebgfnError } from "./errors.js";

/**
 * Dawn lives only as long as the object that `create()` returned: once that is collected, the next WebGPU call ends the
 * process with SIGSEGV. It is therefore held here, in module scope, for as long as the process lives.
 */
let held: Promise<GPU> | undefined;

/**
 * The WebGPU implementation for Node: Dawn, from the optional peer dependency `webgpu`.
 *
 * @throws WebgfnError `no-adapter` when the package is not installed.
 */
export function dawn(): Promise<GPU> {
  held ??= load();
  return held;
}

async function load(): Promise<GPU> {
  // Dawn's Vulkan backend complains on stderr about a missing run-time folder, which it does not need.
  process.env["XDG_RUNTIME_DIR"] ??= "/tmp";
  let webgpu: { create(options: string[]): GPU };
  try {
    webgpu = (await import("webgpu")) as unknown as typeof webgpu;
  } catch (cause) {
    throw new WebgfnError("no-adapter", "the package `webgpu` (Dawn for Node) is not installed", {
      fix: "npm install webgpu",
      cause,
    });
  }
  // Dawn rounds timestamps to 65 µs unless told otherwise, too coarse for a kernel's time.
  return webgpu.create(["disable-dawn-features=timestamp_quantization"]);
}
