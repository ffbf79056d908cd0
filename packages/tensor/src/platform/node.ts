/** Node's part of the runtime. `package.json` chooses it, under the condition `node`, for `#platform`. */
export { ADAPTER_RULE } from "../adapter-choice.js";
export { dawn as implementation } from "../node.js";

/** Advice if there is WebGPU, but no adapter. */
export const NO_ADAPTER_FIX = "run `webgfn doctor`, which says what is missing and the one command that fixes it";

/** Longest sleep in a turn of the event loop, in milliseconds: other work of the program waits no longer than this. */
const LONGEST_REST = 1;
/** Shortest useful sleep, in milliseconds: the operating system adds about as much. */
const SHORTEST_REST = 0.05;
/** Sleeping makes a wait that is as long as the one before longer by at most this share. */
const DELAY = 1 / 32;
/** A wait is expected to take at least this share of the one before. */
const SURE = 3 / 4;

/** Nothing changes this cell, so waiting for it means sleeping. */
const cell = new Int32Array(new SharedArrayBuffer(4));
/** Number of waits under way. */
let waits = 0;
/** Whether {@link rest} is called in the turns of the event loop. */
let resting = false;
/** Time when a wait last began or ended, by `performance.now()`. */
let since = 0;
/** Milliseconds that the latest wait took: a loop that reads something in every step waits about as long each time. */
let latest = 0;

/**
 * Waits for WebGPU. Dawn polls its devices in every turn of Node's event loop, which keeps a core busy while a promise is pending. A software
 * adapter and the compiler of kernels need that core. So the turns sleep: a millisecond each while the wait is expected to go on, since the wait
 * before it took longer, and then a small share of the time so far.
 *
 * @param promise the promise of WebGPU.
 */
export async function waitFor<T>(_gpu: unknown, promise: Promise<T>): Promise<T> {
  const begin = performance.now();
  since = begin;
  waits += 1;
  if (!resting) setImmediate(rest);
  resting = true;
  try {
    return await promise;
  } finally {
    waits -= 1;
    since = performance.now();
    latest = since - begin;
  }
}

function rest(): void {
  resting = waits > 0;
  if (!resting) return;
  const waited = performance.now() - since;
  const milliseconds = Math.min(LONGEST_REST, Math.max(waited * DELAY, SURE * latest - waited));
  if (milliseconds > SHORTEST_REST) Atomics.wait(cell, 0, 0, milliseconds);
  setImmediate(rest);
}
