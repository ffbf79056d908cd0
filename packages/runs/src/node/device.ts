import { closeSync, openSync } from "node:fs";
import { type Device, openDevice } from "@webgfn/tensor";
import { enumerateAdapters, type ListedAdapter } from "@webgfn/tensor/node";

const STANDARD_ERROR = 2;

/** Opens the default adapter, or that of WEBGFN_ADAPTER, and hides the driver's own messages from the terminal. */
export function openQuietly(): Promise<Device> {
  return quietly(() => openDevice());
}

/** Lists the adapters of this machine, also without the driver's messages. */
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
 * Dawn and the Vulkan loader write warnings to file descriptor 2 themselves. On a Linux terminal this redirects it for a moment; Node's
 * `process.stderr` uses another descriptor there and keeps working.
 *
 * @returns a function that restores it.
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
    // A closed descriptor 2 would be reused by the next opened file, so point it to the null device instead.
    if (!replaceStandardError(`/proc/self/fd/${copy}`)) replaceStandardError("/dev/null");
    closeSync(copy);
  };
  if (replaceStandardError("/dev/null")) return restore;
  restore();
  return nothing;
}

/** Opens `path` as descriptor 2: the kernel assigns the lowest free number. */
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
    // It does not exist, or this user may not write it.
  }
  return false;
}
