import { describe, expect, it } from "vitest";
import {
  finiteDifference,
  flatten,
  logits,
  logProbabilities,
  type Mlp,
  mulberry32,
  parameterCount,
  randomMlp,
  scoreGradient,
  sum,
  unflatten,
} from "./index.js";

describe("the network", () => {
  it("agrees with a hand calculation, LeakyReLU between the layers and none after the last", () => {
    const mlp: Mlp = {
      layers: [
        {
          weight: [
            [1, 2],
            [-3, 1],
          ],
          bias: [0.5, -1],
        },
        {
          weight: [
            [1, 1],
            [-2, 100],
          ],
          bias: [0, 0.25],
        },
      ],
    };
    // Hidden: 1 + 2*2 + 0.5 = 5.5 and -3 + 2 - 1 = -2 -> -0.02. Outputs: 5.48 and -11 - 2 + 0.25 = -12.75.
    const [first, second] = logits(mlp, [1, 2]);
    expect(first).toBeCloseTo(5.48, 12);
    expect(second).toBeCloseTo(-12.75, 12);
  });

  it("gives masked actions no probability and the others all of it", () => {
    const mlp = randomMlp([3, 4, 5], mulberry32(1));
    const allowed = [true, false, true, true, false];
    const values = logProbabilities(mlp, [1, 0, 1], allowed);
    expect(sum(values.map(Math.exp))).toBeCloseTo(1, 12);
    expect(values[1]).toBe(-Infinity);
    expect(values[4]).toBe(-Infinity);
    const raw = logits(mlp, [1, 0, 1]);
    expect(values[2]! - values[0]!).toBeCloseTo(raw[2]! - raw[0]!, 12);
  });

  it("flattens layer by layer, weights row-major and then biases, and back", () => {
    const mlp: Mlp = {
      layers: [
        {
          weight: [
            [1, 2],
            [3, 4],
            [5, 6],
          ],
          bias: [7, 8, 9],
        },
        { weight: [[10, 11, 12]], bias: [13] },
      ],
    };
    expect([...flatten(mlp)]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
    expect(parameterCount(mlp)).toBe(13);
    expect(unflatten(mlp, flatten(mlp))).toEqual(mlp);
  });

  it("draws within ±1/sqrt(fan in), on both sides", () => {
    const { layers } = randomMlp([16, 25, 4], mulberry32(2));
    layers.forEach((layer, index) => {
      const bound = 1 / Math.sqrt([16, 25][index]!);
      const entries = [...layer.weight.flat(), ...layer.bias];
      expect(Math.max(...entries)).toBeLessThanOrEqual(bound);
      expect(Math.min(...entries)).toBeGreaterThanOrEqual(-bound);
      expect(Math.max(...entries)).toBeGreaterThan(0.9 * bound);
      expect(Math.min(...entries)).toBeLessThan(-0.9 * bound);
    });
  });
});

describe("the score", () => {
  const features = [1, -0.5, 0, 2];
  const allowed = [true, false, true, true, false];
  for (const hidden of [[], [6], [6, 5]]) {
    for (const action of [0, 2, 3]) {
      it(`is the derivative of the log probability (hidden layers [${hidden}], action ${action})`, () => {
        const mlp = randomMlp([4, ...hidden, 5], mulberry32(3));
        const score = scoreGradient(mlp, features, allowed, action);
        const numerical = finiteDifference(
          (parameters) => logProbabilities(unflatten(mlp, parameters), features, allowed)[action]!,
          flatten(mlp),
        );
        expect(score).toBeAllClose(numerical, { absolute: 1e-9 });
      });
    }
  }

  it("averages to zero under the policy", () => {
    const mlp = randomMlp([4, 6, 5], mulberry32(4));
    const probabilities = logProbabilities(mlp, features, allowed).map(Math.exp);
    const average = new Float64Array(parameterCount(mlp));
    for (const action of [0, 2, 3]) {
      scoreGradient(mlp, features, allowed, action).forEach((entry, i) => {
        average[i]! += probabilities[action]! * entry;
      });
    }
    expect(average).toBeAllClose(new Float64Array(average.length), { absolute: 1e-14 });
  });
});
