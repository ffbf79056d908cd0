import { allowedActions, logSumExp, mean } from "@webgfn/reference";
import { RandomStream } from "@webgfn/tensor";
import { spearman } from "@webgfn/trainer/internal";
import type { Contestant } from "./contestant.js";
import { type Measures, requireProbabilities } from "./graph.js";
import type { World } from "./world.js";

/** Numbers of sampled trajectories, of objects of the test set, and of backward trajectories from each object. */
const SAMPLES = 128;
const TESTED = 64;
const BACK = 4;

/**
 * Measures a policy if there are too many states to list. `reverse` is log Z − E[log R + log p_B − log p_F] over sampled trajectories, the
 * reverse KL divergence over trajectories; `forward` is E[log R + log p_B − log p_F] − log Z over the test set and p_B, if the test set has
 * exact samples of the target: the forward KL divergence. `correlation` is Spearman's, of log p_T with log R on the test set.
 */
export async function measureSampled(world: World, contestant: Contestant): Promise<Measures> {
  const { exactLogZ } = world.environment;
  const forward = await sampled(world, contestant);
  const back = await tested(world, contestant);
  return {
    ...(exactLogZ.available && { reverse: exactLogZ.value - mean(forward.map(({ logWeight }) => logWeight)) }),
    ...(exactLogZ.available &&
      world.testSet?.isOfTarget && { forward: mean(back.flatMap(({ logWeights }) => logWeights)) - exactLogZ.value }),
    ...(exactLogZ.available && { logZError: Math.abs((await contestant.logZ()) - exactLogZ.value) }),
    correlation: spearman(
      back.map(
        ({ state, logWeights }) => logSumExp(logWeights.map((value) => world.twin.logReward(state) - value)) - Math.log(logWeights.length),
      ),
      back.map(({ state }) => world.twin.logReward(state)),
    ),
    logReward: mean(forward.map(({ state }) => world.twin.logReward(state))),
  };
}

interface Sampled {
  state: unknown;
  /** log R + log p_B − log p_F */
  logWeight: number;
}

/** Trajectories of the policy, action by action. */
async function sampled(world: World, contestant: Contestant): Promise<Sampled[]> {
  const { twin } = world;
  const random = new RandomStream(0, 0x66696c73);
  let trajectories = Array.from({ length: SAMPLES }, () => ({ state: twin.initial(), logForward: 0, logBackward: 0 }));
  const ended: Sampled[] = [];
  while (trajectories.length > 0) {
    const choices = trajectories.map(({ state }) => allowedActions(twin, state));
    const asked = trajectories.filter((_, n) => (choices[n] as number[]).length > 1);
    const rows = asked.length === 0 ? new Float32Array() : await contestant.policy(asked.map(({ state }) => state));
    let row = 0;
    const next = trajectories.map(({ state, logForward, logBackward }, n) => {
      const allowed = choices[n] as number[];
      let [action = 0] = allowed;
      let logP = 0;
      if (allowed.length > 1) {
        const own = rows.subarray(row * twin.actions, (row + 1) * twin.actions);
        row += 1;
        requireProbabilities(world, state, own, allowed);
        action = chosen(allowed, own, random.uniform());
        logP = own[action] as number;
      }
      const to = twin.apply(state, action);
      return { state: to, logForward: logForward + logP, logBackward: logBackward - Math.log(twin.parents(to).length) };
    });
    for (const { state, logForward, logBackward } of next) {
      if (twin.isTerminal(state)) ended.push({ state, logWeight: twin.logReward(state) + logBackward - logForward });
    }
    trajectories = next.filter(({ state }) => !twin.isTerminal(state));
  }
  return ended;
}

function chosen(allowed: readonly number[], logP: Float32Array, uniform: number): number {
  let cumulative = 0;
  for (const action of allowed) {
    cumulative += Math.exp(logP[action] as number);
    if (uniform < cumulative) return action;
  }
  return allowed.at(-1) as number;
}

interface Tested {
  state: unknown;
  /** log R + log p_B − log p_F of backward trajectories that p_B sampled from the object. */
  logWeights: number[];
}

/** Evenly spaced objects of the test set, with backward trajectories from each. */
async function tested(world: World, contestant: Contestant): Promise<Tested[]> {
  const { twin, testSet } = world;
  const all = testSet?.objects() ?? [];
  const random = new RandomStream(0, 0x66696c74);
  const objects = Array.from({ length: Math.min(TESTED, all.length) }, (_, n) => all[Math.floor((n * all.length) / TESTED)]);
  const states: unknown[] = [];
  const actions: number[] = [];
  const ways = objects.flatMap((object) =>
    Array.from({ length: BACK }, () => {
      const from = states.length;
      let state = object;
      let logBackward = 0;
      for (let parents = twin.parents(state); parents.length > 0; parents = twin.parents(state)) {
        const parent = parents[Math.floor(random.uniform() * parents.length)] as { state: unknown; action: number };
        logBackward -= Math.log(parents.length);
        state = parent.state;
        if (allowedActions(twin, state).length < 2) continue;
        states.push(state);
        actions.push(parent.action);
      }
      return { object, logBackward, from, to: states.length };
    }),
  );
  const logP = await contestant.taken(states, actions);
  return objects.map((object) => ({
    state: object,
    logWeights: ways
      .filter((way) => way.object === object)
      .map(
        ({ logBackward, from, to }) =>
          twin.logReward(object) + logBackward - logP.subarray(from, to).reduce((sum, value) => sum + value, 0),
      ),
  }));
}
