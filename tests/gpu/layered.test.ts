/**
 * The layered path against the fused one, which has the oracle's word: the same trajectories and gradients, for every kind of
 * head and coefficient, and for networks that only the layered path can take.
 */
import { banana, dags, type Environment, hypergrid, phylogenetics, sets } from "@webgfn/envs";
import { detailedBalance, type Objective, renyi, trajectoryBalance } from "@webgfn/objectives";
import { type EvaluationPath, gin, mlp, Sampler } from "@webgfn/sampler";
import { evaluationPath, fitPolicy, initialWeights } from "@webgfn/sampler/internal";
import { type StepBuffers, Trainer, type TrainerOptions } from "@webgfn/trainer";
import { describe, expect, it, vi } from "vitest";
import { alwaysLayered, testDevice } from "./device.js";

vi.setConfig({ testTimeout: 300_000 });

const GRID = hypergrid({ side: 5, r0: 0.1 });
const SETS = sets({ items: 9, size: 4 });

const CASES: { environment: Environment; objective: Objective; learned?: boolean; hidden: number[] }[] = [
  { environment: SETS, objective: renyi(), hidden: [21, 10] },
  { environment: GRID, objective: detailedBalance(), hidden: [17] },
  { environment: GRID, objective: trajectoryBalance(), learned: true, hidden: [12, 5, 9] },
  { environment: banana(), objective: renyi({ alpha: -1 }), hidden: [8, 8] },
  { environment: dags({ variables: 3, samples: 20 }), objective: trajectoryBalance(), hidden: [18, 6] },
];

async function trained(options: TrainerOptions, steps: number) {
  const trainer = await Trainer.create(await testDevice(), options);
  await trainer.train(steps);
  const read = (name: "actions" | "objects" | "trajectories" | "gradients" | "weights") =>
    (trainer.buffers[name] as StepBuffers["weights"]).read();
  const [actions, objects, trajectories, gradients, weights] = await Promise.all([
    read("actions"),
    read("objects"),
    read("trajectories"),
    read("gradients"),
    read("weights"),
  ]);
  const dispatches = trainer.programs.step.length;
  trainer.dispose();
  return { actions: [...actions], objects: [...objects], trajectories, gradients, weights, dispatches };
}

describe("the layered path", () => {
  it.each(CASES)("trains $environment.title with $objective.name, learned p_B $learned, as the fused one does", async (given) => {
    const { environment, objective, learned = false, hidden } = given;
    const policy = mlp({ hidden, components: 3, backward: learned ? "learned" : "uniform" });
    // Not a multiple of the rows that an invocation computes.
    const options = { environment, objective, policy, batchSize: 21, replicas: 2, steps: 50 };
    const fused = await trained({ ...options, path: "fused" }, 2);
    const layered = await trained({ ...options, path: "layered" }, 2);
    expect(fused.dispatches).toBe(6);
    expect(layered.dispatches).toBeGreaterThan(environment.horizon * (hidden.length + 2));
    expect(layered.actions).toEqual(fused.actions);
    expect(layered.objects).toEqual(fused.objects);
    for (const name of ["trajectories", "gradients", "weights"] as const) {
      expect(layered[name], name).toBeCloseInNorm(fused[name], 1e-5);
    }
  });

  it("samples what the fused one does", async () => {
    const device = await testDevice();
    const policy = mlp({ hidden: [13, 7] });
    const weights = initialWeights(fitPolicy(policy, SETS), 3);
    const sampled = async (path: EvaluationPath) => {
      const sampler = await Sampler.create(device, { environment: SETS, policy, weights, seed: 5, batchSize: 30, path });
      const samples = await sampler.sample(50);
      sampler.dispose();
      return samples.map(({ object, actions, logForward }) => ({ object, actions, logForward: logForward.toFixed(4) }));
    };
    expect(await sampled("layered")).toEqual(await sampled("fused"));
  });
});

describe("the choice of a path", () => {
  const shape = (hidden: number[], batch: number, replicas = 1) => {
    const policy = mlp({ hidden });
    return { environment: SETS, network: fitPolicy(policy, SETS), batch, replicas };
  };

  it.skipIf(alwaysLayered)("is fused unless layers are wide and rows many", async () => {
    const device = await testDevice();
    expect(evaluationPath(device, shape([64, 64], 4096))).toBe("fused");
    expect(evaluationPath(device, shape([256, 256], 16))).toBe("fused");
    expect(evaluationPath(device, shape([256, 256], 16, 16))).toBe("layered");
    expect(evaluationPath(device, shape([256, 256], 512))).toBe("layered");
    expect(evaluationPath(device, shape([256, 256], 512), "fused")).toBe("fused");
  });

  it("is layered for what does not fit into workgroup memory, and such a network trains", async () => {
    const device = await testDevice();
    const width = device.limits.maxComputeWorkgroupStorageSize / 8;
    expect(evaluationPath(device, shape([width], 1))).toBe("layered");
    const environment = sets({ items: 4, size: 1 });
    const trainer = await Trainer.create(device, {
      environment,
      policy: mlp({ hidden: [Math.min(width, 4096)] }),
      objective: renyi(),
      batchSize: 32,
      steps: 20,
      decayPower: 0,
    });
    // The variance of log R + b − s over a batch: 0 where the policy is right.
    const variance = async () => (await trainer.buffers.metrics.read())[2] as number;
    await trainer.train(1);
    const before = await variance();
    await trainer.train(19);
    expect(await variance()).toBeLessThan(0.3 * before);
    trainer.dispose();
  });

  it("cannot be layered for a graph network", async () => {
    const options = { environment: phylogenetics({ species: 4, sites: 5 }), policy: gin({ hidden: [4] }), objective: renyi() };
    await expect(Trainer.create(await testDevice(), { ...options, path: "layered" })).rejects.toThrow(
      /gin policy has the fused path alone/,
    );
    await expect(Trainer.create(await testDevice(), { ...options, path: "both" as never })).rejects.toThrow(
      /path must be fused or layered, not/,
    );
  });
});
