import { WebgfnError } from "../errors.js";
import type { GpuImplementation } from "../webgpu.js";

/** Makes an instance of Dawn with these flags, such as `adapter=NAME`. */
export type CreateDawn = (...flags: string[]) => GpuImplementation;

/**
 * An instance of Dawn lives only as long as the object that `create()` returned: once that object is collected, the next WebGPU call ends the
 * process with SIGSEGV. So this list keeps all of them as long as the process lives.
 */
const kept: GpuImplementation[] = [];

/** The part of the package `webgpu` that is used. */
interface DawnForNode {
  create(options: string[]): GpuImplementation;
}

/**
 * Loads Dawn from the optional peer dependency `webgpu`.
 *
 * @throws WebgfnError `no-adapter` if the package is not installed, or cannot be loaded.
 */
export async function loadDawn(): Promise<CreateDawn> {
  // Dawn's Vulkan backend complains on stderr if this variable is not set, although it does not need the folder.
  process.env["XDG_RUNTIME_DIR"] ??= "/tmp";
  try {
    const webgpu = await importInstalled<DawnForNode>("webgpu");
    return (...flags) => {
      // Dawn rounds timestamps to 65 µs by default, which is too coarse for a kernel's time.
      const instance = webgpu.create(["disable-dawn-features=timestamp_quantization", ...flags]);
      kept.push(instance);
      return instance;
    };
  } catch (cause) {
    throw loadingError(cause);
  }
}

/**
 * Imports a package at run time. Bundlers cannot follow a variable specifier, so they leave the package out: its native library must stay a
 * file next to its own sources.
 */
function importInstalled<Module>(name: string): Promise<Module> {
  return import(/* webpackIgnore: true */ /* @vite-ignore */ name) as Promise<Module>;
}

function loadingError(cause: unknown): WebgfnError {
  const { code, message } = cause as { code?: string; message?: string };
  if (code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND") {
    return new WebgfnError("no-adapter", "the package `webgpu` (Dawn for Node) is not installed", {
      fix: "npm install webgpu (for a bundled program too: bundles leave it out)",
      cause,
    });
  }
  return new WebgfnError("no-adapter", `the package \`webgpu\` (Dawn for Node) cannot be loaded: ${message?.split("\n", 1)[0]}`, {
    fix: "install it on the machine that runs the program: npm install webgpu",
    cause,
  });
}
