import { describe, expect, it } from "vitest";
import { parseUndirectedGraph } from "./graph-text.js";

const parse = (text: string) => parseUndirectedGraph({ name: "g.txt", text });
const pairsOf = (text: string) => parse(text).edges.map(({ a, b, weight }) => (weight === 1 ? [a, b] : [a, b, weight]));

describe("a graph", () => {
  it.each<[string, string, string[], number[][]]>([
    [
      "DIMACS",
      "c a path\np edge 4 2\ne 1 2\ne 3 2\n",
      ["1", "2", "3", "4"],
      [
        [0, 1],
        [1, 2],
      ],
    ],
    ["DIMACS with weights and CRLF", "p col 2 1\r\ne 1 2 0.5\r\n", ["1", "2"], [[0, 1, 0.5]]],
    [
      "DIMACS with both directions",
      "p edge 3 4\ne 1 2\ne 2 1\ne 2 3\ne 3 2\n",
      ["1", "2", "3"],
      [
        [0, 1],
        [1, 2],
      ],
    ],
    ["DIMACS without edges", "p edge 2 0\n", ["1", "2"], []],
    [
      "rudy",
      "3 2\n1 2 1\n1 3 -1\n",
      ["1", "2", "3"],
      [
        [0, 1],
        [0, 2, -1],
      ],
    ],
    [
      "a list of numbers",
      "# edges\n10 2\n2 7\n",
      ["2", "7", "10"],
      [
        [0, 1],
        [0, 2],
      ],
    ],
    [
      "a list of names",
      "bern,aarau\nbern,chur\n",
      ["bern", "aarau", "chur"],
      [
        [0, 1],
        [0, 2],
      ],
    ],
    ["a table with a header", "source;target;weight\na;b;2\n", ["a", "b"], [[0, 1, 2]]],
    [
      "a list of NetworkX",
      "0 1 {}\n1 2 {}\n",
      ["0", "1", "2"],
      [
        [0, 1],
        [1, 2],
      ],
    ],
  ])("is read from %s", (_, text, names, edges) => {
    expect(parse(text).names).toEqual(names);
    expect(pairsOf(text)).toEqual(edges);
  });

  it.each([
    ["", "g.txt is empty; expected a graph, as DIMACS or as a list of edges"],
    ["# nothing\n", "g.txt:1: expected edges, found none"],
    ["p edge 3 1\ne 2 2\n", 'g.txt:2: expected an edge between two vertices, found a loop from "2" to itself'],
    ["p edge 3 2\ne 1 2\ne 1 2\n", 'g.txt:3: expected every edge once, found one between "1" and "2" as in line 2'],
    ["p edge 3 3\ne 1 2\ne 2 3\ne 2 1\n", 'g.txt:4: expected every edge once, found one between "2" and "1" as in line 2'],
    ["p edge 2 2\ne 1 2 1\ne 2 1 3\n", 'g.txt:3: expected every edge once, found one between "2" and "1" as in line 2'],
    ["p edge 3 2\ne 1 2\n", "g.txt:1: expected 2 edges as this line says, found 1"],
    ["p edge 3 1\ne 1 4\n", 'g.txt:2: expected a vertex from 1 to 3, found "4"'],
    ["p edge 3 1\ne 0 1\n", 'g.txt:2: expected a vertex from 1 to 3, found "0"'],
    ["p edge 3\ne 1 2\n", 'g.txt:1: expected p edge N M, found "p edge 3"'],
    ["p cnf 3 1\n1 2 0\n", 'g.txt:1: expected p edge N M, found "p cnf 3 1"'],
    ["p edge 0 0\n", "g.txt:1: expected 1 to 1024 vertices, found 0"],
    ["p edge 2000 1\ne 1 2\n", "g.txt:1: expected 1 to 1024 vertices, found 2000"],
    ["p edge 2 x\ne 1 2\n", 'g.txt:1: expected the numbers of vertices and edges, found "2 x"'],
    ["p edge 2 1\nn 1 5\ne 1 2\n", "g.txt:2: expected edges, found a vertex with a weight; vertices have none here"],
    ["p edge 2 1\n1 2\n", 'g.txt:2: expected an edge, e A B, found "1 2"'],
    ["e 1 2\n", "g.txt:1: expected a line p edge N M before the edges, found none"],
    ["a b\nc\n", 'g.txt:2: expected an edge as two vertices and at most a weight, found "c"'],
    ["a b 1 2\n", 'g.txt:1: expected an edge as two vertices and at most a weight, found "a b 1 2"'],
    ["a b heavy\n", 'g.txt:1: expected a weight from -1000000 to 1000000, found "heavy"'],
    ["a b 1e9\n", 'g.txt:1: expected a weight from -1000000 to 1000000, found "1e9"'],
    [
      "3 2\n1 2\n2 3\n",
      'g.txt:1: expected an edge, found "3 2", which may also be the numbers of vertices and edges; write p edge 3 2 in its place, and e before each edge',
    ],
    ["a\u001b[2J b\n", 'g.txt:1: expected a name without control characters, found "a\\u001b[2J"'],
  ])("is not %j", (text, message) => {
    expect(() => parse(text)).toThrow(message);
  });
});
