import { type Device, openDevice } from "@webgfn/tensor";

let opened: Promise<Device> | undefined;

/** The one device that all tests of a file share; opening an adapter takes longer than most tests. */
export function testDevice(): Promise<Device> {
  opened ??= openDevice();
  return opened;
}

/** SwiftShader takes a quarter of a minute for each of the largest shapes and trainings; in Chromium the others are enough. */
export const inBrowser = "document" in globalThis;
