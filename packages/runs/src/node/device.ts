import { closeSync, openSync } from "node:fs";
import { type Device, openDevice } from "@webgfn/tensor";
import { enumerateAdapters, type ListedAdapter } from "@webgfn/tensor/node";

const STANDARD_ERROR = 2;

/** Opens the adapter at hand, or that of WEBGFN_ADAPTER, without the driver's own chatter on the terminal. */
export function openQuietly(): Promise<Device> {
  return quietly(() => openDevice());
}

/** Lists the adapters of this machine, as quietly. */
export function enumerateQuietly(): Promise<ListedAdapter[]> {
  return quietly(enumerateAdapters);
}

async function quietly<Result>(work: () => Promise<Result>): Promise<Result> {
  const restore = silenceTerminal();
  try {
    return await work();
  } finally {
    restore();
  }
}

/**
 * Dawn and the Vulkan loader write warnings to file descriptor 2 themselves. On a Linux terminal it is pointed elsewhere
 * for a moment; Node's own `process.stderr` has a descriptor of its own there and keeps working.
 *
 * @returns what puts it back.
 */
function silenceTerminal(): () => void {
  const nothing = () => {};
  // Reading isTTY also makes Node open its own descriptor before ours is replaced.
  if (process.platform !== "linux" || !process.stderr.isTTY) return nothing;
  let copy: number;
  try {
    copy = openSync(`/proc/self/fd/${STANDARD_ERROR}`, "a");
  } catch {
    return nothing;
  }
  const restore = () => {
    // A closed descriptor 2 would be handed to the next file that is opened: rather nothing than that.
    if (!replaceStandardError(`/proc/self/fd/${copy}`)) replaceStandardError("/dev/null");
    closeSync(copy);
  };
  if (replaceStandardError("/dev/null")) return restore;
  restore();
  return nothing;
}

/** Opens `path` as descriptor 2, relying on the kernel to hand out the lowest number that is free. */
function replaceStandardError(path: string): boolean {
  try {
    closeSync(STANDARD_ERROR);
  } catch {
    // It was closed already.
  }
  try {
    const opened = openSync(path, "a");
    if (opened === STANDARD_ERROR) return true;
    closeSync(opened);
  } catch {
    // Not there, or not ours to write.
  }
  return false;
}
