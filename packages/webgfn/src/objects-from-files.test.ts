/** What `webgfn sample` writes, and tables of the same columns, are read back as the same states. */
import {
  type Environment,
  encodeObjects,
  environmentDeclarations,
  hypergrid,
  makeEnvironment,
  type SampledObject,
  sequences,
} from "@webgfn/envs";
import { readObjects } from "@webgfn/runs";
import { line } from "@webgfn/runs/internal";
import type { Sample } from "@webgfn/sampler";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { npyHeader, npyRows } from "./npy.js";
import { sampleColumns } from "./sample-columns.js";

const ENVIRONMENTS: Environment[] = [
  ...Object.values(environmentDeclarations).map(({ name, page }) => makeEnvironment(name, page?.parameters)),
  hypergrid({ dimensions: 1, side: 7 }),
  sequences({ symbols: 30, length: 9 }),
];

/** Some of the target's states, with their objects. Of trees also their actions. */
function drawn(environment: Environment, count: number, seed: number): { states: Uint32Array; samples: Sample[] } {
  const { exactSampling, stateWords, decode } = environment;
  if (!exactSampling.available) throw new Error(exactSampling.reason);
  const states = exactSampling.value(count, seed);
  const samples = Array.from({ length: count }, (_, n): Sample => {
    const state = states.subarray(n * stateWords, (n + 1) * stateWords);
    const actions = environment.leaves === undefined ? [] : joinsInOrder(state);
    return { object: decode(state), logReward: 0.5, logForward: -n, logBackward: Number.NaN, actions };
  });
  return { states, samples };
}

/** A tree's joins as actions: of those that are left, the last into a slot whose leaf is not joined yet is undone first. */
function joinsInOrder(state: Uint32Array): number[] {
  const leaves = state.length - 1;
  const joins = Array.from({ length: leaves }, (_, leaf) => {
    const word = state[leaf] as number;
    return { leaf, isJoined: word >>> 18 === 1, into: (word >>> 12) & 63, rank: (word >>> 6) & 63, count: word & 63 };
  });
  const actions: number[] = [];
  const undone = new Set<number>();
  const counts = joins.map(({ count }) => count);
  while (actions.length < leaves - 1) {
    const last = joins.find(
      ({ leaf, isJoined, into, rank }) =>
        isJoined && !undone.has(leaf) && rank + 1 === counts[into] && (!joins[into]?.isJoined || undone.has(into)),
    ) as (typeof joins)[number];
    undone.add(last.leaf);
    counts[last.into] = (counts[last.into] as number) - 1;
    actions.unshift((last.leaf * (last.leaf - 1)) / 2 + last.into);
  }
  return actions;
}

const concatenated = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));

function npyOf(environment: Environment, samples: readonly Sample[], trajectories: boolean): Uint8Array {
  const columns = sampleColumns(environment, trajectories);
  return concatenated(
    npyHeader(columns, samples.length),
    npyRows(
      columns,
      samples.map((sample) => columns.map(({ values }) => values(sample))),
    ),
  );
}

/** A way to write a table. */
interface Dialect {
  separator: string;
  end: string;
  mark: string;
  heading(name: string, at: readonly number[]): string;
  cell(value: number): string;
}

const HEADINGS: Dialect["heading"][] = [
  (name, at) => [name, ...at].join("_"),
  (name, at) => (at.length === 0 ? name : `"${name}[${at.join(", ")}]"`),
  (name, at) => [name, ...at].join("."),
  (name, at) => `"${name} ${at.join("-")}"`,
];

const dialects: fc.Arbitrary<Dialect> = fc.record({
  separator: fc.constantFrom(",", "\t", ";", "|"),
  end: fc.constantFrom("\n", "\r\n", "\r"),
  mark: fc.constantFrom("", "\uFEFF"),
  heading: fc.constantFrom(...HEADINGS),
  cell: fc.constantFrom<Dialect["cell"]>(
    String,
    (value) => `"${value}"`,
    (value) => value.toExponential(17),
    (value) => ` ${value} `,
  ),
});

function tableOf(environment: Environment, objects: readonly SampledObject[], dialect: Dialect, order: readonly number[]): string {
  const { separator, end, mark, heading, cell } = dialect;
  const columns = environment.objects.columns.value ?? [];
  const cells = columns.flatMap(({ name, shape, values }) => {
    const size = shape.reduce((product, extent) => product * extent, 1);
    return Array.from({ length: size }, (_, k) => {
      const at = shape.length < 2 ? [k] : [Math.floor(k / (shape[1] as number)), k % (shape[1] as number)];
      return { name: heading(name, at), value: (object: SampledObject) => values(object)[k] ?? -1 };
    });
  });
  const sorted = cells.map((each, n) => ({ each, rank: order[n % order.length] as number })).sort((a, b) => a.rank - b.rank);
  const rows = objects.map((object, n) => [n, ...sorted.map(({ each }) => cell(each.value(object)))]);
  const lines = [["logReward", ...sorted.map(({ each }) => each.name)], ...rows].map((row) => row.join(separator));
  return `${mark}# a comment${end}${lines.join(end)}${end}`;
}

describe.each(ENVIRONMENTS.map((environment) => [environment.title, environment] as const))("objects of %s", (_, environment) => {
  const read = (content: string | Uint8Array) => {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    return encodeObjects(environment, readObjects(environment, { name: "file", bytes }));
  };
  const seeds = fc.record({ count: fc.integer({ min: 1, max: 40 }), seed: fc.integer({ min: 0, max: 2 ** 31 }) });
  const each = (property: (states: Uint32Array, samples: Sample[]) => void) =>
    fc.assert(
      fc.property(seeds, ({ count, seed }) => {
        const { states, samples } = drawn(environment, count, seed);
        property(states, samples);
      }),
      { numRuns: 20, seed: 3 },
    );

  it("are read from JSON lines", () => {
    each((states, samples) => {
      const lines = samples.map(({ object, logReward, actions }) => line({ object, logReward, actions }));
      expect(read(lines.join(""))).toEqual(states);
      expect(read(`\uFEFF${lines.join("").trimEnd().replaceAll("\n", "\r\n")}`)).toEqual(states);
      expect(read(`${samples.map(({ object }) => line(object)).join("")}\n\n`)).toEqual(states);
    });
  });

  it("are read from NumPy's arrays", () => {
    each((states, samples) => {
      if (environment.objects.columns.available) expect(read(npyOf(environment, samples, false))).toEqual(states);
      expect(read(npyOf(environment, samples, true))).toEqual(states);
    });
  });

  it.runIf(environment.objects.columns.available)("are read from tables", () => {
    fc.assert(
      fc.property(
        seeds,
        dialects,
        fc.array(fc.double({ noNaN: true }), { minLength: 3, maxLength: 40 }),
        ({ count, seed }, dialect, order) => {
          const { states, samples } = drawn(environment, count, seed);
          const objects = samples.map(({ object }) => object);
          expect(read(tableOf(environment, objects, dialect, order))).toEqual(states);
        },
      ),
      { numRuns: 40, seed: 4 },
    );
  });
});
