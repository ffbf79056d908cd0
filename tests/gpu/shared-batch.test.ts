/** Batches that workgroups share (shaders/objectives/large): the objective comes to what it does where one workgroup takes the whole batch. */
import {
  detailedBalance,
  type Estimator,
  estimators,
  flowMatching,
  forwardKl,
  jsd,
  type Objective,
  renyi,
  subtrajectoryBalance,
  trajectoryBalance,
  tsallis,
  varGrad,
} from "@webgfn/objectives";
import {
  chunkRecord,
  flowRowRecord,
  isFlowMatching,
  metricsRecord,
  numbersOf,
  objectiveKernel,
  outcomeRecord,
  weighsRows,
  withLogZ,
} from "@webgfn/objectives/internal";
import { mulberry32 } from "@webgfn/reference";
import { Replicas, trajectoryRecord } from "@webgfn/sampler/internal";
import { Program } from "@webgfn/tensor";
import { describe, expect, it, vi } from "vitest";
import { testDevice } from "./device.js";

vi.setConfig({ testTimeout: 300_000 });

/** Four chunks of six trajectories and one of three; few lanes, because reductions over many take llvmpipe seconds to compile. */
const SIZES = { BATCH: 27, LANES: 8, HORIZON: 5 };
const CHUNKS = { CHUNK: 6, CHUNKS: 5 };
const REPLICAS = 2;

interface Case {
  objective: Objective;
  estimator: Estimator;
  learnedBackward?: boolean;
}

const { none, loo, paper, balance } = estimators;
const CASES: Case[] = [
  { objective: renyi({ alpha: 0.2, alphaEnd: 0.9, alphaBy: "ess" }), estimator: paper },
  { objective: forwardKl(), estimator: loo, learnedBackward: true },
  { objective: tsallis({ alpha: 0.5 }), estimator: withLogZ(balance, "learned") },
  { objective: jsd(), estimator: balance },
  { objective: trajectoryBalance(), estimator: none, learnedBackward: true },
  { objective: varGrad(), estimator: none },
  { objective: detailedBalance(), estimator: none },
  { objective: subtrajectoryBalance({ weighting: "geometric" }), estimator: none },
  { objective: flowMatching(), estimator: none },
];

/** Made-up trajectories and their transitions. Log weights differ by many orders of magnitude between chunks. */
function madeUp() {
  const random = mulberry32(5);
  const trajectories: number[] = [];
  const transitions: number[] = [];
  for (let n = 0; n < REPLICAS * SIZES.BATCH; n++) {
    const length = 1 + Math.floor(SIZES.HORIZON * random());
    trajectories.push(-6 * random(), -3 * random(), 4 * random() + (n % SIZES.BATCH < CHUNKS.CHUNK ? 20 : 0), length);
    for (let time = 0; time < SIZES.HORIZON; time++) transitions.push(-2 * random(), -random(), 4 * random() - 2, 0);
  }
  return { trajectories: Float32Array.from(trajectories), transitions: Float32Array.from(transitions) };
}

/** Made-up rows of flow matching: to every state leads one edge. */
function madeUpFlows(trajectories: Float32Array, rows: number): Uint32Array {
  const random = mulberry32(6);
  const flows = new Uint32Array(REPLICAS * SIZES.BATCH * rows * flowRowRecord.words);
  for (let n = 0; n < REPLICAS * SIZES.BATCH; n++) {
    const count = 2 * trajectoryRecord.get(trajectories, n, "length") - 1;
    for (let i = 0; i < count; i++) {
      flowRowRecord.set(flows, n * rows + i, { log_flow: 4 * random() - 2, action: i % 2 === 0 ? 0 : 0xffffffff, count });
    }
  }
  return flows;
}

/** What the objective leaves behind, with one workgroup for each replica or with several. */
async function reduced({ objective, estimator, learnedBackward = false }: Case, shared: boolean) {
  const device = await testDevice();
  const kernels = objectiveKernel(objective, estimator);
  const matching = isFlowMatching(objective);
  const rows = matching ? 2 * SIZES.HORIZON : SIZES.HORIZON + Number(learnedBackward);
  const constants = { ...SIZES, ROWS: rows, ...(shared ? CHUNKS : {}) };
  const conditions = { ...kernels.conditions, learned_backward: learnedBackward };
  const settings = Array.from({ length: REPLICAS }, (_, seed) => ({
    seed,
    step: 3,
    steps: 10,
    parameters: numbersOf(objective),
    logRewardShift: 0.5,
    logZRate: 0.1,
    // coefficients.test.ts has the numbers of an annealed reward.
    anneal: 0.4,
  }));
  const replicas = new Replicas(device, settings);
  const { trajectories, transitions } = madeUp();
  const perReplica = SIZES.BATCH * (weighsRows(objective) ? rows : 1);
  const tensors = {
    trajectories: device.tensorFrom(trajectories),
    transitions: device.tensorFrom(transitions),
    ...(matching && { flow_rows: device.tensorFrom(madeUpFlows(trajectories, rows)) }),
    coefficients: device.tensor([REPLICAS, perReplica, 2]),
    live_rows: device.tensor([REPLICAS, SIZES.BATCH * rows], { dtype: "u32" }),
    outcomes: device.tensor([REPLICAS, outcomeRecord.words]),
    log_z: device.tensorFrom(Float32Array.of(0.8, 0, 0, 0, -0.3, 0, 0, 0)),
    // All were finite so far.
    metrics: device.tensorFrom(new Float32Array(REPLICAS * metricsRecord.words).fill(1)),
    chunks: device.tensor([REPLICAS, CHUNKS.CHUNKS, chunkRecord.words]),
  };
  const program = new Program(device, "objective");
  const roots = shared ? kernels.shared : [kernels.root];
  for (const [n, root] of roots.entries()) {
    const kernel = await device.kernel({ root, modules: kernels.modules, constants, conditions });
    const last = shared ? ([1, REPLICAS] as const) : ([REPLICAS] as const);
    program.add(kernel, kernel.pick({ replicas: replicas.tensor, ...tensors }), n === roots.length - 1 ? last : [CHUNKS.CHUNKS, REPLICAS]);
  }
  await program.run();
  const [coefficients, outcomes, logZ, metrics] = await Promise.all([
    tensors.coefficients.read() as Promise<Float32Array>,
    tensors.outcomes.read() as Promise<Float32Array>,
    tensors.log_z.read() as Promise<Float32Array>,
    tensors.metrics.read() as Promise<Float32Array>,
  ]);
  const liveRows = [...(await tensors.live_rows.read())];
  for (const tensor of Object.values(tensors)) tensor.dispose();
  replicas.dispose();
  const ofReplica = (r: number) => ({
    counts: [outcomeRecord.get(outcomes, r, "live_rows"), outcomeRecord.get(outcomes, r, "step")],
    scales: [...outcomes.subarray(outcomeRecord.words * r + 2, outcomeRecord.words * (r + 1))],
    coefficients: [...coefficients.subarray(2 * perReplica * r, 2 * perReplica * (r + 1))],
    logZ: [...logZ.subarray(4 * r, 4 * r + 4)],
    metrics: [...metrics.subarray(metricsRecord.words * r, metricsRecord.words * (r + 1))],
  });
  return { liveRows, replicas: settings.map((_, r) => ofReplica(r)), dispatches: program.length };
}

describe("a batch that workgroups share", () => {
  it.each(CASES)("comes to the same with $objective.name and estimator $estimator.name", async (given) => {
    const [whole, shared] = [await reduced(given, false), await reduced(given, true)];
    expect([whole.dispatches, shared.dispatches]).toEqual([1, given.objective.family === "divergence" ? 5 : 3]);
    expect(shared.liveRows).toEqual(whole.liveRows);
    for (const [r, { counts, ...sums }] of shared.replicas.entries()) {
      const { counts: expectedCounts, ...expected } = whole.replicas[r]!;
      expect(counts).toEqual(expectedCounts);
      expect(counts[0]).toBeGreaterThan(SIZES.BATCH);
      for (const name of ["scales", "coefficients", "logZ", "metrics"] as const) {
        // A 1 in front, because what an objective does not use is 0.
        expect([1, ...sums[name]], `${name} of replica ${r}`).toBeCloseInNorm([1, ...expected[name]], 3e-6);
      }
    }
    expect(await reduced(given, true)).toEqual(shared);
  });
});
