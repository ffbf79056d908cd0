/** What counts as a mode, by the highest reward that each target has. */
import { describe, expect, it } from "vitest";
import { banana } from "./banana.js";
import { dags } from "./dags.js";
import type { Environment } from "./environment.js";
import { funnel } from "./funnel.js";
import { gaussianMixture } from "./gaussian-mixture.js";
import { hypergrid } from "./hypergrid.js";
import { manyWell } from "./many-well.js";
import { phylogenetics } from "./phylogenetics.js";
import { sequences } from "./sequences.js";
import { sets } from "./sets.js";

const half = (highestLogReward: number) => expect.closeTo(highestLogReward - Math.LN2, 5);

/** States that the target likes. */
function drawn({ exactSampling, stateWords }: Environment, count: number): Uint32Array[] {
  if (!exactSampling.available) throw new Error(exactSampling.reason);
  const words = exactSampling.value(count, 0);
  return Array.from({ length: count }, (_, n) => words.subarray(n * stateWords, (n + 1) * stateWords));
}

const point = (x: number, y: number) => new Uint32Array([...new Uint32Array(Float32Array.of(x, y).buffer), 2]);

describe("modes", () => {
  it("of a hypergrid are the cells of its highest level", () => {
    expect(hypergrid({ side: 12 }).modeThreshold).toBeCloseTo(Math.log(2.501), 10);
    expect(hypergrid({ side: 4 }).modeThreshold).toBeCloseTo(Math.log(0.501), 10); // no cell lies in the band
  });

  it("of sets, sequences, graphs and trees have at least half the highest reward", () => {
    const scores = [...sets({ items: 6, size: 3 }).data].sort((a, b) => b - a);
    expect(sets({ items: 6, size: 3 }).modeThreshold).toEqual(half(scores[0]! + scores[1]! + scores[2]!));

    const seeds = Array.from({ length: 8 }, (_, dataSeed) => sequences({ symbols: 1, length: 3, dataSeed }));
    expect(new Set(seeds.map(({ data }) => Math.sign(data[0]!))).size).toBe(2);
    for (const { data, modeThreshold } of seeds) expect(modeThreshold).toEqual(half(Math.max(0, 6 * data[0]!)));

    // Rewards are relative to the best graph's.
    const graphs = dags({ variables: 2, samples: 20 });
    expect(graphs.modeThreshold).toEqual(half(0));
    expect(dags({ variables: 6 }).modeThreshold).toEqual(half(0));
    expect(dags({ variables: 13 }).modeThreshold).toBeUndefined();

    const trees = phylogenetics({ species: 4 });
    expect(trees.modeThreshold).toEqual(half(Math.max(...drawn(trees, 500).map((state) => trees.logLikelihood(state)))));
  });

  it("of points are the components they are nearest to", () => {
    expect(gaussianMixture().modeThreshold).toEqual(half(-Math.log(9 * 2 * Math.PI * 0.1)));
    const uneven = gaussianMixture({ means: [[0, 0] as const, [4, 0] as const], weights: [1, 3], variance: 1 });
    expect(uneven.modeThreshold).toEqual(half(Math.log(1 / 4) - Math.log(2 * Math.PI)));
    expect([point(-9, 1), point(1.9, 0), point(2.1, 3)].map((state) => uneven.modeOf!(state))).toEqual([0, 0, 1]);

    expect(banana().modeThreshold).toEqual(half(-Math.log(2 * Math.PI * Math.sqrt(1 - 0.9 ** 2))));
    expect(funnel({ dimensions: 2, deviation: 3 }).modeThreshold).toEqual(half(-Math.log(2 * Math.PI * 3)));
    const wells = manyWell({ dimensions: 4 });
    const at = (...coordinates: number[]) => wells.encode!({ point: coordinates });
    expect([at(-1.7, 5, -1.7, 5), at(1.7, 0, -1.7, 0), at(-1.7, 0, 1.7, 0)].map((state) => wells.modeOf!(state))).toEqual([0, 1, 2]);
    // Within the lowest mode, samples lie on average a half per coordinate below its bottom.
    expect(wells.modeThreshold).toBeCloseTo(2 * 8.1392471325 - 4, 8);

    expect(drawn(banana(), 20).map((state) => banana().modeOf!(state))).toEqual(new Array(20).fill(0));
  });
});
