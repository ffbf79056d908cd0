/**
 * Pictures follow from what an environment says of its objects, whatever its name: environments of one's own get the report's and
 * the playground's pictures, and edge marginals, as those of the package do.
 */
import { dags, defineEnvironment, type Environment, encodeObjects, gaussianMixture, hypergrid, sequences } from "@webgfn/envs";
import { exactPictures } from "@webgfn/report/internal";
import { mlp } from "@webgfn/sampler";
import { environmentData, fitPolicy, initialWeights, packWeights, Replicas } from "@webgfn/sampler/internal";
import { type EvaluatorInputs, enumerateObjects } from "@webgfn/trainer";
import { cellMap, densityMap, ExactEvaluator, edgeMap, edgeMarginals } from "@webgfn/trainer/internal";
import { describe, expect, it } from "vitest";
import { testDevice } from "./device.js";
import { exactSamples } from "./helpers.js";

/** The same target under another name, with objects and pictures of its own. */
const GRID = hypergrid({ dimensions: 2, side: 4, r0: 0.1 });
const grid = defineEnvironment({
  ...GRID,
  name: "chessboard",
  decode: (state): { square: string } => ({ square: `${"abcd"[state[0] ?? 0]}${(state[1] ?? 0) + 1}` }),
  encode: ({ square }) => Uint32Array.of("abcd".indexOf(square[0] ?? ""), Number(square[1]) - 1, 1),
  objects: {
    text: ({ square }) => square,
    picture: {
      kind: "cells",
      axes: { across: "file", up: "rank" },
      columns: ["a", "b", "c", "d"],
      rows: ["1", "2", "3", "4"],
      cell: ({ square }) => ["abcd".indexOf(square[0] ?? ""), Number(square[1]) - 1],
    },
  },
});

const GRAPHS = dags({ variables: 3, samples: 20 });
const graphs = defineEnvironment({
  ...GRAPHS,
  name: "causes",
  decode: (state): { links: { from: number; to: number }[] } => ({
    links: GRAPHS.decode(state).edges.map(([from, to]) => ({ from, to })),
  }),
  encode: ({ links }) => encodeObjects(GRAPHS, [{ edges: links.map(({ from, to }): [number, number] => [from, to]) }]),
  objects: {
    picture: {
      kind: "edges",
      names: ["rain", "wind", "storm"],
      edges: ({ links }) => links.map(({ from, to }) => [from, to]),
      exactMarginals: GRAPHS.edgeMarginals,
    },
  },
});

/** An untrained policy. */
async function inputsOf(environment: Environment): Promise<EvaluatorInputs> {
  const device = await testDevice();
  const net = fitPolicy(mlp({ hidden: [8] }), environment);
  const weights = device.tensorFrom(packWeights(net, initialWeights(net, 0)), [1, 4 * net.weights4], "weights");
  return {
    device,
    environment,
    network: net,
    weights,
    data: environmentData(device, environment),
    replicas: new Replicas(device, [{ seed: 0 }]),
  };
}

describe("a map of cells", () => {
  it("holds R/Z and p_T of each object at its place", async () => {
    const inputs = await inputsOf(grid);
    const objects = await enumerateObjects(inputs.device, grid);
    if (grid.objects.picture.kind !== "cells") throw new Error("expected cells");
    const map = cellMap(
      grid.objects.picture,
      objects,
      objects.map(({ logReward }) => Math.exp(logReward)),
    );
    // Of a side of 4 the corners have r0 + r1, as x/3 − ½ is ±½, all others r0; no cell is in the band.
    const [low, high] = [0.1, 0.6];
    const expected = [0, 1, 2, 3].map((y) => [0, 1, 2, 3].map((x) => (x % 3 === 0 && y % 3 === 0 ? high : low)));
    expect(map.flat()).toEqual(expected.flat().map((value) => expect.closeTo(value, 5)));
    const evaluator = await ExactEvaluator.create(inputs);
    await evaluator.measure();
    const probabilities = await evaluator.probabilities(0);
    const learned = cellMap(
      grid.objects.picture,
      objects,
      objects.map(({ index }) => probabilities[index] as number),
    );
    expect(learned.flat().reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 4);
    // The top row's third cell is c4.
    const c4 = objects.find(({ object }) => object.square === "c4");
    expect(learned[0]?.[2]).toBe(probabilities[c4!.index]);
    evaluator.dispose();
  });

  it("and a ranking by the environment's own texts are in a report", async () => {
    const [map, ranking] = await exactPictures(await testDevice(), grid, []);
    expect(map).toMatchObject({
      kind: "maps",
      axes: { across: "file", up: "rank" },
      columns: ["a", "b", "c", "d"],
      rows: ["4", "3", "2", "1"],
    });
    if (ranking?.kind !== "ranking") throw new Error("expected a ranking");
    const best = ranking.rows.slice(0, 4).map((row) => row.at(-1));
    expect(best.sort()).toEqual(["a1", "a4", "d1", "d4"]);
  });
});

describe("edges", () => {
  it("of graphs of one's own have the exact marginals", async () => {
    const device = await testDevice();
    const objects = await enumerateObjects(device, graphs);
    const { picture } = graphs.objects;
    if (picture.kind !== "edges") throw new Error("expected edges");
    const logZ = graphs.exactLogZ.value!;
    const map = edgeMap(
      picture,
      objects,
      objects.map(({ logReward }) => Math.exp(logReward - logZ)),
    );
    const exact = GRAPHS.edgeMarginals.value!();
    map.forEach((row, i) => {
      row.forEach((value, j) => {
        if (i === j) expect(value).toBeNaN();
        else expect(value).toBeCloseTo(exact[i]![j]!, 4);
      });
    });
    const [maps] = await exactPictures(device, graphs, []);
    expect(maps).toMatchObject({ title: "Edge marginals", columns: ["rain", "wind", "storm"] });
  });

  it("of samples are counted, and are there for graphs alone", () => {
    const states = exactSamples(GRAPHS, 4000, 3);
    const joined = Uint32Array.from(states.flatMap((state) => [...state]));
    const { largestError = 1, sampled } = edgeMarginals(graphs, { states: joined, logRewards: new Float64Array(states.length) }, 5)!;
    expect(largestError).toBeLessThan(0.04);
    expect(sampled).toHaveLength(3);
    expect(edgeMarginals(sequences(), { states: new Uint32Array(0), logRewards: new Float64Array(0) }, 5)).toBeUndefined();
  });
});

describe("a density", () => {
  it("of points of one's own integrates to nearly 1 over its window, with a known and an unknown log Z", async () => {
    const made = gaussianMixture({ means: [[0, 0]], variance: 0.2 });
    const { exactLogZ: _, ...rest } = made;
    for (const environment of [made, defineEnvironment({ ...rest, name: "mine" })]) {
      const { picture } = environment.objects;
      if (picture.kind !== "density") throw new Error("expected a density");
      const map = densityMap(environment, picture);
      const { target, learned } = await map.measure(await inputsOf(environment));
      const area = (map.columns[1]! - map.columns[0]!) * (map.rows[0]! - map.rows[1]!);
      expect(target.flat().reduce((sum, p) => sum + p * area, 0)).toBeCloseTo(1, 3);
      expect(learned).toHaveLength(map.rows.length);
      // The peak is in the middle, at 1/(2π · .2).
      expect(target[20]![20]).toBeCloseTo(1 / (2 * Math.PI * 0.2), 1);
    }
  });
});
