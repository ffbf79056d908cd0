/** What GPUs run and software adapters do not, checked on the adapter at hand, which poses as a GPU: shapes, loops and sums. */
import { dags, type Environment, phylogenetics, sets } from "@webgfn/envs";
import { type Objective, renyi, subtrajectoryBalance, trajectoryBalance } from "@webgfn/objectives";
import { gin, mlp, type Policy } from "@webgfn/sampler";
import { evaluationPath, fitPolicy } from "@webgfn/sampler/internal";
import { type Device, openDevice } from "@webgfn/tensor";
import { Trainer, type TrainerOptions } from "@webgfn/trainer";
import { afterAll, describe, expect, it } from "vitest";
import { alwaysLayered, inBrowser, testDevice } from "./device.js";

const { gpu } = inBrowser ? navigator : { gpu: (await import("webgpu")).create([]) };

/** The adapter at hand under another name. */
function posing(adapter: GPUAdapter): GPUAdapter {
  return new Proxy(adapter, {
    get(target, property) {
      if (property === "info") return { vendor: "made up", architecture: "", device: "a-card", description: "" };
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

const CASES: { environment: Environment; objective: Objective; policy: Policy; path: "fused" | "layered" }[] = [
  // Widths whose vec4s are no multiple of the four that a turn of a product's loop takes, and fewer than four.
  { environment: sets({ items: 11, size: 4 }), objective: renyi(), policy: mlp({ hidden: [70, 8] }), path: "fused" },
  // So many actions that all lanes prepare the head.
  {
    environment: sets({ items: 33, size: 3 }),
    objective: trajectoryBalance(),
    policy: mlp({ hidden: [12], backward: "learned" }),
    path: "fused",
  },
  { environment: dags({ variables: 3 }), objective: subtrajectoryBalance(), policy: mlp({ hidden: [40] }), path: "fused" },
  { environment: phylogenetics({ species: 5 }), objective: renyi(), policy: gin({ hidden: [6] }), path: "fused" },
  { environment: sets({ items: 11, size: 4 }), objective: trajectoryBalance(), policy: mlp({ hidden: [70, 33] }), path: "layered" },
];

describe("an adapter that poses as a GPU", async () => {
  const posed = await openDevice({
    gpu: {
      requestAdapter: async (options?: GPURequestAdapterOptions) => {
        const adapter = await gpu.requestAdapter(options);
        return adapter && posing(adapter);
      },
    } as GPU,
  });
  afterAll(() => posed.dispose());

  /** Actions and gradients of a first step. */
  async function firstStep(device: Device, options: (typeof CASES)[number] & Pick<TrainerOptions, "batchSize" | "tilings">) {
    using trainer = await Trainer.create(device, { batchSize: 21, replicas: 2, steps: 50, ...options });
    await trainer.train(1);
    const [actions, gradients] = await Promise.all([trainer.buffers.actions.read(), trainer.buffers.gradients.read()]);
    return { actions, gradients: gradients as Float32Array, dispatches: trainer.programs.step.length };
  }

  it("is taken for one", () => {
    expect(posed.isSoftware).toBe(false);
    expect(posed.adapter).toMatchObject({ name: "a-card", type: "gpu" });
  });

  it.skipIf(alwaysLayered)("takes the layered path from wider layers and more trajectories on", async () => {
    const environment = sets({ items: 11, size: 4 });
    const pathOn = (device: Device, width: number, batch: number) =>
      evaluationPath(device, { environment, network: fitPolicy(mlp({ hidden: [width] }), environment), batch, replicas: 1 });
    expect([pathOn(posed, 256, 4096), pathOn(await testDevice(), 256, 4096)]).toEqual(["fused", "layered"]);
    expect([pathOn(posed, 1024, 1024), pathOn(posed, 1024, 1023)]).toEqual(["layered", "fused"]);
  });

  it.each(CASES)("takes the same $path step of a $policy.name in $environment.title with $objective.name", async (options) => {
    const [found, expected] = [await firstStep(posed, options), await firstStep(await testDevice(), options)];
    expect(found.actions).toEqual(expected.actions);
    // The sums over the batch are cut into other parts.
    expect(found.gradients).toBeCloseInNorm(expected.gradients, 1e-5);
  });

  it("gives the same bits whether the parts of a layer's sums have a lane each or one lane takes all", async () => {
    const options = { ...CASES[0]!, environment: sets({ items: 33, size: 2 }), policy: mlp({ hidden: [32] }) };
    const split = await firstStep(posed, { ...options, tilings: { rollout: { tile: 1, lanes: 32, block: 1 } } });
    // 8 rows of 9 vec4s of two parts, for 16 lanes.
    const whole = await firstStep(posed, { ...options, tilings: { rollout: { tile: 8, lanes: 16, block: 1 } } });
    expect(whole).toEqual(split);
  });

  it("shares a batch of many thousands among workgroups", async () => {
    const small = { environment: sets({ items: 6, size: 2 }), objective: renyi(), policy: mlp({ hidden: [4] }), path: "fused" as const };
    const options = { ...small, batchSize: 4500 };
    const [found, expected] = [await firstStep(posed, options), await firstStep(await testDevice(), options)];
    expect([found.dispatches, expected.dispatches]).toEqual([10, 6]);
    expect(found.actions).toEqual(expected.actions);
    expect(found.gradients).toBeCloseInNorm(expected.gradients, 1e-5);
  });
});
