import { describe, expect, it } from "vitest";
import { finiteDifference, flatten, type Gin, ginChoices, ginTrajectory, mulberry32, unflatten } from "./index.js";

const TAXA = 4;

/** Two graph layers of 3 and 2 units, with weights of order one. */
function randomGin(seed: number): Gin {
  const random = mulberry32(seed);
  const draw = () => 2 * random() - 1;
  const dense = (inputs: number, outputs: number) => ({
    weight: Array.from({ length: outputs }, () => Array.from({ length: inputs }, draw)),
    bias: Array.from({ length: outputs }, draw),
  });
  return { layers: [dense(TAXA + 1, 3), dense(3, 3), dense(3, 2), dense(2, 2), dense(2, 4), dense(0, 2)] };
}

describe("graph isomorphism network", () => {
  // Joins 2 and 3, then 0 and 1, then both.
  const ACTIONS = [5, 0, 1];

  it("has the gradient that finite differences find", () => {
    const gin = randomGin(1);
    const { score } = ginTrajectory(gin, TAXA, ACTIONS);
    const numeric = finiteDifference((parameters) => ginTrajectory(unflatten(gin, parameters), TAXA, ACTIONS).logForward, flatten(gin));
    score.forEach((value, i) => {
      expect(value).toBeCloseTo(numeric[i]!, 8);
    });
    expect(score.filter((value) => Math.abs(value) > 1e-3).length).toBeGreaterThan(20);
  });

  it("adds up log p_F over the choices of each forest", () => {
    const gin = randomGin(2);
    const start = [0, 1, 2, 3];
    const first = ginChoices(gin, start);
    expect(first.map(({ probability }) => probability).reduce((a, b) => a + b)).toBeCloseTo(1, 12);
    const joins = (forest: unknown) => JSON.stringify(forest);
    const one = first.find(({ next }) => joins(next) === "[0,1,[2,3]]")!;
    const two = ginChoices(gin, one.next).find(({ next }) => joins(next) === "[[0,1],[2,3]]")!;
    expect(ginTrajectory(gin, TAXA, ACTIONS).logForward).toBeCloseTo(Math.log(one.probability * two.probability), 12);
  });

  it("is what counting species by hand gives", () => {
    // h1 of a root is 1 for a leaf, and for a join of two leaves 2 + 1 + 1. q is h1, and g is -1 for every root.
    const counting: Gin = {
      layers: [
        { weight: [[1, 1, 1, 0]], bias: [0] },
        { weight: [[1]], bias: [0] },
        { weight: [[1], [0]], bias: [0, -1] },
        { weight: [[]], bias: [0.5] },
      ],
    };
    const after = ginChoices(counting, [0, 1, 2]);
    expect(after.map(({ probability }) => probability)).toEqual([1 / 3, 1 / 3, 1 / 3].map((p) => expect.closeTo(p, 12)));
    // Roots with q = 1, 1, 4 and context -3: x = -1, 2, 2.
    const four: Gin = { layers: [{ weight: [[1, 1, 1, 1, 0]], bias: [0] }, ...counting.layers.slice(1)] };
    const weights = [0.01 * -1, 2, 2].map((x) => Math.exp(0.5 * x));
    const sum = weights.reduce((a, b) => a + b);
    expect(ginChoices(four, [0, 1, [2, 3]]).map(({ probability }) => probability)).toEqual(weights.map((w) => expect.closeTo(w / sum, 12)));
  });
});
