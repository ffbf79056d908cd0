/** log Z and exact samples of the Ising model, beside all configurations, Kaufman's formula, and the known levels of the 4 × 4 torus. */
import { type IsingParameters, ising } from "@webgfn/envs";
import { isingLogZ, latticePairs, torusLogZ } from "@webgfn/reference";
import { describe, expect, it } from "vitest";

const logZ = (parameters: IsingParameters): number => {
  const { exactLogZ } = ising(parameters);
  if (!exactLogZ.available) throw new Error(exactLogZ.reason);
  return exactLogZ.value;
};

describe("log Z of the Ising model", () => {
  it.each<IsingParameters>([
    { rows: 1, columns: 1, field: 0.7 },
    { rows: 1, columns: 9, coupling: 0.8 },
    { rows: 9, columns: 1, coupling: -0.8, field: 0.3 },
    { rows: 2, columns: 2 },
    { rows: 3, columns: 3, coupling: -0.5 },
    { rows: 2, columns: 6, coupling: 1.3, field: -0.4 },
    { rows: 4, columns: 3, boundary: "free", coupling: 0.9 },
    { rows: 3, columns: 4, boundary: "free", field: 2 },
    { rows: 4, columns: 4, coupling: 5 },
    { rows: 4, columns: 4, coupling: -0.44, field: 0.2 },
  ])("is that of all configurations: %o", (parameters) => {
    const { rows = 4, columns = 4, boundary = "periodic", coupling = 0.4, field = 0 } = parameters;
    const bonds = latticePairs(rows, columns, boundary === "periodic").map((sites) => ({ sites, coupling }));
    expect(logZ(parameters)).toBeCloseTo(isingLogZ({ sites: rows * columns, bonds, field }), 9);
  });

  it("is that of the known levels of the 4 × 4 torus", () => {
    // Number of configurations whose bonds add up to 32, 24, 20, … 0, and the same below 0.
    const levels = [
      [32, 2],
      [24, 32],
      [20, 64],
      [16, 424],
      [12, 1728],
      [8, 6688],
      [4, 13568],
      [0, 20524],
    ] as const;
    for (const coupling of [0.1, 0.44, 1]) {
      const z = levels.reduce((sum, [level, count]) => sum + count * (level === 0 ? 1 : 2 * Math.cosh(level * coupling)), 0);
      expect(logZ({ coupling })).toBeCloseTo(Math.log(z), 10);
    }
  });

  it.each([
    [3, 5, 0.2],
    [4, 4, 0.6],
    [10, 10, 0.44],
    [12, 12, 0.3],
    [40, 7, 0.5],
  ])("of a %i × %i torus with J = %d is Kaufman's", (rows, columns, coupling) => {
    const expected = torusLogZ(rows, columns, coupling);
    expect(logZ({ rows, columns, coupling }) / expected).toBeCloseTo(1, 11);
    // A torus lies on its side as well.
    expect(logZ({ rows: columns, columns: rows, coupling }) / expected).toBeCloseTo(1, 11);
  });

  it("of drawn bonds does not depend on which side is longer, nor on rotations that they do not have", () => {
    // On a ring the field alone tells sites apart: products of 2 × 2 matrices.
    const ring = { rows: 1, columns: 12, disorder: "normal", coupling: 1, field: 0.3, dataSeed: 5 } as const;
    const bonds = [...ising(ring).data].filter((_, k) => k % 2 === 1);
    const product = bonds.reduce(
      ([a, b, c, d], j) => {
        const [same, up, down] = [Math.exp(j), Math.exp(0.3), Math.exp(-0.3)];
        return [
          a! * same * down + (b! * down) / same,
          (a! * up) / same + b! * same * up,
          c! * same * down + (d! * down) / same,
          (c! * up) / same + d! * same * up,
        ];
      },
      [1, 0, 0, 1],
    );
    expect(logZ(ring)).toBeCloseTo(Math.log(product[0]! + product[3]!), 6);
    // Signs that a change of the spins' signs takes away leave log Z of a chain as it is.
    expect(logZ({ rows: 1, columns: 9, boundary: "free", disorder: "signs" })).toBeCloseTo(
      logZ({ rows: 1, columns: 9, boundary: "free" }),
      12,
    );
  });

  it("says where it is not summed up", () => {
    for (const parameters of [
      { rows: 13, columns: 13 },
      { rows: 32, columns: 32 },
      { rows: 12, columns: 12, disorder: "normal", field: 0.1 },
    ] as const) {
      const { exactLogZ, exactSampling } = ising(parameters);
      expect(exactLogZ.reason).toMatch(/^\d+ × \d+ spins are more than a transfer matrix sums up here: up to 12 × 12/);
      expect(exactSampling.reason).toBe(exactLogZ.reason);
    }
    expect(ising({ rows: 85, columns: 12, boundary: "free" }).exactLogZ.available).toBe(true);
    expect(ising({ rows: 10, columns: 10, disorder: "normal", field: 0.1 }).exactLogZ.available).toBe(true);
  });
});

it("exact samples of a larger torus have its mean energy, the derivative of log Z", () => {
  const at = (coupling: number) => logZ({ rows: 6, columns: 5, coupling });
  const energy = (at(0.301) - at(0.299)) / 0.002;
  const environment = ising({ rows: 6, columns: 5, coupling: 0.3 });
  const count = 4000;
  const states = environment.exactSampling.value!(count, 3);
  const pairs = latticePairs(6, 5, true);
  const energies = Array.from({ length: count }, (_, n) => {
    const { spins } = environment.decode(states.subarray(n * environment.stateWords, (n + 1) * environment.stateWords));
    return pairs.reduce((sum, [i, j]) => sum + spins[i]! * spins[j]!, 0);
  });
  const mean = energies.reduce((sum, value) => sum + value, 0) / count;
  const deviation = Math.sqrt(energies.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count);
  expect(Math.abs(mean - energy)).toBeLessThan((4 * deviation) / Math.sqrt(count));
});

describe("modes of the Ising model", () => {
  const highest = (parameters: IsingParameters) => {
    const { modeThreshold } = ising(parameters);
    return modeThreshold === undefined ? undefined : modeThreshold + Math.LN2;
  };

  it("have at least half the reward of spins that satisfy every bond", () => {
    expect(highest({ coupling: 0.4, field: 0.1 })).toBeCloseTo(32 * 0.4 + 16 * 0.1, 10);
    expect(highest({ coupling: 0.4, field: -0.1 })).toBeCloseTo(32 * 0.4 + 16 * 0.1, 10);
    expect(highest({ coupling: -0.4 })).toBeCloseTo(32 * 0.4, 10);
    expect(highest({ rows: 2, columns: 2, coupling: 1 })).toBeCloseTo(4, 10);
  });

  it("are unknown where bonds are frustrated", () => {
    expect(highest({ coupling: -0.4, field: 0.1 })).toBeUndefined();
    expect(highest({ rows: 3, columns: 3, coupling: -0.4 })).toBeUndefined();
    expect(highest({ disorder: "signs" })).toBeUndefined();
  });
});

it.each<[object, RegExp]>([
  [{ rows: 40, columns: 40 }, /ising has at most 1024 sites, but 40 × 40 are 1600/],
  [{ coupling: 6 }, /ising's coupling must be a number from -5 to 5, not 6/],
  [{ boundary: "open" }, /ising's boundary must be periodic or free, not "open"/],
  [{ disorder: "gauss" }, /ising's disorder must be none or signs or normal/],
])("%o is refused", (parameters, message) => {
  expect(() => ising(parameters)).toThrow(message);
});

it.each<[object, RegExp]>([
  [{ spins: [1, 1, 1] }, /cannot reach .*: it has 4 spins, not 3/],
  [{ spins: [1, 0, 1, 1] }, /a spin is -1 or 1, not 0/],
  [{ sites: [] }, /needs a list "spins"/],
])("%o is no object", (object, message) => {
  expect(() => ising({ rows: 2, columns: 2 }).encode!(object as never)).toThrow(message);
});
