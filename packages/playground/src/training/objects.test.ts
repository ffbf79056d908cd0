import { dags, gaussianMixture, hypergrid, phylogenetics, sequences, sets } from "@webgfn/envs";
import { describe, expect, it } from "vitest";
import { stepsOf } from "./objects.js";

const bits = (...values: number[]) => [...new Uint32Array(Float32Array.from(values).buffer)];

describe("the steps of a trajectory", () => {
  it.each([
    [hypergrid({ side: 4 }), [0, 1, 0, 2], ["right, to (1, 0)", "up, to (1, 1)", "right, to (2, 1)", "stop at (2, 1)"]],
    [sets({ items: 4, size: 2 }), [3, 1], ["add item 3: {3}", "add item 1: {1, 3}"]],
    [sequences({ symbols: 3, length: 4 }), [2, 0, 3], ["append C: C", "append A: CA", "stop: CA"]],
    [dags({ variables: 3, samples: 20 }), [1, 5, 9], ["add x0→x1", "add x1→x2", "stop: x0→x1, x1→x2"]],
    [gaussianMixture(), bits(0.5, -2), ["coordinate 1 is 0.50", "coordinate 2 is -2.00"]],
  ])("of $title", (environment, actions, steps) => {
    expect(stepsOf(environment, actions).steps).toEqual(steps);
  });

  it("of trees join what was joined before", () => {
    const environment = phylogenetics({ species: 4, sites: 5 });
    const [a, b, c, d] = environment.alignment.names;
    // Pairs by their number: (0, 1), (0, 2), (1, 2), (0, 3) …
    const { steps } = stepsOf(environment, [2, 3, 0]);
    expect(steps).toEqual([`join ${b} and ${c}`, `join ${a} and ${d}`, `join (${a},${d}) and (${b},${c})`]);
  });

  it("lead somewhere on the map", () => {
    expect(stepsOf(hypergrid({ side: 4 }), [0, 1, 2]).path).toEqual([
      [0, 0],
      [1, 0],
      [1, 1],
      [1, 1],
    ]);
    expect(stepsOf(gaussianMixture(), bits(0.5, -2)).path).toEqual([
      [0, 0],
      [0.5, 0],
      [0.5, -2],
    ]);
  });
});
