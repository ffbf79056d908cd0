import { expect, it } from "vitest";
import { axisOf, flattened } from "./setting-axes.js";

it("orders numbers, and keeps other values as they come", () => {
  const { axis, at } = axisOf("learningRate", [0.01, 0.001, 0.01]);
  expect([axis.values, axis.numbers, at]).toEqual([
    ["0.001", "0.01"],
    [0.001, 0.01],
    [1, 0, 1],
  ]);
  const names = axisOf("objective", ["tb", undefined, "db"]);
  expect([names.axis.values, names.axis.numbers, names.at]).toEqual([["tb", "default", "db"], undefined, [0, 1, 2]]);
});

it("puts many numbers into ranges of as many values each", () => {
  const { axis } = axisOf(
    "learningRate",
    Array.from({ length: 100 }, (_, k) => k + 1),
  );
  expect(axis.classes).toEqual(["1 to 20", "21 to 40", "41 to 60", "61 to 80", "81 to 100"]);
  expect([axis.classOf[19], axis.classOf[20], axis.classOf[99]]).toEqual([0, 1, 4]);
});

it("tells files of one name apart, and cuts what is long", () => {
  const files = ["a", "b"].map((text) => ({ name: "data.csv", text }));
  expect(axisOf("env.data", files).axis.values).toEqual(["data.csv", "data.csv (2)"]);
  expect(axisOf("policy", ["x".repeat(1000), "y"]).axis.values[0]?.length).toBeLessThan(100);
});

it("makes parameters keys of their own", () => {
  expect(flattened({ env: { items: 8 }, policyParameters: { depth: 2 }, "env.size": 3, seed: 0 })).toEqual({
    "env.items": 8,
    "policy.depth": 2,
    "env.size": 3,
    seed: 0,
  });
});
