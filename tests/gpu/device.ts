import { type Device, openDevice } from "@webgfn/tensor";

let opened: Promise<Device> | undefined;

/** The one device that all tests of a file share; opening an adapter takes longer than most tests. */
export function testDevice(): Promise<Device> {
  opened ??= openDevice();
  return opened;
}
