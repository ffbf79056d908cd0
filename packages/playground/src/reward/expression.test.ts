import { environmentDeclarations } from "@webgfn/envs";
import { afterEach, describe, expect, it, vi } from "vitest";
import { expressionOf, parametersOf } from "../settings.js";
import { liveEnvironment } from "../target.js";
import { compileExpression, ExpressionError } from "./expression.js";

/** What goes wrong, with the advice. */
function problemOf(action: () => unknown): string {
  try {
    action();
  } catch (cause) {
    expect(cause).toBeInstanceOf(ExpressionError);
    const { message, fix } = cause as ExpressionError;
    return `${message}; ${fix}`;
  }
  throw new Error("nothing was wrong");
}

describe("an expression", () => {
  it("gives log R by an object's fields", () => {
    const logReward = compileExpression("items.reduce((sum, i) => sum + i, 0) / 10 // per item", ["items"]);
    expect(logReward({ items: [1, 4] })).toBe(0.5);
    expect(logReward({ items: [] })).toBe(0);
    expect(compileExpression("a > 1 ? Math.log(b) : -b", ["a", "b"])({ a: 2, b: 1 })).toBe(0);
  });

  it("is compiled without being run", () => {
    compileExpression("(() => { throw new Error('run') })()", ["items"]);
    compileExpression("(() => { for (;;); })()", ["items"]);
  });

  it.each(["items.reduce(", "return 3", "let a = 3", "1; 2", "1); (2", "1], [2", "", "// nothing", "items.length)", "3 +"])(
    "is refused where it is none: %s",
    (text) => {
      expect(problemOf(() => compileExpression(text, ["items"]))).toMatch(
        /^is not one that can be compiled: .+; write one JavaScript expression of items$/,
      );
    },
  );

  it.each([
    ["itms.length", "failed (itms is not defined); name only items, and what JavaScript has, such as Math"],
    ["(() => { throw new Error('too far') })()", "failed (too far); undefined"],
    ["(() => { throw 'a word' })()", 'failed ("a word"); undefined'],
    ["items = [1]", "gave [1]; give every object a finite number, log R"],
    ["leak = 3", "failed (leak is not defined); name only items, and what JavaScript has, such as Math"],
    ["items[9] * 2", "gave NaN; give every object a finite number, log R"],
    ["Math.log(0)", "gave -Infinity; give objects without reward a low log R, such as -50"],
    ["1e39", "gave 1e+39; give every object a finite number, log R"],
    ["items[9]", "gave undefined; give every object a finite number, log R"],
    ["'3'", 'gave "3"; give every object a finite number, log R'],
    ["3n", "gave the BigInt 3; give every object a finite number, log R"],
    ["items.length > 1", "gave true; give every object a finite number, log R"],
    ["(set) => set.items.length", "gave a function; give every object a finite number, log R"],
    ["Symbol('a')", "gave Symbol(a); give every object a finite number, log R"],
    ["Promise.resolve(1)", "gave a promise; give every object a finite number, log R"],
  ])("says what is wrong where it gives no number: %s", (text, words) => {
    expect(problemOf(() => compileExpression(text, ["items"])({ items: [1, 2] }))).toBe(words);
  });
});

describe("a page that may not compile", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it("says so, and not that the expression is wrong", () => {
    const Forbidden = class {
      constructor() {
        throw new EvalError("the policy forbids it.\n");
      }
    };
    vi.stubGlobal("Function", Forbidden);
    expect(problemOf(() => compileExpression("items.length", ["items"]))).toBe(
      "cannot be compiled, because this page may not: the policy forbids it; undefined",
    );
  });
});

describe("the example of an environment", () => {
  const offered = Object.keys(environmentDeclarations).filter((name) => expressionOf(name) !== undefined);

  it("is there for grids, and for sets and sequences of all kinds", () => {
    expect(offered.sort()).toEqual([
      "bit-sequences",
      "hypergrid",
      "knapsack",
      "perfect-binary-tree",
      "prepend-append",
      "sequences",
      "sets",
    ]);
  });

  it.each(offered)("names the fields of its objects: %s", (name) => {
    const { decode, stateWords, exactSampling } = liveEnvironment(name, parametersOf(name));
    const { names = [], example = "" } = expressionOf(name) ?? {};
    if (!exactSampling.available) throw new Error("no samples");
    const states = exactSampling.value(50, 0);
    const values = Array.from({ length: 50 }, (_, n) => {
      const object = decode(states.subarray(n * stateWords, (n + 1) * stateWords));
      expect(Object.keys(object)).toEqual(names);
      return compileExpression(example, names)(object as Record<string, unknown>);
    });
    expect(new Set(values).size).toBeGreaterThan(1);
  });
});
