import { type Device, openDevice } from "@webgfn/tensor";

/** A device, and how many samplers use it. */
export interface Lease {
  readonly device: Promise<Device>;
  users: number;
}

/** The device for new samplers. */
let current: Lease | undefined;

/**
 * One device for all samplers of a page, so that they share compiled kernels. The first sampler opens it, and it is closed when the last one
 * has given it back.
 */
export const sharedDevice = {
  /** Every caller must give it back, even if it cannot be opened. */
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

  /** New samplers get another device, for example because this one was lost. */
  replace(lease: Lease): void {
    if (current === lease) current = undefined;
  },
};
