/** Values of any kind in the place of arguments: every public function gives a typed error or a result. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as check from "@webgfn/check";
import * as envs from "@webgfn/envs";
import * as objectives from "@webgfn/objectives";
import * as report from "@webgfn/report";
import * as runs from "@webgfn/runs";
import * as runFolders from "@webgfn/runs/node";
import * as sampler from "@webgfn/sampler";
import * as element from "@webgfn/sampler/element";
import * as tensor from "@webgfn/tensor";
import * as dawn from "@webgfn/tensor/node";
import * as trainer from "@webgfn/trainer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as webgfn from "webgfn";

const PACKAGES: Readonly<Record<string, object>> = {
  tensor,
  dawn,
  envs,
  objectives,
  sampler,
  element,
  trainer,
  check,
  runs,
  runFolders,
  report,
  webgfn,
};

/** A value within itself, deeper than recursion goes. */
function nested(wrap: (value: unknown) => unknown): unknown {
  let value: unknown = {};
  for (let depth = 0; depth < 20_000; depth++) value = wrap(value);
  return value;
}

const circular: Record<string, unknown> = {};
circular["self"] = circular;

const VALUES: readonly (readonly [string, unknown])[] = [
  ["nothing", undefined],
  ["null", null],
  ["a number", 5],
  ["a number beyond all sizes", 1e300],
  ["NaN", Number.NaN],
  ["a whole number without limits", 5n],
  ["a text", "x"],
  ["the name of a member of every object", "constructor"],
  ["the name of the prototype", "__proto__"],
  ["a symbol", Symbol("s")],
  ["a function", () => {}],
  ["an object", {}],
  ["an object without a prototype", Object.create(null)],
  ["an object that names a prototype", JSON.parse('{"__proto__": {"a": 1}}')],
  ["an object that is no text", { toString: 1 }],
  ["an object with members of other kinds", { name: 1, parameters: 5, environment: 3, tensors: 7, configuration: {} }],
  ["a list", []],
  ["a list of the name that is wanted", ["tb"]],
  ["objects in objects", nested((a) => ({ a }))],
  ["lists in lists", nested((a) => [a])],
  ["an object in itself", circular],
];

/** Classes are made by functions of theirs, or by methods of others; their constructors are for those. `openDevice` opens one. */
const LEFT_OUT = ["openDevice"];

function callsOf(members: object): [string, (...values: unknown[]) => unknown][] {
  return Object.entries(members).flatMap(([name, member]): [string, (...values: unknown[]) => unknown][] => {
    if (typeof member !== "function" || LEFT_OUT.includes(name)) return [];
    if (!/^class\b/.test(Function.prototype.toString.call(member))) return [[name, member as () => unknown]];
    const methods = Object.getOwnPropertyNames(member).filter((key) => typeof (member as never)[key] === "function" && key !== "compile");
    return methods.map((key) => [
      `${name}.${key}`,
      (...values) => (member as never as Record<string, () => unknown>)[key]?.call(member, ...(values as [])),
    ]);
  });
}

/** The error that a call ends with, at once or later. */
async function errorOf(call: () => unknown): Promise<unknown> {
  try {
    await call();
    return undefined;
  } catch (error) {
    return error;
  }
}

// Names of folders are relative: what is made is made here.
const before = process.cwd();
const root = mkdtempSync(join(tmpdir(), "webgfn-foreign-"));
beforeAll(() => process.chdir(root));
afterAll(() => {
  process.chdir(before);
  rmSync(root, { recursive: true });
});

describe.each(Object.entries(PACKAGES))("%s", (_, members) => {
  const calls = callsOf(members);

  it.each(calls)("%s", async (name, call) => {
    for (const [what, value] of VALUES) {
      for (const values of [[value], [value, value], [{}, value]]) {
        const error = await errorOf(() => call(...values));
        if (error === undefined) continue;
        expect(error, `${name} with ${what}: ${error instanceof Error ? error.stack : ""}`).toBeInstanceOf(tensor.WebgfnError);
        expect((error as Error).message.length, `${name} with ${what}`).toBeLessThan(2000);
      }
    }
  });
});

describe("names", () => {
  it.each([
    ["makeObjective", objectives.makeObjective, ["tb"]],
    ["findEstimator", objectives.findEstimator, ["loo"]],
    ["makeEnvironment", envs.makeEnvironment, ["sets"]],
    ["makePolicy", sampler.makePolicy, ["mlp"]],
  ] as const)("of %s must be texts: a list that reads like one is none", (_, make, list) => {
    expect(() => make(list as never)).toThrow(/is not an? \w+; choose from/);
  });
});

describe("a checkpoint", () => {
  const model = (configuration: object) => () =>
    sampler.trainedModel(
      {
        step: 0,
        tensors: {},
        configuration: JSON.stringify({ environment: "dags", env: {}, policy: "mlp", replicas: 1, ...configuration }),
      },
      { dags: envs.dags },
    );

  it.each([
    ["more replicas than any memory holds", { replicas: 1e300 }],
    ["as many replicas as no tensor has", { replicas: 2 ** 52 }],
    ["no replicas", { replicas: 0 }],
    ["parameters that are objects", { env: { variables: 2, score: { toString: 1 } } }],
    ["parameters without a prototype", { env: { constructor: 1 } }],
    ["an environment from the prototype", { environment: "constructor" }],
    ["a policy from the prototype", { policy: "constructor" }],
  ])("of %s is refused", async (_, configuration) => {
    await expect(model(configuration)()).rejects.toThrow(tensor.WebgfnError);
  });
});
