/** Lanes that load for each other change how long a step takes, and on a software adapter no bit of it. */
import { type Environment, hypergrid, phylogenetics, sets } from "@webgfn/envs";
import { type Objective, renyi, subtrajectoryBalance, trajectoryBalance } from "@webgfn/objectives";
import { gin, mlp, type Policy } from "@webgfn/sampler";
import { type Device, openDevice } from "@webgfn/tensor";
import { Trainer, type TrainerOptions } from "@webgfn/trainer";
import { afterAll, describe, expect, it } from "vitest";

const GRID = hypergrid({ side: 5 });

/** Widths below, at and beyond a whole subgroup's columns; one layer and three; inputs that fill no whole block. */
const CASES: { environment: Environment; objective: Objective; policy: Policy; path: "fused" | "layered" }[] = [
  { environment: sets({ items: 11, size: 4 }), objective: renyi(), policy: mlp({ hidden: [32, 70, 8] }), path: "fused" },
  { environment: GRID, objective: trajectoryBalance(), policy: mlp({ hidden: [8], backward: "learned" }), path: "fused" },
  { environment: GRID, objective: subtrajectoryBalance(), policy: mlp({ hidden: [40] }), path: "fused" },
  { environment: phylogenetics({ species: 5 }), objective: renyi(), policy: gin({ hidden: [6] }), path: "fused" },
  { environment: sets({ items: 11, size: 4 }), objective: trajectoryBalance(), policy: mlp({ hidden: [70, 33] }), path: "layered" },
];

/** No multiple of the tiles. */
const SIZES = { batchSize: 21, replicas: 2, steps: 50 };

const portable = await openDevice({ subgroups: false });
const sharing = await openDevice({ subgroups: true }).catch(() => undefined);

afterAll(() => {
  portable.dispose();
  sharing?.dispose();
});

/** The gradients of a first step, and everything after a third. */
async function trained(device: Device, options: TrainerOptions) {
  using trainer = await Trainer.create(device, options);
  await trainer.train(1);
  const gradients = (await trainer.buffers.gradients.read()) as Float32Array;
  await trainer.train(2);
  return { gradients, state: await trainer.state() };
}

describe.skipIf(sharing === undefined)("with lanes that load for each other", () => {
  const device = sharing as Device;

  it.each(CASES)("a $path step of a $policy.name in $environment.title with $objective.name is the same", async (given) => {
    const options = { ...given, ...SIZES };
    expect(device.subgroupSize).toBeGreaterThanOrEqual(8);
    expect(portable.subgroupSize).toBe(0);
    const found = await trained(device, options);
    const expected = await trained(portable, options);
    // Compilers of GPUs may round the two differently.
    if (device.isSoftware) expect(found).toEqual(expected);
    else expect(found.gradients).toBeCloseInNorm(expected.gradients, 1e-4);
  });

  it("lanes that are no whole subgroups are refused", async () => {
    const tiling = { tile: 4, lanes: device.subgroupSize + 4, block: 2 };
    // The second case has compiled the other kernels.
    const options = { ...CASES[1]!, ...SIZES, tilings: { rollout: tiling } };
    await expect(Trainer.create(device, options)).rejects.toMatchObject({ code: "argument", message: /no whole subgroups/ });
    using trainer = await Trainer.create(portable, options);
    await trainer.train(1);
  });
});

describe("a device", () => {
  it("says when its adapter has no subgroups that lanes could share", async () => {
    // An implementation whose subgroups differ in size, as Intel's do.
    const gpu = {
      requestAdapter: async () => ({
        limits: {},
        features: new Set(["subgroups"]),
        info: { description: "made up", subgroupMinSize: 8, subgroupMaxSize: 32 },
        requestDevice: async () => ({
          features: new Set(["subgroups"]),
          addEventListener() {},
          removeEventListener() {},
          lost: new Promise(() => {}),
          destroy() {},
        }),
      }),
    } as unknown as GPU;
    const mixed = await openDevice({ gpu });
    expect(mixed.subgroupSize).toBe(0);
    await expect(openDevice({ gpu, subgroups: true })).rejects.toMatchObject({ code: "argument", message: /no subgroups of one size/ });
  });
});
