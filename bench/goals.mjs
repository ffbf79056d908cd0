// What this project means to reach: ten times the peers on the same adapter; without a GPU, the best of their CPU backends, and
// three times that with batches of 16.
import { works } from "./works.mjs";

const SMALL_BATCH = 16;
const smallWorks = new Set(works.filter(({ batch }) => batch <= SMALL_BATCH).map(({ key }) => key));

/**
 * How many times faster this project wants to be than a peer. Against CPU backends there is a goal only where there is no GPU, and
 * against native code none: that race tells what a browser costs.
 */
function goal({ work, peer }, adapter) {
  if (peer.endsWith("webgpu")) return 10;
  if (!peer.endsWith("wasm") || adapter.type !== "cpu") return undefined;
  return smallWorks.has(work) ? 3 : 1;
}

/** Rows with a goal: { work, peer, ratio, goal, reached }. Rows that failed have no ratio, and are left out. */
export function againstGoals({ adapter, rows }) {
  return rows
    .map((row) => ({ ...row, goal: goal(row, adapter) }))
    .filter(({ ratio, goal }) => ratio !== null && goal !== undefined)
    .map(({ work, peer, ratio, goal }) => ({ work, peer, ratio, goal, reached: ratio >= goal }));
}
