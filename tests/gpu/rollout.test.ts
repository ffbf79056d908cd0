/** The batched rollout against the oracle: what it sums, what it samples, and what its random numbers depend on. */
import { bitSequences, dags, type Environment, hypergrid, phylogenetics, sequences, sets } from "@webgfn/envs";
import { logBackward, logForward, logProbabilities, terminalState, terminalStates, terminatingDistribution } from "@webgfn/reference";
import type { LinearWeights } from "@webgfn/sampler";
import { initialWeights, recordBackwardRollout } from "@webgfn/sampler/internal";
import { Program } from "@webgfn/tensor";
import { describe, expect, it, vi } from "vitest";
import { testDevice } from "./device.js";
import {
  chiSquare,
  chiSquareLimit,
  countsOf,
  exactSamples,
  type GpuTrajectory,
  makeRollout,
  networkOf,
  oracleMlp,
  spreadWeights,
} from "./helpers.js";
import { twin } from "./twins.js";

// A driver compiles each kernel when it first runs; llvmpipe takes seconds for the larger ones.
vi.setConfig({ testTimeout: 300_000 });

const GRID = hypergrid({ dimensions: 2, side: 7, r0: 0.1 });
const SETS = sets({ items: 33, size: 6 });
const SEQUENCES = sequences({ symbols: 3, length: 4 });
const WIDE = bitSequences({ bits: 16, wordBits: 8, modes: 3, order: "any" });
const GRAPHS = dags({ variables: 4, samples: 30 });
const TREES = phylogenetics({ species: 6, sites: 10 });

/** Fails unless a trajectory is complete and its logarithms are the oracle's for the same actions. */
function expectOracle(environment: Environment, weights: readonly LinearWeights[], trajectories: readonly GpuTrajectory[]): void {
  const { reference, object, rounding } = twin(environment);
  const mlp = oracleMlp(weights);
  for (const trajectory of trajectories) {
    const { actions } = trajectory;
    const end = terminalState(reference, actions); // throws where an action is forbidden or the end is not terminal
    expect(environment.decode(trajectory.object)).toEqual(object(end));
    const s = logForward(reference, mlp, actions);
    expect(Math.abs(trajectory.logForward - s)).toBeLessThan(1e-5 * (1 + Math.abs(s)));
    expect(Math.abs(trajectory.logBackward - logBackward(reference, actions))).toBeLessThan(1e-5);
    const logR = reference.logReward(end);
    expect(Math.abs(trajectory.logReward - logR)).toBeLessThan((1e-6 + rounding) * (1 + Math.abs(logR)));
  }
}

const firstActions = (trajectories: readonly GpuTrajectory[]) => trajectories.map(({ actions }) => String(actions[0]));

describe("rollout", () => {
  // Batches below, at and beyond the tiles of every kind of adapter; odd widths leave idle rows and padded columns.
  it.each([
    { environment: GRID, hidden: [64, 64], batch: 128, replicas: 1, replay: false },
    { environment: GRID, hidden: [7, 13, 6], batch: 200, replicas: 3, replay: true },
    { environment: GRID, hidden: [256], batch: 3, replicas: 1, replay: false },
    { environment: hypergrid({ dimensions: 4, side: 3, r0: 1 }), hidden: [1], batch: 1, replicas: 3, replay: true },
    { environment: SETS, hidden: [64, 64], batch: 17, replicas: 3, replay: true },
    { environment: SETS, hidden: [5], batch: 200, replicas: 1, replay: false },
    { environment: SETS, hidden: [256], batch: 33, replicas: 3, replay: false },
    { environment: sets({ items: 1, size: 1 }), hidden: [5], batch: 3, replicas: 1, replay: false },
    { environment: SEQUENCES, hidden: [9, 7], batch: 33, replicas: 2, replay: true },
    // So many actions that all lanes share the work on a row.
    { environment: WIDE, hidden: [9, 7], batch: 33, replicas: 2, replay: true },
    { environment: GRAPHS, hidden: [9, 7], batch: 33, replicas: 2, replay: true },
    { environment: TREES, hidden: [9, 7], batch: 33, replicas: 2, replay: true },
  ])(
    "of $environment.title, hidden $hidden, batch $batch, replicas $replicas",
    async ({ environment, hidden, batch, replicas, replay }) => {
      const device = await testDevice();
      const net = networkOf(environment, hidden);
      const weights = Array.from({ length: replicas }, (_, r) => spreadWeights(net, r));
      const settings = weights.map((_, r) => ({ seed: 10 + r, step: 4 }));
      const rollout = await makeRollout(device, { environment, net, batch, weights, settings });
      const sampled = await rollout.sample();
      for (const [r, trajectories] of sampled.entries()) expectOracle(environment, weights[r]!, trajectories);
      if (replay) expect(await rollout.replay()).toEqual(sampled);
    },
  );

  it("samples every action from the policy", async () => {
    const device = await testDevice();
    for (const environment of [hypergrid({ side: 3, r0: 0.1 }), sets({ items: 6, size: 3 })]) {
      const { reference, object } = twin(environment);
      const net = networkOf(environment, [5]);
      const weights = spreadWeights(net, 3);
      const rollout = await makeRollout(device, { environment, net, batch: 8000, weights: [weights], settings: [{ seed: 1 }] });
      const [trajectories] = (await rollout.sample()) as [GpuTrajectory[]];

      const policy = logProbabilities(
        oracleMlp(weights),
        reference.featuresOf(reference.initial()),
        reference.allowed(reference.initial()),
      ).map(Math.exp);
      const first = countsOf(
        firstActions(trajectories),
        policy.map((_, action) => String(action)),
      );
      expect(chiSquare(first, policy)).toBeLessThan(chiSquareLimit(policy.length - 1));
      expect(
        chiSquare(
          first,
          policy.map(() => 1 / policy.length),
        ),
      ).toBeGreaterThan(chiSquareLimit(policy.length - 1));

      const terminals = terminalStates(reference);
      const distribution = terminatingDistribution(reference, oracleMlp(weights));
      const objects = countsOf(
        trajectories.map((trajectory) => JSON.stringify(environment.decode(trajectory.object))),
        terminals.map((state) => JSON.stringify(object(state))),
      );
      expect(
        chiSquare(
          objects,
          terminals.map((state) => distribution.get(reference.key(state))!),
        ),
      ).toBeLessThan(chiSquareLimit(terminals.length - 1));
    }
  });

  it("explores uniformly, with log p_F still the policy's", async () => {
    const device = await testDevice();
    const environment = sets({ items: 9, size: 3 });
    const net = networkOf(environment, [5]);
    const weights = spreadWeights(net, 3);
    const uniform = Array.from({ length: 9 }, () => 1 / 9);
    for (const exploration of [1, 0.25]) {
      const rollout = await makeRollout(device, {
        environment,
        net,
        batch: 4000,
        weights: [weights],
        settings: [{ seed: 1, exploration }],
      });
      const [trajectories] = (await rollout.sample()) as [GpuTrajectory[]];
      expectOracle(environment, weights, trajectories.slice(0, 200));
      const policy = logProbabilities(oracleMlp(weights), new Array(9).fill(0), new Array(9).fill(true)).map(Math.exp);
      const mixture = policy.map((p) => exploration / 9 + (1 - exploration) * p);
      const counts = countsOf(
        firstActions(trajectories),
        uniform.map((_, action) => String(action)),
      );
      expect(chiSquare(counts, mixture)).toBeLessThan(chiSquareLimit(8));
      expect(chiSquare(counts, policy)).toBeGreaterThan(chiSquareLimit(8));
    }
  });
});

describe("a temperature", () => {
  it.each([0.5, 3])("of %f gives the softmax of logits / T, with log p_F still the policy's", async (temperature) => {
    const device = await testDevice();
    const environment = sets({ items: 9, size: 3 });
    const net = networkOf(environment, [5]);
    const weights = spreadWeights(net, 3);
    const rollout = await makeRollout(device, {
      environment,
      net,
      batch: 4000,
      weights: [weights],
      settings: [{ seed: 1, temperature }],
      options: { tempered: true },
    });
    const [trajectories] = (await rollout.sample()) as [GpuTrajectory[]];
    expectOracle(environment, weights, trajectories.slice(0, 200));
    const logs = logProbabilities(oracleMlp(weights), new Array(9).fill(0), new Array(9).fill(true));
    const shares = logs.map((log) => Math.exp(log / temperature));
    const total = shares.reduce((sum, share) => sum + share, 0);
    const counts = countsOf(
      firstActions(trajectories),
      shares.map((_, action) => String(action)),
    );
    expect(
      chiSquare(
        counts,
        shares.map((share) => share / total),
      ),
    ).toBeLessThan(chiSquareLimit(8));
    expect(chiSquare(counts, logs.map(Math.exp))).toBeGreaterThan(chiSquareLimit(8));
  });
});

describe("an exploration that changes", () => {
  it.each([
    { step: 0, equal: 0.4 },
    { step: 5, equal: 0.25 },
    { step: 10, equal: 0.1 },
    { step: 99, equal: 0.1 },
  ])("is $equal at step $step", async ({ step, equal }) => {
    const net = networkOf(SETS, [7]);
    const sample = async (settings: object) => {
      const given = { environment: SETS, net, batch: 200, weights: [spreadWeights(net, 3)], settings: [{ seed: 1, step, ...settings }] };
      return (await makeRollout(await testDevice(), given)).sample();
    };
    const found = await sample({ exploration: 0.4, explorationEnd: 0.1, steps: 10 });
    expect(found).toEqual(await sample({ exploration: equal }));
    expect(found).not.toEqual(await sample({ exploration: equal + 0.2 }));
  });
});

describe("random numbers of the rollout", () => {
  const net = networkOf(SETS, [7]);
  const sample = async (settings: { seed: number; step?: number }[]) => {
    const weights = settings.map(() => initialWeights(net, 0));
    return (await makeRollout(await testDevice(), { environment: SETS, net, batch: 40, weights, settings })).sample();
  };

  it("are the same for the same seed and step, and others for another", async () => {
    const [reference] = await sample([{ seed: 5, step: 2 }]);
    expect(await sample([{ seed: 5, step: 2 }])).toEqual([reference]);
    for (const other of [
      { seed: 6, step: 2 },
      { seed: 5, step: 3 },
      { seed: 5 + 2 ** 32, step: 2 },
    ]) {
      const [trajectories] = (await sample([other])) as [GpuTrajectory[]];
      const unchanged = trajectories.filter(({ actions }, n) => actions.join() === reference![n]!.actions.join());
      expect(unchanged.length, JSON.stringify(other)).toBeLessThan(3);
    }
  });

  it("do not repeat between trajectories or times", async () => {
    const [trajectories] = (await sample([{ seed: 5 }])) as [GpuTrajectory[]];
    expect(new Set(trajectories.map(({ actions }) => actions.join())).size).toBe(40);
  });

  it("make replica k what a single run with its seed would be", async () => {
    const together = await sample([{ seed: 5 }, { seed: 6 }, { seed: 7 }]);
    for (const [k, trajectories] of together.entries()) expect(await sample([{ seed: 5 + k }])).toEqual([trajectories]);
  });
});

describe("backward rollout", () => {
  it.each([GRID, SETS, SEQUENCES, GRAPHS, TREES].map((environment) => ({ title: environment.title, environment })))(
    "leads to given $title, along trajectories of p_B",
    async ({ environment }) => {
      const device = await testDevice();
      const [count, samples] = [11, 6];
      const net = networkOf(environment, [7, 5]);
      const weights = [spreadWeights(net, 1), spreadWeights(net, 2)];
      const rollout = await makeRollout(device, {
        environment,
        net,
        batch: count * samples,
        weights,
        settings: [{ seed: 1 }, { seed: 2 }],
      });
      const objects = exactSamples(environment, count, 4);
      const targets = device.tensorFrom(Uint32Array.from(objects.flatMap((words) => [...words])));
      const backward = new Program(device, "backward");
      await recordBackwardRollout(
        backward,
        rollout.shape,
        { replicas: rollout.buffers.replicas, targets, actions: rollout.buffers.actions },
        samples,
      );
      await backward.run();
      const replayed = await rollout.replay();
      replayed.forEach((trajectories, r) => {
        expectOracle(environment, weights[r]!, trajectories);
        trajectories.forEach(({ object }, n) => {
          expect(object).toEqual(objects[Math.floor(n / samples)]);
        });
      });
      const [first, second] = replayed.map((trajectories) => trajectories.map(({ actions }) => actions));
      if (environment.singleTrajectory) expect(first).toEqual(second);
      else expect(first).not.toEqual(second);
    },
  );

  it.each([
    { environment: sets({ items: 34, size: 3 }), target: [(1 << 4) | (1 << 31), 1, 3], actions: [4, 31, 32] },
    // (1, 3) of a grid: the paths are not equally likely, because cells on the axes have one parent only.
    { environment: hypergrid({ dimensions: 2, side: 5 }), target: [1, 3, 1], actions: [0, 1, 1, 1, 2] },
  ])("draws the orders of $environment.title with probability p_B(τ|x)", async ({ environment, target, actions }) => {
    const device = await testDevice();
    const { reference } = twin(environment);
    const count = 6000;
    const net = networkOf(environment, [3]);
    const rollout = await makeRollout(device, {
      environment,
      net,
      batch: count,
      weights: [initialWeights(net, 0)],
      settings: [{ seed: 3 }],
    });
    const targets = device.tensorFrom(Uint32Array.from(target));
    const backward = new Program(device, "backward");
    await recordBackwardRollout(
      backward,
      rollout.shape,
      { replicas: rollout.buffers.replicas, targets, actions: rollout.buffers.actions },
      count,
    );
    await backward.run();
    const drawn = [...(await rollout.buffers.actions.read())];
    const taken = Array.from({ length: count }, (_, n) => drawn.slice(n * environment.horizon, n * environment.horizon + actions.length));
    const orders = permutations(actions).filter((order) => isTrajectory(environment, order));
    const counts = countsOf(
      taken.map((order) => order.join()),
      orders.map((order) => order.join()),
    );
    const probabilities = orders.map((order) => Math.exp(logBackward(reference, order)));
    expect(probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12);
    expect(chiSquare(counts, probabilities)).toBeLessThan(chiSquareLimit(orders.length - 1));
  });
});

/** The distinct orders of a list. */
function permutations(list: readonly number[]): number[][] {
  if (list.length === 0) return [[]];
  return [...new Set(list)].flatMap((head) => permutations(list.filter((_, i) => i !== list.indexOf(head))).map((rest) => [head, ...rest]));
}

function isTrajectory(environment: Environment, actions: readonly number[]): boolean {
  const { reference } = twin(environment);
  let state = reference.initial();
  for (const action of actions) {
    if (!reference.allowed(state)[action]) return false;
    state = reference.apply(state, action);
  }
  return reference.isTerminal(state);
}
