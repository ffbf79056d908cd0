import { type Device, openDevice } from "@webgfn/tensor";

/** A device, and how many samplers use it. */
export interface Lease {
  readonly device: Promise<Device>;
  users: number;
}

/** The device for samplers that come. */
let current: Lease | undefined;

/**
 * One device for all samplers of a page that take it: it keeps the kernels that any of them has compiled. It is opened for the first, and
 * closed when the last has given it back.
 */
export const sharedDevice = {
  /** Whoever takes it gives it back, also where it cannot be opened. */
  take(): Lease {
    current ??= { device: openDevice(), users: 0 };
    current.users += 1;
    return current;
  },

  giveBack(lease: Lease): void {
    lease.users -= 1;
    if (lease.users > 0) return;
    sharedDevice.replace(lease);
    lease.device.then(
      (device) => device.dispose(),
      () => {},
    );
  },

  /** Those who come get another one, as where this one was lost. */
  replace(lease: Lease): void {
    if (current === lease) current = undefined;
  },
};
