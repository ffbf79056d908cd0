/**
 * Training with an annealed reward: when β rises, that it resumes to the same bits, and what keeps log R itself. coefficients.test.ts and
 * flow-balance.test.ts have the numbers of one batch.
 */
import { hypergrid } from "@webgfn/envs";
import { detailedBalance, forwardKl, trajectoryBalance } from "@webgfn/objectives";
import { logMeanExp } from "@webgfn/objectives/internal";
import { annealedLogReward, terminalStates } from "@webgfn/reference";
import { mlp } from "@webgfn/sampler";
import { trajectoryColumns } from "@webgfn/sampler/internal";
import { Trainer, type TrainerOptions } from "@webgfn/trainer";
import { describe, expect, it } from "vitest";
import { testDevice } from "./device.js";
import { twin } from "./twins.js";

const GRID = hypergrid({ side: 4, r0: 0.01 });

const ANNEALED = { anneal: 0.1, annealUntil: 0.5 };

async function makeTrainer(options: Partial<TrainerOptions>): Promise<Trainer> {
  return Trainer.create(await testDevice(), {
    environment: GRID,
    policy: mlp({ hidden: [8] }),
    objective: trajectoryBalance(),
    batchSize: 16,
    steps: 12,
    learningRate: 0.01,
    ...options,
  });
}

type State = Awaited<ReturnType<Trainer["state"]>>;

/** The state after `count` steps from `state`. */
async function trained(trainer: Trainer, state: State, count: number): Promise<State> {
  trainer.restore(state);
  await trainer.train(count);
  return trainer.state();
}

describe("an annealed training", () => {
  const cases: { title: string; options: Partial<TrainerOptions> }[] = [
    { title: "trajectory balance with replay", options: { source: "policy:0.5,replay:0.5", replay: 64 } },
    { title: "forward-looking detailed balance", options: { objective: detailedBalance({ forwardLooking: true }) } },
  ];

  it.each(cases)("resumes to the same bits, and is as any other once β is 1: $title", async ({ options }) => {
    const [annealed, plain] = await Promise.all([makeTrainer({ ...options, ...ANNEALED }), makeTrainer(options)]);
    const start = await annealed.state();
    const third = await trained(annealed, start, 3);
    const sixth = await trained(annealed, third, 3);
    const end = await trained(annealed, sixth, 6);
    expect(await trained(annealed, start, 12)).toEqual(end);
    // β is 1 from step 6 of 12 on, and below 1 until then.
    expect(await trained(plain, sixth, 6)).toEqual(end);
    const fifth = await trained(annealed, third, 2);
    expect((await trained(plain, fifth, 1)).weights).not.toEqual(sixth.weights);
    expect((await trained(plain, start, 1)).weights).not.toEqual((await trained(annealed, start, 1)).weights);
    annealed.dispose();
    plain.dispose();
  });

  it("goes by the new number of steps when it is extended", async () => {
    const [short, long, plain] = await Promise.all([
      makeTrainer(ANNEALED),
      makeTrainer({ ...ANNEALED, steps: 24 }),
      makeTrainer({ steps: 24 }),
    ]);
    // β was 1 from step 6 on, and is 1 from step 12 on now.
    const ended = await trained(short, await short.state(), 10);
    expect((await trained(plain, ended, 1)).weights).not.toEqual((await trained(long, ended, 1)).weights);
    const later = await trained(long, ended, 2);
    expect((await trained(plain, later, 1)).weights).toEqual((await trained(long, later, 1)).weights);
    for (const trainer of [short, long, plain]) trainer.dispose();
  });

  it("evaluates the reward itself, and replays by it", async () => {
    const options = { source: "policy:0.5,replay:0.5", replay: 64 };
    const [annealed, plain] = await Promise.all([makeTrainer({ ...options, ...ANNEALED }), makeTrainer(options)]);
    await annealed.train(2);
    const state = await annealed.state();
    plain.restore(state);
    const [found, expected] = await Promise.all([annealed.evaluate(), plain.evaluate()]);
    // The loss is that of the latest batch.
    expect(found.replicas.map((replica) => ({ ...replica, loss: 0 }))).toEqual(
      expected.replicas.map((replica) => ({ ...replica, loss: 0 })),
    );
    const slots = state.replay!.slots;
    const rewards = new Float32Array(slots.slice().buffer);
    const kept = Array.from({ length: slots.length / 2 }, (_, slot) => 2 * slot).filter((at) => slots[at + 1] !== 0);
    expect(kept.length).toBeGreaterThan(4);
    const { reference } = twin(GRID);
    const possible = terminalStates(reference).map((object) => reference.logReward(object));
    for (const at of kept) expect(Math.min(...possible.map((logReward) => Math.abs(logReward - rewards[at]!)))).toBeLessThan(1e-5);
    annealed.dispose();
    plain.dispose();
  });

  it("starts a divergence's log Z at that of its first target", async () => {
    const trainer = await makeTrainer({ ...ANNEALED, objective: forwardKl(), estimator: "balance", logZ: "learned" });
    const { logForward, logBackward, logReward } = trajectoryColumns((await trainer.buffers.trajectories.read()) as Float32Array);
    const { logZ, logRewardShift } = await trainer.state();
    const weights = logReward.map(
      (value, n) => annealedLogReward(value, ANNEALED.anneal, logRewardShift[0]!) + logBackward[n]! - logForward[n]!,
    );
    expect(logZ[0]![0]).toBeCloseTo(logMeanExp(weights), 5);
    expect(logZ[0]![0]).not.toBeCloseTo(logMeanExp(logReward.map((value, n) => value + logBackward[n]! - logForward[n]!)), 1);
    trainer.dispose();
  });
});
