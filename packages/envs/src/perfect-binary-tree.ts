import source from "@webgfn/shaders/envs/perfect_binary_tree.wgsl";
import { RandomStream, rules } from "@webgfn/tensor";
import { argumentError } from "@webgfn/tensor/internal";
import { available } from "./capability.js";
import { checkParameters, type EnvironmentDeclaration, type ParameterDeclarations } from "./declaration.js";
import { listIn, requireWholeNumbers, unreachable } from "./encoding.js";
import type { Environment } from "./environment.js";
import { drawListed, listedTarget } from "./listed-target.js";
import { completeDisplay, type ObjectDisplay, type ObjectPicture } from "./objects.js";
import { finiteNumber, SEED } from "./parameters.js";
import { type RewardOptions, withReward } from "./rewards/reward.js";
import type { TrainingDefaults } from "./training-defaults.js";

/** Parameters of {@link perfectBinaryTree}. */
export interface PerfectBinaryTreeParameters extends RewardOptions<LeafObject> {
  /** Number of actions of a trajectory d, from 1 to 20; there are 2^d leaves. Default 4. */
  depth?: number;
  /** Seed of the leaves' rewards, log R ~ N(0, 1). Default 0. */
  dataSeed?: number;
  /**
   * Rewards to use instead of drawn ones: a number above 0 for each leaf, from left to right, for a depth of at most 12. Excludes `dataSeed`.
   */
  rewards?: readonly number[];
}

/** A leaf by the path to it: 0 is the left child, 1 the right child. */
export type LeafObject = { path: number[] };

const MOST_LEVELS = 20;
/** Most levels of a tree whose rewards are given. */
const MOST_GIVEN_LEVELS = 12;

const REWARD = finiteNumber(Number.MIN_VALUE);

const PARAMETERS = {
  depth: { value: 4, rule: rules.whole(1, MOST_LEVELS), help: "actions of a trajectory; a tree of depth d has 2^d leaves" },
  dataSeed: { value: 0, rule: SEED, help: "seed of the leaves' rewards, log R ~ N(0, 1)" },
  rewards: {
    rule: { words: "a list of numbers above 0, one per leaf", accepts: Array.isArray },
    help: "rewards instead of drawn ones, one per leaf from left to right",
  },
} as const satisfies ParameterDeclarations;

const DEFAULTS: TrainingDefaults = { batchSize: 128, steps: 500, hidden: [64, 64] };

/**
 * Makes the perfect binary tree of torchgfn. A trajectory starts at the root and moves to the left (action 0) or right (action 1) child until
 * it reaches a leaf, so every leaf has one trajectory. The rewards of the 2^d leaves are drawn, or given. All leaves are listed: log Z and
 * samples of R/Z are exact. The modes are the leaves with at least half the highest reward.
 *
 * @throws WebgfnError `argument` for a depth out of range, or rewards that are not numbers above 0.
 *
 * @example
 * ```ts
 * import { perfectBinaryTree } from "@webgfn/envs";
 * const environment = perfectBinaryTree({ depth: 2, rewards: [1, 2, 3, 4] });
 * console.log(environment.exactLogZ.value?.toFixed(4), Math.log(10).toFixed(4)); // 2.3026 2.3026
 * ```
 */
export function perfectBinaryTree(parameters: PerfectBinaryTreeParameters = {}): Environment<LeafObject> {
  checkParameters("perfect-binary-tree", parameters, PARAMETERS);
  const { depth = PARAMETERS.depth.value, dataSeed = PARAMETERS.dataSeed.value } = parameters;
  const leaves = 2 ** depth;
  const data =
    parameters.rewards === undefined
      ? drawnLogRewards(leaves, dataSeed)
      : Float32Array.from(givenRewards(depth, parameters), (reward) => Math.log(reward));
  const target = listedTarget(Float64Array.from(data));
  const title = `perfect binary tree of depth ${depth}`;
  return withReward(
    {
      name: "perfect-binary-tree",
      parameters: { depth, ...(parameters.rewards === undefined ? { dataSeed } : { rewards: [...parameters.rewards] }) },
      title,
      shader: source,
      constants: { DEPTH: depth },
      stateWords: 1,
      actionSpace: "discrete",
      actions: 2,
      horizon: depth,
      features: 2 * depth,
      featureOrder: "one-hot per level: feature 2i is 1 where action i was 0 (left), 2i + 1 where it was 1 (right)",
      featureGrid: { channels: 2, positions: depth },
      data,
      enumeration: available(2 * leaves - 1),
      exactLogZ: available(target.logZ),
      modeThreshold: target.highest - Math.LN2,
      exactSampling: available((count, seed) =>
        drawListed(target, { count, stateWords: 1, random: new RandomStream(seed, 0x6c656166) }, (leaf) => [leaves - 1 + leaf]),
      ),
      singleTrajectory: true,
      decode([node = 0]) {
        const level = 31 - Math.clz32(node + 1);
        return { path: Array.from({ length: level }, (_, i) => ((node + 1) >>> (level - 1 - i)) & 1) };
      },
      encode(object) {
        const path = listIn(title, object, "path", { path: new Array<number>(depth).fill(0) });
        requireWholeNumbers(title, object, path, "a step", 1);
        if (path.length !== depth)
          throw unreachable(title, object, `a path has ${depth} step${depth === 1 ? "" : "s"}, not ${path.length}`);
        return Uint32Array.of(path.reduce((node, step) => 2 * node + 1 + step, 0));
      },
      objects: display(depth),
      defaults: DEFAULTS,
    },
    parameters,
  );
}

/** Name, parameters, training defaults and form of the environment `perfect-binary-tree`. */
export const perfectBinaryTreeDeclaration: EnvironmentDeclaration = {
  name: "perfect-binary-tree",
  make: perfectBinaryTree,
  parameters: PARAMETERS,
  defaults: DEFAULTS,
  page: {
    title: "Perfect binary tree",
    summary: "Leaves of a tree, by going left or right. Every leaf has one trajectory.",
    parameters: { depth: 6, dataSeed: 0 },
    fields: [
      { name: "depth", label: "Depth", least: 1, most: 10 },
      { name: "dataSeed", label: "Seed of the target", least: 0, most: 999, ofOwnReward: true },
    ],
    expression: {
      names: ["path"],
      help: "the steps from the root, 0 for left and 1 for right",
      example: "path.reduce((sum, step) => sum + step, 0)",
    },
  },
};

const NAMES = ["L", "R"];

function display(depth: number): ObjectDisplay<LeafObject> {
  const text = ({ path }: LeafObject): string => path.map((step) => NAMES[step]).join("");
  const number = (steps: readonly number[]): number => steps.reduce((sum, step) => 2 * sum + step, 0);
  const half = Math.ceil(depth / 2);
  const cell = ({ path }: LeafObject): [number, number] => [number(path.slice(0, half)), number(path.slice(half))];
  const ways = (levels: number): string[] =>
    Array.from({ length: 2 ** levels }, (_, n) => text({ path: Array.from({ length: levels }, (_, i) => (n >>> (levels - 1 - i)) & 1) }));
  const map: ObjectPicture<LeafObject> = {
    kind: "cells",
    axes: { across: `first ${half} steps`, up: `last ${depth - half} steps` },
    columns: ways(half),
    rows: ways(depth - half),
    cell,
    // A node is drawn at the cell of its leftmost leaf.
    path: (actions) => Array.from({ length: depth + 1 }, (_, level) => cell({ path: actions.map((step, n) => (n < level ? step : 0)) })),
  };
  return completeDisplay<LeafObject>("perfect-binary-tree", {
    kind: "sequence",
    text,
    columns: [{ name: "path", dtype: "int32", shape: [depth], values: ({ path }) => path }],
    fromColumns: ({ path = [] }) => ({ path: [...path] }),
    steps: (actions) => actions.map((action, n) => `${action === 0 ? "left" : "right"}: ${text({ path: actions.slice(0, n + 1) })}`),
    ...(depth > 1 && { picture: map }),
  });
}

function drawnLogRewards(leaves: number, dataSeed: number): Float32Array {
  const random = new RandomStream(dataSeed, 0x6c656166);
  return Float32Array.from({ length: leaves }, () => random.normal());
}

function givenRewards(depth: number, { rewards = [], dataSeed }: PerfectBinaryTreeParameters): readonly number[] {
  if (dataSeed !== undefined) throw argumentError("perfect-binary-tree takes either rewards or dataSeed");
  if (depth > MOST_GIVEN_LEVELS || rewards.length !== 2 ** depth || !rewards.every((reward) => REWARD.accepts(reward))) {
    throw argumentError(
      depth > MOST_GIVEN_LEVELS
        ? `perfect-binary-tree takes rewards of at most ${MOST_GIVEN_LEVELS} levels, not ${depth}`
        : `perfect-binary-tree's rewards must be ${2 ** depth} numbers above 0 and at most 1e18, one per leaf`,
    );
  }
  return rewards;
}
