import { describe, expect, it } from "vitest";
import { EDGE_FORMATS, parseGraph } from "./graph-file.js";

const NAMES = ["raf", "mek", "p 38"];
const EDGES = [
  [0, 1],
  [1, 2],
];
const read = (text: string) => parseGraph({ name: "graph", text }, NAMES);

describe("a graph is read", () => {
  it.each<[string, string]>([
    ["from JSON with numbers", '{"edges": [[0, 1], [1, 2]]}'],
    ["from JSON with names", '[["raf", "mek"], ["mek", "p 38"]]'],
    ["from what `sample` prints", '{"object": {"edges": [[0,1],[1,2]]}, "logReward": -1}'],
    ["from DOT", 'digraph g {\n  node [shape=box];\n  raf -> mek -> "p 38" [label="x -> y"];\n  // mek -> raf\n}'],
    ["from a table of edges with a header", "from,to\nraf,mek\nmek,p 38\n"],
    ["from a table of edges with weights", "source;target;weight\nraf;mek;0.5\nmek;p 38;1\n"],
    ["from a table of edges", "0,1\n1,2\n"],
    ["from an adjacency matrix with names", ",raf,mek,p 38\nraf,0,1,0\nmek,0,0,1\np 38,0,0,0\n"],
    ["from an adjacency matrix", "raf\tmek\tp 38\n0\t1\t0\n0\t0\t1\n0\t0\t0\n"],
  ])("%s", (_, text) => expect(read(text)).toEqual(EDGES));

  it.each<[string, string, RegExp]>([
    [
      "an unknown variable",
      "from,to\nraf,mekk\n",
      /^graph:2: expected one of the variables "raf", "mek", "p 38", or a number from 0 to 2; found "mekk"/,
    ],
    ["a number beyond", "0,3\n", /^graph:1: .*found "3"/],
    ["an edge twice", "0,1\n0,1\n", /^graph:2: expected every edge once, found "0" → "1" as in line 1/],
    ["a loop", "0,0\n", /^graph:1: expected edges between different variables/],
    ["a cycle", "0,1\n1,2\n2,0\n", /^graph:1: expected a graph without cycles, found one through "raf"/],
    ["three values", "0,1,2\n", /expected an edge as two variables, from and to, found 3 values/],
    ["a matrix cut off", "raf,mek,p 38\n0,1,0\n", /expected 3 rows of an adjacency matrix, found 1/],
    ["a matrix of weights", "raf,mek,p 38\n0,0.5,0\n0,0,1\n0,0,0\n", /^graph:2: expected 0 or 1 in column 2, found "0.5"/],
    ["broken JSON", '{"edges": [[0, 1]', /^graph:1: expected JSON/],
    ["JSON without edges", '{"nodes": []}', /expected JSON with a list "edges"/],
    ["an edge of three", '{"edges": [[0, 1, 2]]}', /expected an edge as two variables/],
    ["an undirected graph", "graph { a -- b }", /expected a digraph/],
    ["nothing", "", /graph is empty; expected the edges of a graph/],
  ])("but not with %s", (_, text, message) => {
    expect(() => read(text)).toThrow(message);
    expect(() => read(text)).toThrow(expect.objectContaining({ code: "file" }));
  });
});

describe("edge probabilities are written", () => {
  const table = {
    names: ['a "b"', "c<d"],
    sampled: [
      [0, 0.75],
      [0, 0],
    ],
    exact: [
      [0, 0.5],
      [0.25, 0],
    ],
  };

  it("as CSV, with the exact ones", () => {
    expect(EDGE_FORMATS[".csv"]!(table)).toBe('from,to,probability,exact\n"a ""b""",c<d,0.75,0.5\nc<d,"a ""b""",0,0.25\n');
  });
  it("as JSON", () => expect(JSON.parse(EDGE_FORMATS[".json"]!(table))).toEqual(table));
  it("as DOT, which is read again", () => {
    const text = EDGE_FORMATS[".dot"]!(table);
    expect(text).toContain('"a \\"b\\"" -> "c<d" [label="0.75", penwidth=3.30];');
    expect(parseGraph({ name: "x", text }, table.names)).toEqual([[0, 1]]);
  });
  it("as GraphML", () => {
    const text = EDGE_FORMATS[".graphml"]!(table);
    expect(text).toContain('<edge source="a &quot;b&quot;" target="c&lt;d"><data key="probability">0.75</data></edge>');
  });
});
