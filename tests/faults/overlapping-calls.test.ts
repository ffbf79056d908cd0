/** Several callers of one trainer or sampler: each gets what it would get alone, or is refused. */
import { hypergrid } from "@webgfn/envs";
import { mlp, Sampler } from "@webgfn/sampler";
import { fitPolicy, initialWeights } from "@webgfn/sampler/internal";
import { type Device, openDevice } from "@webgfn/tensor";
import { checkpoint, defineMetric, fullEvaluation, restoreCheckpoint, Trainer, type TrainerState } from "@webgfn/trainer";
import { beforeAll, describe, expect, it } from "vitest";
import { testDevice } from "../gpu/device.js";
import { failure } from "../gpu/tensor/helpers.js";
import { tiny } from "./tiny.js";

let device: Device;
beforeAll(async () => {
  device = await testDevice();
});

describe("a sampler", () => {
  const environment = hypergrid({ side: 8 });
  const policy = mlp({ hidden: [8] });
  const weights = initialWeights(fitPolicy(policy, environment), 0);
  const BATCH = 16;
  const make = (on: Device = device, ownsDevice = false) =>
    Sampler.create(on, { environment, policy, weights, seed: 5, batchSize: BATCH, ownsDevice });
  const texts = (samples: readonly { actions: number[]; logForward: number }[]) =>
    samples.map(({ actions, logForward }) => `${actions} ${logForward}`);

  it("gives calls that overlap what they would get in turn", async () => {
    const counts = [40, 7, 0, 33, 16];
    using inTurn = await make();
    const expected = [];
    for (const count of counts) expected.push(await inTurn.sample(count));
    using atOnce = await make();
    expect(await Promise.all(counts.map((count) => atOnce.sample(count)))).toEqual(expected);
    expect(texts(expected[0]!.slice(0, 16))).not.toEqual(texts(expected[4]!));
  });

  it("gives streams that take turns what they would get one after the other", async () => {
    const all = async (stream: AsyncIterable<unknown[]>) => {
      const batches = [];
      for await (const batch of stream) batches.push(...batch);
      return batches;
    };
    using inTurn = await make();
    const expected = [await all(inTurn.stream(50)), await all(inTurn.stream(40))];
    using atOnce = await make();
    expect(await Promise.all([all(atOnce.stream(50)), all(atOnce.stream(40))])).toEqual(expected);
  });

  it("samples while a stream of its own waits, and repeats nothing", async () => {
    using sampler = await make();
    const seen = new Set<string>();
    let batches = 0;
    // As good as endless: more batches than there are counters.
    for await (const batch of sampler.stream(Number.MAX_SAFE_INTEGER)) {
      for (const samples of [batch, await sampler.sample(BATCH)]) seen.add(texts(samples).join());
      batches += 2;
      if (batches === 8) break;
    }
    for (let more = 0; more < 3; more++) seen.add(texts(await sampler.sample(BATCH)).join());
    expect(seen.size).toBe(batches + 3);
  });

  it("goes on after a stream that was left early where the stream had ended", async () => {
    using whole = await make();
    const expected = await whole.sample(4 * BATCH);
    using left = await make();
    for await (const batch of left.stream(10 * BATCH)) {
      expect(batch).toEqual(expected.slice(0, BATCH));
      break;
    }
    // One batch was taken, and one was on its way.
    expect(await left.sample(BATCH)).toEqual(expected.slice(2 * BATCH, 3 * BATCH));
  });

  it("that is disposed of refuses calls, ends those that wait, and frees its buffers after the one that runs", async () => {
    await (await make()).sample(1);
    const allocated = device.statistics.bytesAllocated;
    const sampler = await make();
    const calls = [sampler.sample(BATCH), sampler.sample(BATCH), sampler.sample(3 * BATCH)];
    const settled = Promise.allSettled(calls);
    sampler.dispose();
    sampler.dispose();
    const [first, ...others] = await settled;
    expect(first!.status).toBe("fulfilled");
    for (const other of others) {
      expect(other).toMatchObject({ status: "rejected", reason: { code: "disposed", message: "the sampler was disposed of" } });
    }
    await failure("disposed", () => sampler.sample(1));
    await failure("disposed", () => sampler.sample(0));
    await failure("disposed", () => sampler.stream(1).next());
    expect(device.statistics.bytesAllocated).toBe(allocated);
    expect(await (await make()).sample(1)).toHaveLength(1);
  });

  it("closes a device of its own when its last call has ended", async () => {
    const own = await openDevice();
    const sampler = await make(own, true);
    const call = sampler.sample(BATCH);
    sampler.dispose();
    expect(await call).toHaveLength(BATCH);
    await new Promise((resolve) => setTimeout(resolve));
    await failure("disposed", () => own.check());
  });
});

describe("a trainer", () => {
  const make = (options: Parameters<typeof tiny>[0] = {}) => Trainer.create(device, tiny(options));

  /** The state of an undisturbed training after some steps. */
  async function after(step: number, options: Parameters<typeof tiny>[0] = {}): Promise<TrainerState> {
    using trainer = await make(options);
    await trainer.train(step);
    return trainer.state();
  }

  it("reads states, weights and checkpoints of one step, whatever runs", async () => {
    const steps = { steps: 2000 };
    using trainer = await make(steps);
    const [, state, weights, written] = await Promise.all([
      trainer.train(400),
      trainer.state(),
      trainer.weights(),
      checkpoint(trainer, {}),
    ]);
    const expected = await after(400, steps);
    expect(state).toEqual(expected);
    expect(weights).toEqual(expected.weights);
    expect(written.step).toBe(400);
    using other = await make(steps);
    restoreCheckpoint(other, written);
    expect(await other.state()).toEqual(expected);
  });

  it("adds up trainings that overlap, and measures between them", async () => {
    using trainer = await make();
    const [, first, , second] = await Promise.all([trainer.train(7), trainer.evaluate(), trainer.train(13), trainer.evaluate()]);
    expect([first.step, second.step, trainer.step]).toEqual([7, 20, 20]);
    expect(await trainer.state()).toEqual(await after(20));
    using alone = await make();
    await alone.train(7);
    expect(first.replicas).toEqual((await alone.evaluate()).replicas);
  });

  it("measures everything of a full evaluation at one step", async () => {
    using trainer = await make();
    await trainer.train(5);
    const [full] = await Promise.all([fullEvaluation(trainer, { objects: 64 }), trainer.train(20)]);
    using alone = await make();
    await alone.train(5);
    expect({ ...full, seconds: 0 }).toEqual({ ...(await fullEvaluation(alone, { objects: 64 })), seconds: 0 });
  });

  it("refuses a second loop as busy, and the first one ends with its bits", async () => {
    using trainer = await make();
    const steps: number[] = [];
    for await (const { step } of trainer.run({ evaluateEvery: 20 })) {
      steps.push(step);
      if (step > 0) continue;
      const { message, fix } = await failure("busy", () => trainer.run().next());
      expect(message).toContain("run() or stretches() of this trainer is going on");
      expect(fix).toContain("return()");
      await failure("busy", () => trainer.stretches().next());
    }
    expect(steps).toEqual([0, 20, 40]);
    expect(await trainer.state()).toEqual(await after(40));
    // A loop that ended, was left or failed makes room for the next.
    for await (const _ of trainer.stretches()) break;
    const loop = trainer.run();
    await loop.next();
    await loop.return();
    await failure("argument", () => trainer.run({ evaluateEvery: 0 }).next());
    for await (const _ of trainer.run()) break;
  });

  it("never goes beyond the schedule, whoever trains beside a loop", async () => {
    using trainer = await make();
    const evaluated: number[] = [];
    const run = async () => {
      for await (const { step } of trainer.run({ evaluateEvery: 10 })) evaluated.push(step);
    };
    const running = run();
    const beside = trainer.train(5);
    await Promise.all([running, beside]);
    expect(trainer.step).toBe(40);
    expect(evaluated.at(-1)).toBe(40);
    expect(await trainer.state()).toEqual(await after(40));
  });

  it("refuses to be restored while it works", async () => {
    using trainer = await make();
    const start = await trainer.state();
    const saved = await checkpoint(trainer, {});
    const training = trainer.train(20);
    for (const restore of [() => trainer.restore(start), () => restoreCheckpoint(trainer, saved)]) {
      expect((await failure("busy", restore)).message).toBe("the trainer is in the middle of another call, so that restore() is refused");
    }
    await training;
    expect(await trainer.state()).toEqual(await after(20));
    trainer.restore(start);
    expect(await trainer.state()).toEqual(start);
  });

  it("changes rewards between two calls", async () => {
    const environment = hypergrid({ side: 4 });
    const other = hypergrid({ side: 4, r0: 0.5 });
    using trainer = await make({ environment });
    const [, , evaluation] = await Promise.all([trainer.train(10), trainer.retarget(other), trainer.evaluate()]);
    using alone = await make({ environment });
    await alone.train(10);
    await alone.retarget(other);
    expect(evaluation.replicas).toEqual((await alone.evaluate()).replicas);
  });

  it("lets a metric of one's own read the weights while it measures, also where others wait", async () => {
    let read: number | undefined;
    const metric = defineMetric({
      name: "weights",
      columns: [{ key: "layers", label: "layers", help: "number of layers" }],
      create: () => ({
        async measure() {
          const { step } = await trainer.state();
          read = step;
          return [{ layers: (await trainer.weights())[0]!.length }];
        },
        dispose() {},
      }),
    });
    const trainer: Trainer = await make({ metrics: [metric] });
    const [{ replicas }] = await Promise.all([trainer.evaluate(), trainer.train(5)]);
    expect([replicas[0], read]).toMatchObject([{ layers: 2 }, 0]);
    trainer.dispose();
  });

  it("holds others off while a program looks inside", async () => {
    using trainer = await make();
    const looking = trainer.exclusively(async ({ evaluate }) => {
      const before = await trainer.buffers.weights.read();
      const { step } = await evaluate();
      await new Promise((resolve) => setTimeout(resolve, 30));
      return { step, same: before.join() === (await trainer.buffers.weights.read()).join() };
    });
    const training = trainer.train(10);
    expect(await looking).toEqual({ step: 0, same: true });
    await training;
    expect(trainer.step).toBe(10);
  });

  it("goes on from one moment where the device is lost, though states were read while it trained", async () => {
    const own = await openDevice();
    const trainer = await Trainer.create(own, tiny());
    let lost = false;
    for await (const { step } of trainer.run({ evaluateEvery: 10 })) {
      if (step === 0) continue;
      // The next stretch trains while this waits for its turn.
      void trainer.state().catch(() => {});
      if (lost) continue;
      lost = true;
      void checkpoint(trainer, {}).then(() => own.gpu.destroy());
    }
    expect(trainer.device).not.toBe(own);
    expect(await trainer.state()).toEqual(await after(40));
    trainer.dispose();
    own.dispose();
  });

  it("has the step that the GPU has counted where training fails halfway", async () => {
    using trainer = await make({ steps: 2 ** 30 });
    await trainer.train(1);
    const { step } = trainer.programs;
    const run = step.run.bind(step);
    step.run = async () => {
      await run(17);
      throw new Error("halfway");
    };
    await expect(trainer.train(1000)).rejects.toThrow("halfway");
    step.run = run;
    expect(trainer.step).toBe(18);
    expect(await trainer.state()).toEqual(await after(18, { steps: 2 ** 30 }));
  });

  it("survives one loss at a time", async () => {
    using trainer = await make();
    const first = trainer.surviving(() => trainer.train(5));
    await failure("busy", () => trainer.surviving(() => trainer.train(5)));
    await first;
    await trainer.surviving(() => trainer.train(5));
    expect(trainer.step).toBe(10);
  });
});

describe("a trainer that is disposed of", () => {
  it("refuses every call", async () => {
    const trainer = await Trainer.create(device, tiny());
    const state = await trainer.state();
    const saved = await checkpoint(trainer, {});
    const { exact, programs, buffers } = trainer;
    await trainer.evaluate();
    trainer.dispose();
    trainer.dispose();
    const { submits } = device.statistics;
    const calls = [
      () => trainer.train(1),
      () => trainer.evaluate(),
      () => trainer.weights(),
      () => trainer.state(),
      () => trainer.restore(state),
      () => trainer.retarget(hypergrid({ side: 4 })),
      () => trainer.run().next(),
      () => trainer.stretches().next(),
      () => trainer.surviving(async () => 1),
      () => trainer.exclusively(async () => 1),
      () => checkpoint(trainer, {}),
      () => restoreCheckpoint(trainer, saved),
      () => fullEvaluation(trainer),
      () => exact!.measure(),
      () => exact!.probabilities(0),
      () => programs.step.run(),
      () => programs.step.profile(),
      () => buffers.weights.read(),
      () => buffers.replicas.setStep(1),
    ];
    for (const call of calls) await failure("disposed", call);
    expect(device.statistics.submits).toBe(submits);
    expect(() => device.check()).not.toThrow();
  });

  it.each<{ when: string; work(trainer: Trainer): Promise<unknown> }>([
    { when: "it trains for long", work: (trainer) => trainer.train(2 ** 24) },
    { when: "it is evaluated", work: (trainer) => trainer.evaluate() },
    { when: "it is fully evaluated", work: (trainer) => fullEvaluation(trainer, { objects: 64 }) },
    {
      when: "a loop runs",
      async work(trainer) {
        for await (const _ of trainer.run({ evaluateEvery: 2 ** 20 }));
      },
    },
    { when: "others wait", work: (trainer) => Promise.all([trainer.train(2 ** 24), trainer.evaluate(), trainer.state()]) },
    { when: "it changes its rewards", work: (trainer) => trainer.retarget(hypergrid({ side: 4, r0: 0.5 })) },
  ])("while $when ends the work soon, frees everything and leaves others alone", async ({ work }) => {
    const options = tiny({ steps: 2 ** 28 });
    const other = await Trainer.create(device, options);
    await other.evaluate();
    const allocated = device.statistics.bytesAllocated;
    const trainer = await Trainer.create(device, options);
    const working = work(trainer).then(
      () => undefined,
      (error: unknown) => error,
    );
    await new Promise((resolve) => setTimeout(resolve, 5));
    const start = performance.now();
    trainer.dispose();
    const error = await working;
    // A call that was nearly done may end well.
    if (error !== undefined) expect(error).toMatchObject({ code: "disposed", message: "the trainer was disposed of" });
    expect(performance.now() - start).toBeLessThan(5000);
    await new Promise((resolve) => setTimeout(resolve, 5));
    // The staging buffers for reading back stay.
    expect(device.statistics.bytesAllocated).toBeLessThanOrEqual(allocated + 2 ** 16);
    await other.train(2);
    expect((await other.evaluate()).step).toBe(2);
    other.dispose();
  });
});
