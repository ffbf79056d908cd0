/** Records in several sections, for adapters whose bindings are smaller than a batch's records: the same bits as in one. */
import { type Environment, hypergrid, phylogenetics, sets } from "@webgfn/envs";
import { detailedBalance, type Objective, renyi, trajectoryBalance } from "@webgfn/objectives";
import { numbersOf } from "@webgfn/objectives/internal";
import { gin, mlp, type Policy } from "@webgfn/sampler";
import { disposeBuffers, fitPolicy, initialWeights, packWeights, Replicas } from "@webgfn/sampler/internal";
import { type StepShape, Trainer } from "@webgfn/trainer";
import { recordStep, stepBuffers } from "@webgfn/trainer/internal";
import { describe, expect, it, vi } from "vitest";
import { testDevice } from "./device.js";
import { estimatorOf, networkFor } from "./helpers.js";

vi.setConfig({ testTimeout: 300_000 });

const GRID = hypergrid({ side: 5, r0: 0.1 });
/** Neither a multiple of the tiles nor of the parts. */
const BATCH = 21;
const SEEDS = [3, 8];

type Path = "fused" | "layered";

const CASES: { environment: Environment; objective: Objective; policy: Policy; path?: Path }[] = [
  { environment: GRID, objective: renyi(), policy: mlp({ hidden: [17, 6] }) },
  { environment: GRID, objective: trajectoryBalance(), policy: mlp({ hidden: [8], backward: "learned" }) },
  { environment: GRID, objective: detailedBalance(), policy: mlp({ hidden: [8] }) },
  { environment: phylogenetics({ species: 5 }), objective: renyi(), policy: gin({ hidden: [6] }) },
  { environment: GRID, objective: renyi(), policy: mlp({ hidden: [17, 6] }), path: "layered" },
  { environment: GRID, objective: trajectoryBalance(), policy: mlp({ hidden: [8], backward: "learned" }), path: "layered" },
];

type Cut = Pick<StepShape, "parts" | "sectionBytes">;

/** What two training steps leave behind, with records cut like this. */
async function trained({ environment, objective, policy, path = "fused" }: (typeof CASES)[number], cut: Cut) {
  const device = await testDevice();
  const net = networkFor(policy, environment, objective);
  const replicas = new Replicas(
    device,
    SEEDS.map((seed) => ({ seed, parameters: numbersOf(objective), learningRate: 1e-2, logZRate: 0.1, steps: 10 })),
  );
  const shape = {
    environment,
    network: net,
    objective,
    estimator: estimatorOf(objective),
    batch: BATCH,
    replicas,
    path,
  };
  const buffers = stepBuffers(device, { ...shape, ...cut });
  SEEDS.forEach((seed, r) => {
    buffers.weights.write(packWeights(net, initialWeights(net, seed)), 4 * net.weights4 * r);
  });
  const { step } = await recordStep(device, { ...shape, ...cut }, buffers);
  await step.run(2);
  const read = (name: "actions" | "trajectories" | "gradients" | "moments" | "weights") => buffers[name].read();
  const [actions, trajectories, gradients, moments, weights] = await Promise.all([
    read("actions"),
    read("trajectories"),
    read("gradients"),
    read("moments"),
    read("weights"),
  ]);
  const [sections = 0] = buffers.rows.shape;
  disposeBuffers(buffers);
  return { state: { actions, trajectories, gradients, moments, weights }, sections, dispatches: step.length };
}

/** Bytes that the records of so many trajectories of every replica take. */
function bytesOf(trajectories: number, { environment, objective, policy }: (typeof CASES)[number]): number {
  const { rowsPerTrajectory, row4 } = networkFor(policy, environment, objective);
  return trajectories * SEEDS.length * rowsPerTrajectory * 16 * row4;
}

describe("records in sections", () => {
  it.each(CASES)("train $policy.name in $environment.title with $objective.name to the same bits, $path", async (given) => {
    const whole = await trained(given, { parts: 4 });
    expect(whole.sections).toBe(1);
    // Parts of 6 trajectories: a section of two, and one of the 9 that are left.
    const cut = await trained(given, { parts: 4, sectionBytes: bytesOf(13, given) });
    // The objective, the reduction and the update take the batch as a whole.
    expect(cut).toMatchObject({ sections: 2, dispatches: 2 * (whole.dispatches - 3) + 3 });
    expect(cut.state).toEqual(whole.state);
  });

  it("are as many parts where usual parts are more than a binding", async () => {
    const [given] = CASES as [(typeof CASES)[number]];
    const whole = await trained(given, { parts: 4 });
    const cut = await trained(given, { parts: 4, sectionBytes: bytesOf(4, given) });
    expect(cut.sections).toBe(6);
    expect(cut.state.actions).toEqual(whole.state.actions);
    expect(cut.state.gradients).toBeCloseInNorm(whole.state.gradients, 1e-5);
  });

  it("let a trainer take a batch whose records are more than this adapter binds, and free them", async ({ skip }) => {
    const device = await testDevice();
    const { maxStorageBufferBindingSize } = device.limits;
    if (maxStorageBufferBindingSize > 2 ** 28) skip(`a binding of ${maxStorageBufferBindingSize} bytes takes long to fill`);
    const environment = sets({ items: 32, size: 16 });
    const policy = mlp({ hidden: [4] });
    const { rowsPerTrajectory, row4 } = fitPolicy(policy, environment);
    const batchSize = Math.ceil((1.2 * maxStorageBufferBindingSize) / (16 * rowsPerTrajectory * row4));
    const allocated = device.statistics.bytesAllocated;
    const trainer = await Trainer.create(device, { environment, policy, objective: renyi(), batchSize });
    expect(trainer.buffers.rows.shape[0]).toBe(2);
    await trainer.train(1);
    const [, , , logMeanWeight] = await trainer.buffers.metrics.read();
    // Of so many trajectories, even an untrained policy's weights make a fair estimate of log Z.
    expect(logMeanWeight).toBeCloseTo(environment.exactLogZ.available ? environment.exactLogZ.value : Number.NaN, 1);
    trainer.dispose();
    // What reading takes stays for the next time.
    expect(device.statistics.bytesAllocated).toBeLessThan(allocated + 2 ** 22);
  });
});
