/** The contract by which every environment shows its objects, and what each of them says. */
import {
  banana,
  bitSequences,
  dags,
  defineEnvironment,
  type Environment,
  environmentDeclarations,
  funnel,
  gaussianMixture,
  hypergrid,
  independentSet,
  ising,
  knapsack,
  makeEnvironment,
  manyWell,
  maxCut,
  type ObjectKind,
  type ObjectPicture,
  perfectBinaryTree,
  phylogenetics,
  prependAppend,
  qm9Small,
  type SampledObject,
  sequences,
  sets,
  tfbind8,
} from "@webgfn/envs";
import { allowedActions, mulberry32 } from "@webgfn/reference";
import { describe, expect, it } from "vitest";
import { exactSamples } from "./helpers.js";
import { twin } from "./twins.js";

/** An object with the actions that made it. */
interface Built {
  object: SampledObject;
  actions: number[];
}

/** Random trajectories by the oracle; of points, the target's own. */
function built(environment: Environment, count: number): Built[] {
  if (environment.actionSpace === "continuous") {
    return exactSamples(environment, count, 1).map((state) => ({
      object: environment.decode(state),
      actions: [...state.subarray(0, environment.horizon)],
    }));
  }
  const { reference, object } = twin(environment);
  const random = mulberry32(5);
  return Array.from({ length: count }, () => {
    const actions: number[] = [];
    let state = reference.initial();
    while (!reference.isTerminal(state)) {
      const allowed = allowedActions(reference, state);
      actions.push(allowed[Math.floor(random() * allowed.length)] as number);
      state = reference.apply(state, actions.at(-1) as number);
    }
    return { object: object(state), actions };
  });
}

const KINDS: readonly ObjectKind[] = ["set", "sequence", "cell", "graph", "tree", "point", "other"];
const RANGES = { float32: [-3.4e38, 3.4e38], int32: [-(2 ** 31), 2 ** 31 - 1], uint32: [0, 2 ** 32 - 1], uint8: [0, 255] } as const;

/** Graphs on three variables, with a display of its own that names them. */
const named = dags({ data: { name: "abc.csv", text: "a,b,c\n1,2,0\n2,1,5\n3,5,1\n4,4,4\n0,1,1\n2,2,7\n" } });
const letters = { name: "path.txt", text: "a b\nb c\n" };
/** An environment of one's own that shows its objects as it likes. */
const own = (() => {
  const { objects: _, decode: __, ...dynamics } = hypergrid({ dimensions: 2, side: 5 });
  return defineEnvironment({
    ...dynamics,
    decode: ([x = 0, y = 0]): { coordinates: [number, number] } => ({ coordinates: [x, y] }),
    objects: { kind: "other", text: ({ coordinates: [x, y] }) => `column ${x}, row ${y}` },
  });
})();

const ENVIRONMENTS: Environment[] = [
  ...Object.values(environmentDeclarations).map(({ name, page }) => makeEnvironment(name, page?.parameters)),
  hypergrid({ dimensions: 3, side: 4 }),
  sequences({ symbols: 30, length: 3 }),
  named,
  own,
  funnel(),
  manyWell({ dimensions: 4 }),
];

describe.each(ENVIRONMENTS.map((environment) => ({ title: environment.title, environment })))("$title", ({ environment }) => {
  const { objects } = environment;
  const samples = built(environment, 40);

  it("has a kind, and a text of one line that tells objects apart", () => {
    expect(KINDS).toContain(objects.kind);
    const texts = new Map<string, string>();
    for (const { object } of samples) {
      const text = objects.text(object);
      expect(text).toMatch(/^[^\n]+$/);
      const json = texts.get(text) ?? JSON.stringify(object);
      // Two decimals of a point may be those of another one.
      if (objects.kind !== "point") expect(JSON.stringify(object)).toBe(json);
      texts.set(text, json);
    }
    expect(texts.size).toBeGreaterThan(3);
  });

  it("has columns whose numbers fit their shape and type, or says why not", () => {
    const { columns } = objects;
    if (!columns.available) return expect(columns.reason).toMatch(/^[^\n]+ (no form|not say)/);
    for (const { name, dtype, shape, ...column } of columns.value) {
      expect(name).toMatch(/^[a-z][A-Za-z]*$/);
      const size = shape.reduce((product, extent) => product * extent, 1);
      const [least, most] = RANGES[dtype];
      for (const { object } of samples) {
        const values = column.values(object);
        expect(values.length).toBeLessThanOrEqual(size);
        for (const value of values) expect(dtype === "float32" || Number.isInteger(value)).toBe(true);
        expect(values.every((value) => value >= least && value <= most)).toBe(true);
      }
    }
  });

  it("shows every action of a trajectory on a line of its own", () => {
    for (const { actions } of samples) {
      const steps = objects.steps(actions);
      expect(steps).toHaveLength(actions.length);
      for (const step of steps) expect(step).toMatch(/^[^\n]+$/);
      // A step depends on those before it alone.
      expect(objects.steps(actions.slice(0, 1))).toEqual(steps.slice(0, 1));
    }
  });

  it("says how its target is drawn", () => checkPicture(environment, objects.picture, samples));
});

function checkPicture(environment: Environment, picture: ObjectPicture, samples: readonly Built[]): void {
  const path = "path" in picture ? picture.path : undefined;
  if (path !== undefined) for (const { actions } of samples) expect(path(actions)).toHaveLength(actions.length + 1);
  switch (picture.kind) {
    case "cells":
      for (const { object, actions } of samples) {
        const [column, row] = picture.cell(object);
        expect([picture.columns[column], picture.rows[row]]).not.toContain(undefined);
        expect(picture.path?.(actions).at(-1)).toEqual([column, row]);
      }
      break;
    case "density": {
      const [left, right, bottom, top] = picture.window;
      const inside = exactSamples(environment, 500, 2).filter((state) => {
        const { point } = environment.decode(state) as { point: [number, number] };
        expect([...picture.stateAt(point)]).toEqual([...state]);
        return point[0] > left && point[0] < right && point[1] > bottom && point[1] < top;
      });
      expect(inside.length).toBeGreaterThan(480);
      for (const { object, actions } of samples) expect(picture.path?.(actions).at(-1)).toEqual((object as { point: number[] }).point);
      break;
    }
    case "edges":
      expect(picture.exactMarginals.available).toBe(environment.enumeration.available);
      for (const { object } of samples) {
        for (const [i, j] of picture.edges(object)) expect([picture.names[i], picture.names[j]]).not.toContain(undefined);
      }
      break;
    case "trees":
      for (const { object } of samples) expect(environment.objects.text(object)).toMatch(/^\(.*\);$/);
      break;
    default:
      expect(picture).toEqual({ kind: "ranking" });
  }
}

describe("texts", () => {
  it.each<[Environment, SampledObject, string]>([
    [hypergrid({ side: 4 }), { coordinates: [1, 3] }, "(1, 3)"],
    [sets({ items: 4, size: 2 }), { items: [1, 3] }, "{1, 3}"],
    [ising({ rows: 2, columns: 3 }), { spins: [1, 1, -1, -1, -1, 1] }, "++- / --+"],
    [independentSet({ graph: letters }), { vertices: [0, 2] }, "{a, c}"],
    [maxCut({ graph: letters }), { vertices: [] }, "{}"],
    [knapsack({ items: 4 }), { items: [1, 3] }, "{1, 3}"],
    [perfectBinaryTree({ depth: 3 }), { path: [0, 1, 1] }, "LRR"],
    [sequences({ symbols: 30 }), { symbols: [2, 0, 27] }, "CA(27)"],
    [sequences(), { symbols: [] }, "(empty)"],
    [prependAppend({ symbols: 30 }), { symbols: [2, 0, 27] }, "CA(27)"],
    [tfbind8(), { symbols: [0, 1, 2, 3, 3, 2, 1, 0] }, "ACGTTGCA"],
    [qm9Small(), { symbols: [0, 10, 3, 7, 4] }, "C·CCC·C-F·c1ccccc1·C=O"],
    [bitSequences({ bits: 8, modes: 1 }), { bits: [1, 0, 0, 1, 1, 1, 0, 0] }, "10011100"],
    [named, { edges: [[0, 2]] }, "a→c"],
    [named, { edges: [] }, "no edges"],
    [gaussianMixture(), { point: [0.5, -2] }, "(0.50, -2.00)"],
    [banana(), { point: [0, 1.234] }, "(0.00, 1.23)"],
    [funnel({ dimensions: 3 }), { point: [0, 1.234, -5] }, "(0.00, 1.23, -5.00)"],
    [phylogenetics({ species: 3, sites: 2 }), { newick: "((A,B),C);" }, "((A,B),C);"],
    [own, { coordinates: [1, 3] }, "column 1, row 3"],
  ])("of $title", (environment, object, text) => {
    expect(environment.objects.text(object)).toBe(text);
  });
});

const bits = (...values: number[]) => [...new Uint32Array(Float32Array.from(values).buffer)];

describe("the steps of a trajectory", () => {
  it.each<[Environment, number[], string[]]>([
    [hypergrid({ side: 4 }), [0, 1, 0, 2], ["right, to (1, 0)", "up, to (1, 1)", "right, to (2, 1)", "stop at (2, 1)"]],
    [hypergrid({ dimensions: 3, side: 4 }), [2, 3], ["along 3, to (0, 0, 1)", "stop at (0, 0, 1)"]],
    [sets({ items: 4, size: 2 }), [3, 1], ["add item 3: {3}", "add item 1: {1, 3}"]],
    [ising({ rows: 2, columns: 3 }), [9, 0], ["row 2, column 2: +", "row 1, column 1: -"]],
    [independentSet({ graph: letters }), [2, 0], ["add c: {c}", "add a: {a, c}"]],
    [maxCut({ graph: letters }), [1, 3], ["add b: {b}", "stop: {b}"]],
    [knapsack({ items: 4 }), [3, 1, 4], ["add 3: {3}", "add 1: {1, 3}", "stop: {1, 3}"]],
    [perfectBinaryTree({ depth: 2 }), [1, 0], ["right: R", "left: RL"]],
    [sequences({ symbols: 3, length: 4 }), [2, 0, 3], ["append C: C", "append A: CA", "stop: CA"]],
    [prependAppend({ symbols: 3, length: 3 }), [2, 0, 4], ["prepend C: C", "prepend A: AC", "append B: ACB"]],
    [bitSequences({ bits: 8, wordBits: 4, modes: 1 }), [5, 0], ["append 0101", "append 0000"]],
    [bitSequences({ bits: 8, wordBits: 4, modes: 1, order: "any" }), [21, 0], ["word 2: 0101", "word 1: 0000"]],
    [dags({ variables: 3, samples: 20 }), [1, 5, 9], ["add x0→x1", "add x1→x2", "stop: x0→x1, x1→x2"]],
    [gaussianMixture(), bits(0.5, -2), ["coordinate 1 is 0.50", "coordinate 2 is -2.00"]],
    [manyWell({ dimensions: 4 }), bits(1, 2, 3), ["coordinate 1 is 1.00", "coordinate 2 is 2.00", "coordinate 3 is 3.00"]],
    [own, [0, 2], ["action 0", "action 2"]],
  ])("of $title", (environment, actions, steps) => {
    expect(environment.objects.steps(actions)).toEqual(steps);
  });

  it("of trees join what was joined before", () => {
    const environment = phylogenetics({ species: 4, sites: 5 });
    const [a, b, c, d] = environment.alignment.names;
    // Pairs by their number: (0, 1), (0, 2), (1, 2), (0, 3) …
    expect(environment.objects.steps([2, 3, 0])).toEqual([`join ${b} and ${c}`, `join ${a} and ${d}`, `join (${a},${d}) and (${b},${c})`]);
  });

  it("lead somewhere on the map", () => {
    const pathOf = ({ objects: { picture } }: Environment, actions: number[]) => ("path" in picture ? picture.path?.(actions) : undefined);
    expect(pathOf(hypergrid({ side: 4 }), [0, 1, 2])).toEqual([
      [0, 0],
      [1, 0],
      [1, 1],
      [1, 1],
    ]);
    expect(pathOf(gaussianMixture(), bits(0.5, -2))).toEqual([
      [0, 0],
      [0.5, 0],
      [0.5, -2],
    ]);
  });
});

describe("declarations", () => {
  it.each(Object.values(environmentDeclarations))("of $name are what it is made of", ({ make, parameters, defaults, page }) => {
    const made = make({});
    expect(made.defaults).toEqual(defaults);
    const values = Object.fromEntries(
      Object.entries(parameters).flatMap(([key, { value }]) => (value === undefined ? [] : [[key, value]])),
    );
    expect(made.parameters).toEqual(values);
    for (const [key, { rule, help, value }] of Object.entries(parameters)) {
      expect(help).toMatch(/^[^\n]+$/);
      if (value !== undefined) expect(rule.accepts(value), key).toBe(true);
      expect(() => make({ [key]: Symbol() }), key).toThrow(new RegExp(`${key} must be`));
    }
    if (page === undefined) return;
    for (const { name: field, least, most } of page.fields) {
      const { rule } = parameters[field]!;
      expect(rule.accepts(least) && rule.accepts(most), field).toBe(true);
    }
    expect(() => make(page.parameters)).not.toThrow();
  });
});
