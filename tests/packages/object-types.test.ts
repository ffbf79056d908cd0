/** The types of objects, from an environment to its samples; `tsc -p tests` is what checks them. */
import {
  defineEnvironment,
  type Environment,
  type GraphObject,
  hypergrid,
  phylogenetics,
  type SampledObject,
  sequences,
  sets,
} from "@webgfn/envs";
import type { AnyObject } from "@webgfn/runs";
import { loadSampler, type Sampler, type SamplerOptions } from "@webgfn/sampler";
import type { EnumeratedObject, enumerateObjects } from "@webgfn/trainer";
import { expect, expectTypeOf, it } from "vitest";
import { dags, loadSampler as loadAny, makeEnvironment } from "webgfn";

const SIZES = { name: "own", shader: "", stateWords: 1, actions: 1, horizon: 1, features: 1 };

it("of environments are those that decode gives", () => {
  expectTypeOf(sets).returns.toEqualTypeOf<Environment<{ items: number[] }>>();
  expectTypeOf(hypergrid).returns.toEqualTypeOf<Environment<{ coordinates: number[] }>>();
  expectTypeOf(phylogenetics).returns.toExtend<Environment<{ newick: string }>>();
  expectTypeOf(dags).returns.toExtend<Environment<GraphObject>>();
  expectTypeOf(makeEnvironment).returns.toEqualTypeOf<Environment>();
  // Every environment can stand where any will do.
  expectTypeOf<Environment<{ items: number[] }>>().toExtend<Environment>();
  const own = () => defineEnvironment({ ...SIZES, decode: ([word = 0]) => ({ word }), objects: { text: ({ word }) => word.toFixed() } });
  expectTypeOf(own).returns.toEqualTypeOf<Environment<{ word: number }>>();
  expectTypeOf(() => defineEnvironment(SIZES)).returns.toEqualTypeOf<Environment<{ words: number[] }>>();
  // @ts-expect-error: the object has no such field
  expect(() => defineEnvironment({ ...SIZES, decode: () => ({ a: 1 }), objects: { text: ({ b }) => String(b) } })).toThrow("lacks");
});

it("of samples are the environment's", () => {
  expectTypeOf<Parameters<typeof Sampler.create<{ items: number[] }>>[1]>().toEqualTypeOf<SamplerOptions<{ items: number[] }>>();
  expectTypeOf<Awaited<ReturnType<Sampler<{ items: number[] }>["sample"]>>[number]["object"]>().toEqualTypeOf<{ items: number[] }>();
  expectTypeOf(() => loadSampler("", { environments: { sets } })).returns.resolves.toEqualTypeOf<Sampler<{ items: number[] }>>();
  expectTypeOf(() => loadSampler("", { environments: { sets, sequences } })).returns.resolves.toEqualTypeOf<
    Sampler<{ items: number[] } | { symbols: number[] }>
  >();
  expectTypeOf(() => loadAny("")).returns.resolves.toEqualTypeOf<Sampler<AnyObject>>();
  expectTypeOf(() => loadAny("", { seed: 1 })).returns.resolves.toEqualTypeOf<Sampler<AnyObject>>();
  expectTypeOf(() => loadAny("", { environments: { hypergrid } })).returns.resolves.toEqualTypeOf<Sampler<{ coordinates: number[] }>>();
  expectTypeOf<Awaited<ReturnType<typeof enumerateObjects<{ items: number[] }>>>>().toEqualTypeOf<
    EnumeratedObject<{ items: number[] }>[]
  >();
  expectTypeOf<EnumeratedObject["object"]>().toEqualTypeOf<SampledObject>();
});

it("of capabilities can be read without narrowing", () => {
  const { exactLogZ, enumeration } = sets({ items: 30 });
  expectTypeOf(exactLogZ.value).toEqualTypeOf<number | undefined>();
  expect(exactLogZ.value?.toFixed(1)).toMatch(/^\d\d\.\d$/);
  expect(enumeration.value).toBeUndefined();
  if (!enumeration.available) expectTypeOf(enumeration.reason).toEqualTypeOf<string>();
});
