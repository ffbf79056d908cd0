/** Perfect binary tree: from the root to the left or right child until a leaf; log R of each leaf is given, from left to right. */
import type { ReferenceEnvironment } from "./environment.js";

/** The path to a node: 0 for left, 1 for right. */
export type NodeState = number[];

export function perfectBinaryTree(depth: number, logRewards: number[]): ReferenceEnvironment<NodeState> {
  return {
    name: `perfect binary tree of depth ${depth}`,
    actions: 2,
    features: 2 * depth,
    horizon: depth,
    initial: () => [],
    isTerminal: (path) => path.length === depth,
    allowed: (path) => [path.length < depth, path.length < depth],
    apply: (path, action) => [...path, action],
    parents: (path) => (path.length === 0 ? [] : [{ state: path.slice(0, -1), action: path.at(-1)! }]),
    featuresOf: (path) => Array.from({ length: 2 * depth }, (_, k) => Number(path[Math.floor(k / 2)] === k % 2)),
    logReward: (path) => logRewards[Number.parseInt(path.join(""), 2)]!,
    key: (path) => path.join(""),
  };
}
