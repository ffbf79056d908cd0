import { layeredFrom } from "@webgfn/sampler/internal";
import { type Device, openDevice } from "@webgfn/tensor";

let opened: Promise<Device> | undefined;

/** The one device that all tests of a file share; opening an adapter takes longer than most tests. */
export function testDevice(): Promise<Device> {
  opened ??= openDevice();
  return opened;
}

/** Whether this is a page, with what a browser has. */
export const inBrowser = "document" in globalThis;

declare global {
  interface ImportMeta {
    /** Settings of vitest.config.ts; absent where another runner runs the tests. */
    readonly env?: Readonly<Record<string, string | undefined>>;
  }
}

/** Whether every MLP takes the layered path whose options leave that open. */
export const alwaysLayered = import.meta.env?.["WEBGFN_PATH"] === "layered";
if (alwaysLayered) for (const from of Object.values(layeredFrom)) Object.assign(from, { width: 0, trajectories: 0 });

/**
 * SwiftShader takes a quarter of a minute for each of the largest shapes and trainings: in Chromium they are left out, unless every
 * kernel test is asked for.
 */
export const inBrief = inBrowser && import.meta.env?.["WEBGFN_CHROMIUM"] !== "all";
