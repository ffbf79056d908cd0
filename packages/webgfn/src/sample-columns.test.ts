import { defineEnvironment, makeEnvironment, type SampledObject } from "@webgfn/envs";
import { describe, expect, it } from "vitest";
import { npyRows } from "./npy.js";
import { sampleColumns } from "./sample-columns.js";

const sample = (object: SampledObject) => ({ object, logReward: 1, logForward: -2, logBackward: -3, actions: [4, 5] });

describe("the columns of samples", () => {
  it.each<[string, Record<string, number>, SampledObject, string, number[], number[]]>([
    ["hypergrid", { dimensions: 3 }, { coordinates: [1, 2, 3] }, "coordinates", [3], [1, 2, 3]],
    ["sets", { items: 6, size: 2 }, { items: [0, 4] }, "items", [2], [0, 4]],
    ["ising", { rows: 1, columns: 3 }, { spins: [1, -1, 1] }, "spins", [1, 3], [1, -1, 1]],
    ["independent-set", { vertices: 4, edgesPerVertex: 0 }, { vertices: [0, 3] }, "vertices", [4], [0, 3]],
    ["max-cut", { vertices: 3 }, { vertices: [1] }, "vertices", [3], [1]],
    ["knapsack", { items: 3 }, { items: [2] }, "items", [3], [2]],
    ["perfect-binary-tree", { depth: 2 }, { path: [1, 0] }, "path", [2], [1, 0]],
    ["bit-sequences", { bits: 8, modes: 1 }, { bits: [0, 1, 1, 0, 1, 0, 0, 1] }, "bits", [8], [0, 1, 1, 0, 1, 0, 0, 1]],
    ["prepend-append", { length: 2 }, { symbols: [7, 0] }, "symbols", [2], [7, 0]],
    ["qm9-small", {}, { symbols: [7, 0, 1, 2, 10] }, "symbols", [5], [7, 0, 1, 2, 10]],
    ["tfbind8", {}, { symbols: [0, 1, 2, 3, 3, 2, 1, 0] }, "symbols", [8], [0, 1, 2, 3, 3, 2, 1, 0]],
    ["sequences", { length: 3 }, { symbols: [7] }, "symbols", [3], [7]],
    [
      "dags",
      { variables: 3 },
      {
        edges: [
          [0, 2],
          [1, 0],
        ],
      },
      "adjacency",
      [3, 3],
      [0, 0, 1, 1, 0, 0, 0, 0, 0],
    ],
    ["gaussian-mixture", {}, { point: [0.5, 1] }, "point", [2], [0.5, 1]],
    ["banana", {}, { point: [0.5, 1] }, "point", [2], [0.5, 1]],
    ["funnel", { dimensions: 3 }, { point: [0.5, 1, 2] }, "point", [3], [0.5, 1, 2]],
    ["many-well", { dimensions: 4 }, { point: [0.5, 1, 2, 3] }, "point", [4], [0.5, 1, 2, 3]],
  ])("of %s begin with the object", (name, parameters, object, field, shape, values) => {
    const made = makeEnvironment(name, parameters);
    const columns = sampleColumns(made, true);
    expect(columns[0]).toMatchObject({ name: field, shape });
    expect(columns[0]!.values(sample(object))).toEqual(values);
    const actions = field === "point" ? [] : ["actions"];
    expect(columns.map((column) => column.name)).toEqual([field, "logReward", "logForward", ...actions, "logBackward"]);
    expect(columns.slice(1).flatMap((column) => column.values(sample(object)))).toEqual([1, -2, ...(actions.length > 0 ? [4, 5] : []), -3]);
    expect(sampleColumns(made, false).map((column) => column.name)).toEqual([field, "logReward", "logForward"]);
  });

  it("of graphs read from a file have the file's variables", () => {
    const graphs = makeEnvironment("dags", { data: { name: "pairs.csv", text: "a,b\n1,2\n2,1\n3,5\n4,4\n" } });
    const [adjacency] = sampleColumns(graphs, false);
    expect(adjacency).toMatchObject({ name: "adjacency", type: "|u1", shape: [2, 2] });
    expect(adjacency?.values(sample({ edges: [[1, 0]] }))).toEqual([0, 0, 1, 0]);
    const rows = npyRows([adjacency!], [[[0, 1, 0, 0]]]);
    expect([...rows]).toEqual([0, 1, 0, 0]);
  });

  it("of an environment of one's own are those that it describes, or its state's words", () => {
    const { name: _, objects: __, decode: ___, encode: ____, ...dynamics } = makeEnvironment("hypergrid", { dimensions: 2, side: 3 });
    const words = defineEnvironment({ ...dynamics, name: "mine" });
    expect(sampleColumns(words, false)[0]).toMatchObject({ name: "words", type: "<u4", shape: [3] });
    const described = defineEnvironment({
      ...dynamics,
      name: "mine",
      decode: ([x = 0, y = 0]) => ({ sum: x + y }),
      objects: { columns: [{ name: "sum", dtype: "float32", shape: [], values: ({ sum }) => [sum] }] },
    });
    const [sum] = sampleColumns(described, false);
    expect(sum).toMatchObject({ name: "sum", type: "<f4", shape: [] });
    expect(sum?.values(sample(described.decode(Uint32Array.of(1, 2, 1))))).toEqual([3]);
    const silent = defineEnvironment({ ...dynamics, name: "mine", decode: () => ({}) });
    expect(() => sampleColumns(silent, false)).toThrow("mine does not say how its objects are written as arrays of one shape");
  });

  it("of trees are their actions, which must be asked for", () => {
    const trees = makeEnvironment("phylogenetics", { species: 4, sites: 10 });
    expect(sampleColumns(trees, true).map((column) => column.name)).toEqual(["logReward", "logForward", "actions", "logBackward"]);
    expect(() => sampleColumns(trees, false)).toThrow("the objects of phylogenetics have no form in numbers of one shape");
  });
});
