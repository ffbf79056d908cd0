// What this project means to reach: ten times the peers on the same adapter; without a GPU, the best of their CPU backends.

export const GOAL_SAME_ADAPTER = 10;

/** How many times faster this project wants to be than a peer. Against CPU backends there is a goal only where there is no GPU. */
export function goal(peer, adapter) {
  if (peer.endsWith("webgpu")) return GOAL_SAME_ADAPTER;
  return adapter.type === "cpu" ? 1 : undefined;
}

/** Rows with a goal: { work, peer, ratio, goal, reached }. Rows that failed have no ratio, and are left out. */
export function againstGoals({ adapter, rows }) {
  return rows
    .filter(({ ratio, peer }) => ratio !== null && goal(peer, adapter) !== undefined)
    .map(({ work, peer, ratio }) => ({ work, peer, ratio, goal: goal(peer, adapter), reached: ratio >= goal(peer, adapter) }));
}
