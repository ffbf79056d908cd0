/** Tile shapes change how long a step takes, and no bit of it: those of GPUs on this adapter too. */
import { type Environment, hypergrid, phylogenetics } from "@webgfn/envs";
import { type Objective, renyi, trajectoryBalance } from "@webgfn/objectives";
import { gin, mlp, type Policy, type Tiling } from "@webgfn/sampler";
import { Trainer, type TrainerOptions, type Trial, tune } from "@webgfn/trainer";
import { preferredTiling } from "@webgfn/trainer/internal";
import { describe, expect, it } from "vitest";
import { testDevice } from "./device.js";

const GRID = hypergrid({ side: 5 });

const CASES: { environment: Environment; objective: Objective; policy: Policy }[] = [
  { environment: GRID, objective: renyi(), policy: mlp({ hidden: [17, 6] }) },
  { environment: GRID, objective: trajectoryBalance(), policy: mlp({ hidden: [8], backward: "learned" }) },
  { environment: phylogenetics({ species: 5 }), objective: renyi(), policy: gin({ hidden: [6] }) },
];

/** The preset of GPUs, and what is no power of two. */
const SHAPES: Tiling[] = [
  { tile: 4, lanes: 64, block: 2 },
  { tile: 6, lanes: 24, block: 3 },
];

// The layered path has no tiles.
const PATH = { path: "fused" } as const;
const SIZES = { ...PATH, batchSize: 21, replicas: 2, steps: 50 };

async function trained(options: TrainerOptions) {
  using trainer = await Trainer.create(await testDevice(), options);
  await trainer.train(3);
  return trainer.state();
}

describe("tile shapes", () => {
  it.each(CASES)("of a $policy.name in $environment.title with $objective.name change no bit", async (given) => {
    const options = { ...given, ...SIZES };
    const preset = await trained(options);
    for (const tiling of SHAPES) expect(await trained({ ...options, tilings: { rollout: tiling, backward: tiling } })).toEqual(preset);
  });

  it("that are none, or more than the adapter can take, are refused", async () => {
    const device = await testDevice();
    const options = { ...PATH, environment: GRID, objective: renyi() };
    const create = (rollout: unknown) => Trainer.create(device, { ...options, tilings: { rollout } as never });
    const allocated = device.statistics.bytesAllocated;
    await expect(create({ tile: 4, lanes: 64 })).rejects.toMatchObject({ code: "argument", message: /^tilings must be tile shapes/ });
    await expect(create({ tile: 6, lanes: 64, block: 4 })).rejects.toMatchObject({ code: "argument", message: /no tile shape/ });
    await expect(create({ tile: 8, lanes: 4, block: 4 })).rejects.toMatchObject({ code: "argument", message: /no tile shape/ });
    await expect(create({ tile: 1024, lanes: 1024, block: 1 })).rejects.toMatchObject({ code: "limit", message: /workgroup memory/ });
    expect(device.statistics.bytesAllocated).toBe(allocated);
  });
});

describe("tune", () => {
  it("measures every candidate of both kernels, prefers none that is slower, and gives its memory back", async () => {
    const device = await testDevice();
    const options = { environment: GRID, objective: renyi(), policy: mlp({ hidden: [8] }), ...SIZES };
    const allocated = device.statistics.bytesAllocated;
    const heard: Trial[] = [];
    const { tilings, trials } = await tune(device, options, { onTrial: (trial) => heard.push(trial) });
    expect(device.statistics.bytesAllocated).toBe(allocated);
    expect(heard).toEqual(trials);
    for (const kernel of ["rollout", "backward"] as const) {
      const own = trials.filter((trial) => trial.kernel === kernel);
      expect(own.length).toBeGreaterThan(2);
      expect(own.map(({ preset }) => preset).indexOf(true)).toBe(0);
      expect(own.filter(({ preset }) => preset)).toHaveLength(1);
      expect(tilings[kernel]).toEqual(preferredTiling(own));
    }
    expect(await trained({ ...options, tilings })).toEqual(await trained(options));
  });

  it("prefers the fastest tile shape, where it is clearly faster than the preset one", () => {
    const trial = (lanes: number, milliseconds: number) => ({
      kernel: "rollout" as const,
      tiling: { tile: 4, lanes, block: 4 },
      milliseconds,
      preset: lanes === 64,
    });
    expect(preferredTiling([trial(64, 10), trial(32, 8), trial(128, 5), trial(256, 9)])).toEqual({ tile: 4, lanes: 128, block: 4 });
    expect(preferredTiling([trial(64, 10), trial(32, 9.9), trial(128, 12)])).toBeUndefined();
    expect(preferredTiling([trial(64, 10)])).toBeUndefined();
  });

  it("has nothing to choose on the layered path", async () => {
    const options = { environment: GRID, objective: renyi(), policy: mlp({ hidden: [8] }), path: "layered" as const };
    expect(await tune(await testDevice(), options)).toEqual({ tilings: {}, trials: [] });
  });
});
