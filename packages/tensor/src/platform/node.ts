/** The part of the runtime that is Node's. `package.json` chooses it, under the condition `node`, for `#platform`. */
export { ADAPTER_RULE } from "../adapter-choice.js";
export { dawn as implementation } from "../node.js";

/** What to do where WebGPU is there, but no adapter. */
export const NO_ADAPTER_FIX = "run `webgfn doctor`, which says what is missing and the one command that fixes it";

/** Longest rest in a turn of the event loop, in milliseconds: what else the program has to do waits no longer. */
const LONGEST_REST = 1;
/** Shortest rest worth having, in milliseconds: the operating system adds about as much. */
const SHORTEST_REST = 0.05;
/** Rests make a wait longer by at most this part. */
const DELAY = 1 / 32;

/** Nothing changes this cell: to wait for it is to sleep. */
const cell = new Int32Array(new SharedArrayBuffer(4));
/** How many waits are under way. */
let waits = 0;
/** Whether {@link rest} is called in the turns of the event loop. */
let resting = false;
/** When a wait began or ended last, by `performance.now()`. */
let since = 0;

/**
 * Waits for WebGPU. Dawn asks its devices for news in every turn of Node's event loop, which keeps a core busy for as long as a
 * promise is open: a core that a software adapter and the compiler of kernels need. So every turn of a long wait sleeps a little.
 *
 * @param promise what WebGPU promised.
 */
export async function waitFor<T>(_gpu: unknown, promise: Promise<T>): Promise<T> {
  since = performance.now();
  waits += 1;
  if (!resting) setImmediate(rest);
  resting = true;
  try {
    return await promise;
  } finally {
    waits -= 1;
    since = performance.now();
  }
}

function rest(): void {
  resting = waits > 0;
  if (!resting) return;
  const milliseconds = Math.min(LONGEST_REST, (performance.now() - since) * DELAY);
  if (milliseconds > SHORTEST_REST) Atomics.wait(cell, 0, 0, milliseconds);
  setImmediate(rest);
}
