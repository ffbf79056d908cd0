import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dags } from "./dags.js";
import { defineEnvironment } from "./define-environment.js";
import { encodeObjects } from "./encoding.js";
import type { Environment } from "./environment.js";
import { funnel } from "./funnel.js";
import { gaussianMixture } from "./gaussian-mixture.js";
import { hypergrid } from "./hypergrid.js";
import { environmentDeclarations, makeEnvironment } from "./make-environment.js";
import { manyWell } from "./many-well.js";
import type { SampledObject } from "./objects.js";
import { insertJoin, joinsInto, joinsOf } from "./phylogenetics/forest-state.js";
import { label } from "./phylogenetics/newick.js";
import { phylogenetics } from "./phylogenetics.js";
import { sequences } from "./sequences.js";
import { sets } from "./sets.js";

const ENVIRONMENTS: Environment[] = [
  ...Object.keys(environmentDeclarations).map((name) => makeEnvironment(name)),
  hypergrid({ dimensions: 1, side: 2 }),
  hypergrid({ dimensions: 16, side: 1024 }),
  sets({ items: 1, size: 1 }),
  sets({ items: 32, size: 32 }),
  sets({ items: 100, size: 3 }),
  sequences({ symbols: 1, length: 3 }),
  sequences({ symbols: 256, length: 64 }),
  sequences({ symbols: 9, length: 8 }),
  dags({ variables: 2, samples: 10 }),
  phylogenetics({ species: 3, sites: 4 }),
  funnel({ dimensions: 64 }),
  manyWell({ dimensions: 2 }),
];

describe("encode", () => {
  it.each(ENVIRONMENTS.map((environment) => [environment.title, environment] as const))("undoes decode: %s", (_, environment) => {
    const { exactSampling, stateWords, decode } = environment;
    if (!exactSampling.available) throw new Error(exactSampling.reason);
    const states = exactSampling.value(300, 7);
    const objects = Array.from({ length: 300 }, (__, n) => decode(states.subarray(n * stateWords, (n + 1) * stateWords)));
    expect(encodeObjects(environment, objects)).toEqual(states);
    expect(encodeObjects(environment, JSON.parse(JSON.stringify(objects)))).toEqual(states);
  });

  it("takes a set's items in any order", () => {
    const environment = sets({ items: 40, size: 3 });
    expect(encodeObjects(environment, [{ items: [33, 0, 7] }])).toEqual(encodeObjects(environment, [{ items: [0, 7, 33] }]));
  });

  it("makes the descendants of any graph on 12 variables", () => {
    const variables = 12;
    const environment = dags({ variables, samples: 20 });
    const graph = fc.record({
      order: fc.shuffledSubarray(
        Array.from({ length: variables }, (_, node) => node),
        { minLength: variables },
      ),
      chosen: fc.array(fc.boolean(), { minLength: variables ** 2, maxLength: variables ** 2 }),
    });
    fc.assert(
      fc.property(graph, ({ order, chosen }) => {
        const edges = order.flatMap((from, i) =>
          order.slice(i + 1).flatMap((to): [number, number][] => (chosen[from * variables + to] ? [[from, to]] : [])),
        );
        const state = encodeObjects(environment, [{ edges }]);
        const sorted = [...edges].sort(([a, b], [c, d]) => a - c || b - d);
        expect(environment.decode(state)).toEqual({ edges: sorted });
        // Node by node from the last of the order on: the children and all of their descendants.
        const below = new Map<number, Set<number>>();
        for (const node of [...order].reverse()) {
          const children = edges.filter(([from]) => from === node).map(([, to]) => to);
          below.set(node, new Set(children.flatMap((child) => [child, ...(below.get(child) ?? [])])));
        }
        for (let node = 0; node < variables; node++) {
          const bits = [...(below.get(node) ?? [])].reduce((sum, descendant) => sum + 2 ** descendant, 0);
          expect((state[node] as number) >>> 16).toBe(bits);
        }
        expect(state[variables]).toBe(1);
      }),
      { numRuns: 100, seed: 1 },
    );
  });
});

/** A random tree: the state after random joins, and its text, written in a random way. */
function randomTree(names: readonly string[], random: () => number): { state: Uint32Array; text: string } {
  const state = new Uint32Array(names.length + 1);
  const pick = <T>(...choices: readonly T[]): T => choices[Math.floor(random() * choices.length)] as T;
  const after = () => pick("", "", ":1", ": 0.25", ":-2e-3", "[a comment, with (marks)]");
  const texts = names.map((name) => `${label(name) === name ? pick(name, `'${name}'`) : label(name)}${after()}`);
  const slots = names.map((_, leaf) => leaf);
  while (slots.length > 1) {
    const [into, leaf] = [slots.splice(Math.floor(random() * slots.length), 1)[0]!, slots[Math.floor(random() * slots.length)]!].sort(
      (a, b) => a - b,
    ) as [number, number];
    // As the shader's `apply`.
    insertJoin(state, { into, leaf }, joinsInto(state, into));
    const [left, right] = pick([into, leaf], [leaf, into]) as [number, number];
    const blank = () => pick("", "", " ", "\n");
    texts[into] =
      `(${blank()}${texts[left]}${blank()},${blank()}${texts[right]}${blank()})${pick("", "", "0.93", "'inner node'")}${after()}`;
    slots.splice(0, slots.length, ...slots.filter((slot) => slot !== leaf && slot !== into), into);
  }
  return { state, text: `${texts[0]};` };
}

describe("a tree's state", () => {
  it("is the same for every way to write it", () => {
    const names = ["A", "sp.-1", "Homo sapiens", "Homo_erectus", "d'Arwin", "a(b)[c]:d;e,f", "Bär2", "7", "e-5", '"x"', "m", "n", "o"];
    const alignment = { name: "odd.nex", text: nexusOf(names) };
    const environment = phylogenetics({ alignment });
    expect(environment.alignment.names).toEqual(names);
    fc.assert(
      fc.property(fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })), (stream) => {
        const { state, text } = randomTree(names, () => stream.next().value);
        const encoded = encodeObjects(environment, [{ newick: text }]);
        expect(encoded).toEqual(state);
        expect(encodeObjects(environment, [environment.decode(encoded)])).toEqual(state);
        expect(joinsOf(encoded)).toHaveLength(2 * (names.length - 1));
      }),
      { numRuns: 300, seed: 2 },
    );
  });

  it("is that of its actions", () => {
    const environment = phylogenetics({ species: 4, sites: 5 });
    // Pairs by their number: (0, 1), (0, 2), (1, 2), (0, 3) …
    expect(environment.objects.fromActions?.([2, 3, 0])).toEqual({ newick: "((s0,s3),(s1,s2));" });
    expect(() => environment.objects.fromActions?.([2, 6, 0])).toThrow("an action must be a whole number from 0 to 5, not 6");
  });

  it("reads underscores as Newick says, but never guesses", () => {
    const environment = phylogenetics({ alignment: { name: "a.nex", text: nexusOf(["Homo sapiens", "a b", "a_b"]) } });
    const read = (newick: string) => environment.decode(encodeObjects(environment, [{ newick }])).newick;
    expect(read("((Homo_sapiens,'a b'),'a_b');")).toBe("(('Homo sapiens','a b'),'a_b');");
    expect(() => read("((Homo_sapiens,'a b'),a_b);")).toThrow('"a_b" may be two species; put its name in quotes');
    expect(() => read("(('Homo_sapiens','a b'),'a_b');")).toThrow('there is no species "Homo_sapiens"');
  });

  it("is found in time that grows with the text", () => {
    const environment = phylogenetics({ species: 3, sites: 4 });
    const start = performance.now();
    for (const newick of ["(".repeat(1e6), `${"s0,".repeat(1e6)}`, `((s0,s1),s2)${"[x]".repeat(3e5)};`, "'".repeat(1e6), " ".repeat(1e6)]) {
      try {
        encodeObjects(environment, [{ newick }]);
      } catch (error) {
        expect(error).toMatchObject({ code: "argument" });
      }
    }
    expect(performance.now() - start).toBeLessThan(5000);
  });
});

function nexusOf(names: readonly string[]): string {
  const rows = names.map((name, n) => `'${name.replaceAll("'", "''")}' ${"ACGT"[n % 4]}${"ACGT"[(n >> 1) % 4]}A`);
  return `#NEXUS\nbegin data;\ndimensions ntax=${names.length} nchar=3;\nformat datatype=dna missing=? gap=-;\nmatrix\n${rows.join("\n")};\nend;\n`;
}

const TREES = phylogenetics({ species: 4, sites: 5 });
const tree = (newick: unknown): [Environment, unknown] => [TREES, { newick }];

describe("an object that the environment cannot reach", () => {
  it.each<[Environment, unknown, string]>([
    [sets({ items: 4, size: 2 }), { items: [1, 1] }, "item 1 is in it twice"],
    [sets({ items: 4, size: 2 }), { items: [1] }, "a set has 2 items, not 1"],
    [sets({ items: 4, size: 2 }), { items: [0, 1, 2] }, "a set has 2 items, not 3"],
    [sets({ items: 4, size: 2 }), { items: [1, 4] }, "an item is a whole number from 0 to 3, not 4"],
    [sets({ items: 4, size: 2 }), { items: [1, "2"] }, 'an item is a whole number from 0 to 3, not "2"'],
    [sets({ items: 4, size: 2 }), { item: [1] }, 'it needs a list "items", as in {"items":[0,1]}'],
    [sets({ items: 4, size: 2 }), null, "it needs a list"],
    [hypergrid({ side: 5 }), { coordinates: [1, 5] }, "a coordinate is a whole number from 0 to 4, not 5"],
    [hypergrid({ side: 5 }), { coordinates: [-1, 0] }, "a coordinate is a whole number from 0 to 4, not -1"],
    [hypergrid({ side: 5 }), { coordinates: [1] }, "a cell has 2 coordinates, not 1"],
    [sequences({ symbols: 3, length: 2 }), { symbols: [3] }, "a symbol is a whole number from 0 to 2, not 3"],
    [sequences({ symbols: 3, length: 2 }), { symbols: [0, 1, 0] }, "a sequence has at most 2 symbols, not 3"],
    [
      dags({ variables: 3 }),
      {
        edges: [
          [0, 1],
          [1, 2],
          [2, 0],
        ],
      },
      'it has a cycle through variable 0 ("x0")',
    ],
    [dags({ variables: 3 }), { edges: [[1, 1]] }, 'it has a cycle through variable 1 ("x1")'],
    [dags({ variables: 3 }), { edges: [[0, 3]] }, "an edge is two numbers of variables from 0 to 2, not [0,3]"],
    [dags({ variables: 3 }), { edges: [0, 1] }, "an edge is two numbers of variables from 0 to 2, not 0"],
    [
      dags({ variables: 3 }),
      {
        edges: [
          [0, 1],
          [0, 1],
        ],
      },
      "the edge [0, 1] is in it twice",
    ],
    [gaussianMixture(), { point: [1, Number.NaN] }, "a coordinate is a finite number that float32 can hold, not NaN"],
    [gaussianMixture(), { point: [1, 1e39] }, "a coordinate is a finite number that float32 can hold, not 1e+39"],
    [gaussianMixture(), { point: [1] }, "a point has 2 coordinates, not 1"],
    [gaussianMixture(), { point: ["1", "2"] }, 'a coordinate is a finite number that float32 can hold, not "1"'],
    [funnel({ dimensions: 3 }), { point: [1, 2] }, "a point has 3 coordinates, not 2"],
    [manyWell(), { coordinates: [] }, 'it needs a list "point"'],
    [...tree("((s0,s1),s2);"), 'species "s3" is missing'],
    [...tree("((s0,s1),(s2,s4));"), 'there is no species "s4"'],
    [...tree("((s0,s1),(s2,s2));"), 'species "s2" is in it twice'],
    [...tree("(s0,s1,(s2,s3));"), "its root joins 3 subtrees, not 2, as in an unrooted tree; root it"],
    [...tree("((s0,s1,s2),s3);"), "a node joins 3 subtrees, not 2"],
    [...tree("((s0),(s2,s3));"), "a node joins 1 subtree, not 2"],
    [...tree("((s0,s1),(s2,s3))"), 'it ends without ";"'],
    [...tree("((s0,s1),(s2,s3);"), '1 "(" is not closed'],
    [...tree("((s0,s1),(s2,s3)));"), '")" has no "(" before it'],
    [...tree("((s0 s1),(s2,s3));"), '"s1" follows a subtree without "," before it'],
    [...tree("((s0,s1)(s2,s3));"), '"(" follows a subtree without "," before it'],
    [...tree("((s0,),(s2,s3));"), '")" follows no subtree'],
    [...tree("((,s0),(s2,s3));"), '"," follows no subtree'],
    [...tree("((s0:x,s1),(s2,s3));"), '":x" is no branch length of a subtree'],
    [...tree("((s0,'s1),(s2,s3));"), `"'s1),(s2,s3));" is no Newick`],
    [...tree("((s0,s1),(s2,s3));((s0,s1),(s2,s3));"), "follows the tree"],
    [...tree("s0,s1;"), '"," stands outside of brackets'],
    [...tree(""), 'it ends without ";"'],
    [...tree(7), 'it needs a text "newick", as in {"newick":"((A,B),C);"}'],
  ])("of $title: %j", (environment, object, reason) => {
    expect(() => encodeObjects(environment, [object as SampledObject])).toThrow(reason);
    expect(() => encodeObjects(environment, [object as SampledObject])).toThrow(/^object 1 of 1: .* cannot reach /);
  });

  it("is named by its number, and no objects are refused", () => {
    const environment = sets({ items: 4, size: 2 });
    expect(() => encodeObjects(environment, [{ items: [0, 1] }, { items: [2] }])).toThrow(
      'object 2 of 2: sets of 2 out of 4 items cannot reach {"items":[2]}: a set has 2 items, not 1',
    );
    expect(() => encodeObjects(environment, [])).toThrow("objects is empty");
    expect(() => encodeObjects(environment, { items: [0, 1] } as never)).toThrow("objects must be a list, not");
  });
});

describe("an environment of one's own", () => {
  const { decode: _, encode: __, objects: ___, ...dynamics } = hypergrid({ dimensions: 2, side: 3 });

  it("has objects { words } where it says nothing", () => {
    const words = defineEnvironment(dynamics);
    expect(encodeObjects(words, [{ words: [1, 2, 1] }])).toEqual(Uint32Array.of(1, 2, 1));
    expect(() => encodeObjects(words, [{ words: [1, 2] }])).toThrow("a state has 3 words, not 2");
    expect(() => encodeObjects(words, [{ words: [1, 2, -1] }])).toThrow("a word is a whole number from 0 to 4294967295, not -1");
  });

  it("takes objects as data only with encode", () => {
    const decode = ([x = 0, y = 0]: Uint32Array): { sum: number } => ({ sum: 3 * x + y });
    const silent = defineEnvironment({ ...dynamics, decode });
    expect(() => encodeObjects(silent, [{ sum: 4 }])).toThrow("hypergrid has no encode, so that its objects cannot be turned into states");
    const open = defineEnvironment({ ...dynamics, decode, encode: ({ sum }) => Uint32Array.of(Math.floor(sum / 3), sum % 3, 1) });
    expect(encodeObjects(open, [{ sum: 5 }])).toEqual(Uint32Array.of(1, 2, 1));
    const short = defineEnvironment({ ...dynamics, decode, encode: () => Uint32Array.of(1) });
    expect(() => encodeObjects(short, [{ sum: 5 }])).toThrow("hypergrid's encode must return a Uint32Array of 3 words");
    expect(() => defineEnvironment({ ...dynamics, encode: () => Uint32Array.of(1, 1, 1) })).toThrow("hypergrid has encode without decode");
  });
});
