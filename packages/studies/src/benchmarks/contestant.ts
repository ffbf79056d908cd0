import type { World } from "./world.js";

/** A library that trains a benchmark. All results are those of the model that `start` made and `train` trained. */
export interface Contestant {
  readonly name: string;
  /** A description of what runs: versions and threads, or the adapter. */
  readonly about: string;
  /** Seconds of compiling, before any training is timed. */
  readonly compileSeconds: number;
  /** Pairs of a terminal state of the twin and this contestant's log R of it. */
  rewards(): Promise<readonly { state: unknown; logReward: number }[]>;
  /** Draws a new network. */
  start(seed: number): Promise<void>;
  /** Takes training steps. @returns the seconds that they took. */
  train(steps: number): Promise<number>;
  /** The learned log Z. */
  logZ(): Promise<number>;
  /** log p_F of every action in each state, row by row; −∞ for an action that is not allowed. No state is terminal. */
  policy(states: readonly unknown[]): Promise<Float32Array>;
  /** log p_F of one action in each state. */
  taken(states: readonly unknown[], actions: readonly number[]): Promise<Float32Array>;
  close(): void;
}

/** The error of a contestant that cannot do something; the message is a sentence. */
export class Unfit extends Error {}

const TOLERANCE = 1e-4;

/**
 * The handshake: checks that a contestant's rewards are those of the float64 twin.
 *
 * @throws Unfit for the first object with a different reward.
 */
export async function requireSameRewards({ twin, places }: World, contestant: Contestant): Promise<void> {
  for (const { state, logReward } of await contestant.rewards()) {
    const ours = twin.logReward(state);
    if (Math.abs(logReward - ours) <= TOLERANCE * Math.max(1, Math.abs(ours))) continue;
    throw new Unfit(`its log R of ${places(state).join(" ")} is ${logReward.toFixed(6)}, not ${ours.toFixed(6)}: it has another reward`);
  }
}
