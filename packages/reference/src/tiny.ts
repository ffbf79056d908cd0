/** Environments and networks small enough to enumerate, for tests. */
import type { ReferenceEnvironment } from "./environment.js";
import { type HypergridState, hypergrid } from "./hypergrid.js";
import { type Mlp, randomMlp } from "./mlp.js";
import { mulberry32 } from "./random.js";
import { type SetState, sets } from "./sets.js";

/** 12 trajectories to 6 sets. */
export function tinySets(): ReferenceEnvironment<SetState> {
  return sets({ items: 4, size: 2, logScores: [0.3, -1.1, 0.8, 1.7] });
}

/** 19 trajectories of unequal length to 9 cells; the corners are outer, and no cell of a side of 3 is in the band. */
export function tinyHypergrid(): ReferenceEnvironment<HypergridState> {
  return hypergrid({ dimensions: 2, side: 3, r0: 0.1, r1: 0.5, r2: 2 });
}

/** A seeded network for the environment, by default with one hidden layer of 3. */
export function tinyPolicy<S>(env: ReferenceEnvironment<S>, seed: number, hidden: number[] = [3]): Mlp {
  return randomMlp([env.features, ...hidden, env.actions], mulberry32(seed));
}
