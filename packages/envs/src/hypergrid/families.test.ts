/** Exact facts of the reward families in sizes that no list of cells reaches, and the parameters that they refuse. */
import { describe, expect, it } from "vitest";
import { type HypergridParameters, hypergrid } from "../hypergrid.js";

const z = (parameters: HypergridParameters) => Math.exp(hypergrid(parameters).exactLogZ.value as number);
const mode = (parameters: HypergridParameters) => Math.exp(hypergrid(parameters).modeThreshold as number);

describe("log Z of the reward family", () => {
  it("original counts boxes", () => {
    expect(z({ dimensions: 4, side: 20 })).toBeCloseTo(5672, 8);
    expect(z({ dimensions: 2, side: 8, r0: 0.1 })).toBeCloseTo(22.4, 10);
  });

  it("cosine is a power of the sum along one dimension", () => {
    const along = (z({ dimensions: 1, side: 50, rewardFamily: "cosine" }) - 0.1 * 50) / 0.5;
    expect(z({ dimensions: 9, side: 50, rewardFamily: "cosine", r0: 1e-9 }) / (1e-9 * 50 ** 9 + 0.5 * along ** 9)).toBeCloseTo(1, 10);
  });

  it("sparse counts 2^d - 1 targets", () => {
    expect(z({ dimensions: 10, side: 64, rewardFamily: "sparse", r0: 1e-30 })).toBeCloseTo(1023, 8);
    expect(z({ dimensions: 10, side: 3, rewardFamily: "sparse", r0: 1e-30 })).toBeCloseTo(1, 8);
  });

  it("deceptive counts what is outside of the outer region", () => {
    // Of 16 coordinates 12 are outer, and 2 in the band.
    expect(z({ side: 16, rewardFamily: "deceptive" })).toBeCloseTo(1e-5 * 256 + 0.1 * (256 - 144) + 2 * 4, 10);
    expect(z({ dimensions: 4, side: 16, rewardFamily: "deceptive" })).toBeCloseTo(1e-5 * 16 ** 4 + 0.1 * (16 ** 4 - 12 ** 4) + 2 * 16, 8);
  });

  it("bitwise-xor counts an even share of a side that is a power of two", () => {
    const tiers = { rewardFamily: "bitwise-xor", tierWeights: [1, 10], tierBits: [7, 8], r0: 1e-3 } as const;
    expect(z({ ...tiers, dimensions: 4, side: 256 }) / (2 ** 32 * (1e-3 + 1 / 2 ** 7 + 10 / 2 ** 8))).toBeCloseTo(1, 12);
    expect(z({ ...tiers, dimensions: 6, side: 256, constrainedDimensions: 4 }) / (2 ** 48 * (1e-3 + 1 / 2 ** 7 + 10 / 2 ** 8))).toBeCloseTo(
      1,
      12,
    );
    // Two coordinates with the same lowest bits: 11 are equal, and with three bits 6 more are 8 apart.
    expect(z({ side: 11, rewardFamily: "bitwise-xor", tierWeights: 1, tierBits: 4, r0: 1 })).toBeCloseTo(121 + 11, 10);
    expect(z({ side: 11, rewardFamily: "bitwise-xor", tierWeights: 1, tierBits: 3, r0: 1 })).toBeCloseTo(121 + 11 + 6, 10);
  });

  it("multiplicative counts products of primes", () => {
    // The numbers 2^a 3^b 5^c below 64 with exponents of at most 2.
    const smooth = [1, 2, 3, 4, 5, 6, 9, 10, 12, 15, 18, 20, 25, 30, 36, 45, 50, 60];
    const tiers = { rewardFamily: "multiplicative", tierWeights: [1], r0: 1e-3, side: 64 } as const;
    expect(z({ ...tiers, dimensions: 5, exponentCaps: [2] }) / (1e-3 * 64 ** 5 + smooth.length ** 5)).toBeCloseTo(1, 12);
    const coprime = smooth.flatMap((a) => smooth.filter((b) => [2, 3, 5].every((p) => a % p !== 0 || b % p !== 0))).length;
    expect(z({ ...tiers, neighbours: "coprime" })).toBeCloseTo(1e-3 * 64 ** 2 + coprime, 8);
    // Three coordinates have the least common multiple 9 if all divide it, and one of them is 9.
    expect(z({ ...tiers, dimensions: 3, tierLcms: 9 })).toBeCloseTo(1e-3 * 64 ** 3 + 3 ** 3 - 2 ** 3, 8);
  });
});

describe("modes of the reward family", () => {
  it.each<[HypergridParameters, number]>([
    [{ side: 64, rewardFamily: "cosine" }, 0.1 + 0.5 * (0.8 * Math.sqrt(2 / Math.PI)) ** 2],
    [{ side: 16, rewardFamily: "sparse" }, 1],
    [{ side: 16, rewardFamily: "deceptive" }, 2.00001],
    // No coordinate lies in the band of this side.
    [{ side: 5, rewardFamily: "deceptive", r1: 0.3 }, 0.30001],
    [{ side: 16, rewardFamily: "bitwise-xor" }, 111.001],
    [{ side: 16, rewardFamily: "multiplicative" }, 111.001],
    // The last tier has no cell.
    [{ side: 16, rewardFamily: "multiplicative", tierLcms: [0, 4, 3] }, 11.001],
  ])("%o", (parameters, reward) => {
    expect(mode(parameters)).toBeCloseTo(reward, 10);
  });

  it("cosine are the highest cells of a grid that is too coarse", () => {
    const coarse = hypergrid({ side: 8, rewardFamily: "cosine" });
    expect(coarse.modeThreshold).toBeLessThan(Math.log(0.1 + 0.5 * (0.8 * Math.sqrt(2 / Math.PI)) ** 2));
    const highest = Math.max(...coarse.data.subarray(2));
    expect(coarse.modeThreshold).toBeCloseTo(Math.log(0.1 + 0.5 * highest ** 2), 6);
  });
});

it.each<[object, RegExp]>([
  [{ rewardFamily: "cosin" }, /hypergrid's rewardFamily must be original or cosine or .*, not "cosin"/],
  [{ rewardFamily: "cosine", r2: 1 }, /reward family cosine has no r2; original, deceptive have one/],
  [{ primes: [2] }, /reward family original has no primes; multiplicative has one/],
  [{ rewardFamily: "sparse", r0: 0 }, /r0 must be positive/],
  [{ rewardFamily: "bitwise-xor", constrainedDimensions: 3 }, /constrainedDimensions is 3, more than its dimensions, 2/],
  [{ rewardFamily: "bitwise-xor", tierBits: [3, 2, 4] }, /tierBits must not fall, but 3 comes before 2/],
  [{ rewardFamily: "bitwise-xor", tierWeights: [1, 2] }, /tierBits and tierWeights need one number per tier, but they have 3 and 2/],
  [{ rewardFamily: "bitwise-xor", tierWeights: [1, -2] }, /tierWeights must be 1 to 8 numbers from 0/],
  [{ rewardFamily: "multiplicative", primes: [2, 9] }, /primes must be 1 to 16 primes below 1024, not \[2,9\]/],
  [{ rewardFamily: "multiplicative", primes: [3, 3] }, /primes have 3 twice/],
  [{ rewardFamily: "multiplicative", tierLcms: [4] }, /tierLcms and tierWeights need one number per tier, but they have 1 and 3/],
])("%o is refused", (parameters, message) => {
  expect(() => hypergrid(parameters)).toThrow(message);
});
