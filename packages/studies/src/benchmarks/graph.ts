import { allowedActions, allStates, logSumExp } from "@webgfn/reference";
import { spearman } from "@webgfn/trainer/internal";
import { type Contestant, Unfit } from "./contestant.js";
import type { World } from "./world.js";

/** Number of samples among which distinct modes are counted. */
const SAMPLES = 1000;

/** Measurements of a policy; keys are those of {@link MEASURES}. */
export type Measures = Readonly<Record<string, number>>;

/** All states of a small environment, each after all of its parents. */
export class Graph {
  readonly #world: World;
  readonly #states: unknown[];
  /** The actions of each state, and the index of the state that each leads to. */
  readonly #steps: { action: number; to: number }[][];
  /** Indices of terminal states. */
  readonly #objects: number[];
  readonly #logRewards: number[];
  readonly #logZ: number;

  constructor(world: World) {
    const { twin } = world;
    this.#world = world;
    this.#states = allStates(twin);
    const indices = new Map(this.#states.map((state, n) => [twin.key(state), n]));
    this.#steps = this.#states.map((state) =>
      allowedActions(twin, state).map((action) => ({ action, to: indices.get(twin.key(twin.apply(state, action))) as number })),
    );
    this.#objects = this.#states.flatMap((state, n) => (twin.isTerminal(state) ? [n] : []));
    this.#logRewards = this.#objects.map((n) => twin.logReward(this.#states[n]));
    this.#logZ = logSumExp(this.#logRewards);
  }

  /** The exact distance of a contestant's policy from the target, and other measures of its distribution. */
  async measure(contestant: Contestant): Promise<Measures> {
    const p = await this.#distribution(contestant);
    const target = this.#logRewards.map((value) => Math.exp(value - this.#logZ));
    const { modeThreshold } = this.#world.environment;
    const isMode = this.#logRewards.map((value) => modeThreshold !== undefined && value >= modeThreshold - 1e-6);
    return {
      l1: p.reduce((sum, mass, n) => sum + Math.abs(mass - (target[n] as number)), 0),
      correlation: spearman(p, target),
      ...(modeThreshold !== undefined && {
        modes: p.reduce((sum, mass, n) => sum + (isMode[n] === true ? 1 - (1 - mass) ** SAMPLES : 0), 0),
        modesThere: isMode.filter(Boolean).length,
      }),
      logZError: Math.abs((await contestant.logZ()) - this.#logZ),
    };
  }

  /** p_T of each object. The policy is not evaluated at states with only one allowed action. */
  async #distribution(contestant: Contestant): Promise<number[]> {
    const { actions } = this.#world.twin;
    const asked = this.#steps.flatMap((steps, n) => (steps.length > 1 ? [n] : []));
    const rows = await contestant.policy(asked.map((n) => this.#states[n]));
    const reach = new Float64Array(this.#states.length);
    reach[0] = 1;
    let row = 0;
    this.#steps.forEach((steps, n) => {
      const pass = (to: number, share: number) => {
        reach[to] = (reach[to] as number) + (reach[n] as number) * share;
      };
      const [only, another] = steps;
      if (only !== undefined && another === undefined) pass(only.to, 1);
      if (another === undefined) return;
      const logP = rows.subarray(row * actions, (row + 1) * actions);
      row += 1;
      requireProbabilities(
        this.#world,
        this.#states[n],
        logP,
        steps.map(({ action }) => action),
      );
      for (const { action, to } of steps) pass(to, Math.exp(logP[action] as number));
    });
    return this.#objects.map((n) => reach[n] as number);
  }
}

/**
 * Checks that a policy gives a probability to the twin's allowed actions, and to no others.
 *
 * @throws Unfit if it does not.
 */
export function requireProbabilities({ places }: World, state: unknown, logP: Float32Array, allowed: readonly number[]): void {
  const sum = allowed.reduce((total, action) => total + Math.exp(logP[action] as number), 0);
  const possible = logP.filter((value) => value > Number.NEGATIVE_INFINITY).length;
  if (possible === allowed.length && Math.abs(sum - 1) < 1e-3) return;
  throw new Unfit(
    `at ${places(state).join(" ")} its policy has ${possible} actions, and those that are allowed, ${allowed.length}, have the probability ${sum.toFixed(4)}`,
  );
}
