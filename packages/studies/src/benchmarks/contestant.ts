import type { World } from "./world.js";

/** Somebody who trains a benchmark. All answers are about the model that `start` began and `train` has trained. */
export interface Contestant {
  readonly name: string;
  /** What runs: versions and threads, or the adapter. */
  readonly about: string;
  /** Seconds of compiling, before any training is timed. */
  readonly compileSeconds: number;
  /** Pairs of a final state of the twin and its log R, as this contestant has it. */
  rewards(): Promise<readonly { state: unknown; logReward: number }[]>;
  /** Draws a new network. */
  start(seed: number): Promise<void>;
  /** Takes steps. @returns the seconds. */
  train(steps: number): Promise<number>;
  /** The learned log Z. */
  logZ(): Promise<number>;
  /** log p_F of every action in each state, row by row; −∞ where an action may not be taken. No state is final. */
  policy(states: readonly unknown[]): Promise<Float32Array>;
  /** log p_F of one action in each state. */
  taken(states: readonly unknown[], actions: readonly number[]): Promise<Float32Array>;
  close(): void;
}

/** What a contestant cannot do, in a sentence. */
export class Unfit extends Error {}

const TOLERANCE = 1e-4;

/**
 * The handshake: a contestant's rewards must be those of the float64 twin.
 *
 * @throws Unfit for the first object that has another.
 */
export async function requireSameRewards({ twin, places }: World, contestant: Contestant): Promise<void> {
  for (const { state, logReward } of await contestant.rewards()) {
    const ours = twin.logReward(state);
    if (Math.abs(logReward - ours) <= TOLERANCE * Math.max(1, Math.abs(ours))) continue;
    throw new Unfit(`its log R of ${places(state).join(" ")} is ${logReward.toFixed(6)}, not ${ours.toFixed(6)}: it has another reward`);
  }
}
