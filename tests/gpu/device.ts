import { type Device, openDevice } from "@webgfn/tensor";

let opened: Promise<Device> | undefined;

/** The one device that all tests of a file share; opening an adapter takes longer than most tests. */
export function testDevice(): Promise<Device> {
  opened ??= openDevice();
  return opened;
}

/** Whether this is a page, with what a browser has. */
export const inBrowser = "document" in globalThis;

const settings = (import.meta as { env?: Record<string, string> }).env;

/** Whether every MLP takes the layered path whose options leave that open. */
export const alwaysLayered = settings?.["WEBGFN_PATH"] === "layered";

/**
 * SwiftShader takes a quarter of a minute for each of the largest shapes and trainings: in Chromium they are left out, unless every
 * kernel test is asked for.
 */
export const inBrief = inBrowser && settings?.["WEBGFN_CHROMIUM"] !== "all";
