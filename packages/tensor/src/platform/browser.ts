/** The browser's part of the runtime. `package.json` chooses it for `#platform` everywhere except in Node. */
import type { AdapterChoice } from "../adapter-choice.js";
import { WebgfnError } from "../errors.js";
import type { Rule } from "../schema.js";
import type { GpuDevice } from "../webgpu.js";

/** The option `adapter` of `openDevice`. */
export const ADAPTER_RULE: Rule = { words: "left out, because the browser chooses the adapter", accepts: () => false };

/** Advice if there is WebGPU, but no adapter. */
export const NO_ADAPTER_FIX = "allow hardware acceleration in the browser's settings, or update the graphics driver";

/**
 * Called if `navigator.gpu` is missing.
 *
 * @throws WebgfnError `no-adapter`, always: a page has no other implementation of WebGPU. The message gives a reason.
 */
export async function implementation(_adapter?: AdapterChoice): Promise<GPU> {
  const { process } = globalThis as { process?: { versions?: { node?: string } } };
  if (process?.versions?.node !== undefined) {
    throw new WebgfnError("no-adapter", "this program was bundled for browsers, but runs in Node", {
      fix: "bundle it for Node (esbuild: --platform=node, Vite: build.ssr), or hand openDevice a `gpu` of your own",
    });
  }
  if (globalThis.isSecureContext === false) {
    throw new WebgfnError("no-adapter", "browsers offer WebGPU to secure pages only, which this one is not", {
      fix: "open the page over https, or on localhost",
    });
  }
  throw new WebgfnError("no-adapter", "this browser has no WebGPU", {
    fix: "use Chrome or Edge 113 or newer (Android: Chrome 121), Safari 26 or newer, or Firefox 141 or newer on Windows or Mac",
  });
}

/** Milliseconds between two empty submissions, the shortest interval that browsers allow for timers. */
const INTERVAL = 4;

/**
 * Waits for WebGPU. Firefox checks for finished work every 100 ms, and at each submission: an empty submission makes it check at once.
 *
 * @param gpu the device in use.
 * @param promise the promise of WebGPU.
 */
export async function waitFor<T>(gpu: GpuDevice, promise: Promise<T>): Promise<T> {
  if (!/ Firefox\//.test(globalThis.navigator?.userAgent ?? "")) return promise;
  const timer = setInterval(() => gpu.queue.submit([]), INTERVAL);
  try {
    return await promise;
  } finally {
    clearInterval(timer);
  }
}
