/** Phylogenetic trees with branch lengths: their marginal likelihood beside the sum over all, their texts, and what is refused. */
import { encodeObjects, phylogenetics, withReward } from "@webgfn/envs";
import { makeObjective } from "@webgfn/objectives";
import { logSumExp, terminalStates } from "@webgfn/reference";
import { mlp } from "@webgfn/sampler";
import { fullEvaluation, Trainer } from "@webgfn/trainer";
import { describe, expect, it } from "vitest";
import { testDevice } from "./device.js";
import { twin } from "./twins.js";

const SMALL = { species: 4, sites: 12, branchBins: 2, binWidth: 0.2 } as const;
const trees = (texts: string[]) => texts.map((newick) => ({ newick }));

describe("branch lengths", () => {
  it("have a marginal likelihood that importance weights estimate", async () => {
    const environment = phylogenetics(SMALL);
    const { reference } = twin(environment);
    // 15 trees with two lengths for each of 5 branches, and (2·4 − 3)!! = 15 trees in the prior.
    const rewards = terminalStates(reference).map((state) => reference.logReward(state));
    expect(rewards).toHaveLength(15 * 2 ** 5);
    const exact = logSumExp(rewards) + environment.logRewardOffset - Math.log(15);
    const trainer = await Trainer.create(await testDevice(), {
      environment,
      policy: mlp({ hidden: [32, 32] }),
      objective: makeObjective("renyi"),
      batchSize: 64,
      steps: 400,
      learningRate: 3e-3,
    });
    for await (const _ of trainer.run({ evaluateEvery: 400 }));
    const [replica] = (await fullEvaluation(trainer, { objects: 8192 })).replicas;
    const { marginalLogLikelihood, marginalLogLikelihoodError, effectiveSampleSize } = replica!;
    console.log(`marginal ${marginalLogLikelihood} ± ${marginalLogLikelihoodError}, exact ${exact}, ESS ${effectiveSampleSize}`);
    expect(effectiveSampleSize).toBeGreaterThan(0.3);
    expect(marginalLogLikelihoodError).toBeLessThan(0.02);
    expect(Math.abs(marginalLogLikelihood! - exact)).toBeLessThan(4 * marginalLogLikelihoodError!);
    trainer.dispose();
  });

  it("are one case of data with a marginal likelihood: trees with equal branches are another", () => {
    const environment = phylogenetics({ species: 5 });
    if (!environment.exactLogZ.available) throw new Error(environment.exactLogZ.reason);
    expect(environment.marginalOffset).toBeCloseTo(environment.logRewardOffset - Math.log(105), 12);
    expect(phylogenetics({ species: 5, score: "parsimony" }).marginalOffset).toBeUndefined();
    expect(withReward(environment, { beta: 2 }).marginalOffset).toBeUndefined();
  });

  it("are written in one way, and read in any", () => {
    const environment = phylogenetics({ ...SMALL, branchBins: 50, binWidth: 0.004 });
    const read = (newick: string) => environment.decode(encodeObjects(environment, [{ newick }])).newick;
    const written = "((s0:0.002,s3:0.198):0.01,(s1:0.006,s2:0.05):0);";
    expect(read(written)).toBe(written);
    // The root may be anywhere on its branch.
    expect(read("((s2:0.05,s1:6e-3):.004,(s3:0.198,s0:0.002)x:.006)root;")).toBe(written);
  });

  it.each([
    ["((s0:0.002,s3:0.2):0.01,(s1:0.006,s2:0.05):0);", "a branch of length 0.2 is no bin's; the closest is 0.198"],
    ["((s0:0.002,s3:0.004):0.01,(s1:0.006,s2:0.05):0);", "a branch of length 0.004 is no bin's; the closest is 0.0"],
    ["((s0:0.002,s3:-1):0.01,(s1:0.006,s2:0.05):0);", "a branch of length -1 is no bin's; the closest is 0.002"],
    ["((s0:0.002,s3):0.01,(s1:0.006,s2:0.05):0);", 'a branch above "s3" has no length'],
    ["((s0:0.002,s3:0.002):0.01,(s1:0.006,s2:0.05));", 'a branch above "s1" has no length'],
  ])("refuse %s", (newick, reason) => {
    const environment = phylogenetics({ ...SMALL, branchBins: 50, binWidth: 0.004 });
    expect(() => encodeObjects(environment, trees([newick]))).toThrow(reason);
  });

  it("have finite priors where far bins are next to impossible", () => {
    const environment = phylogenetics({ ...SMALL, branchBins: 3, binWidth: 10, branchPrior: 1e4 });
    expect(environment.data.every(Number.isFinite)).toBe(true);
    // The first bin has all of the prior, and the second e^−100,000 of it.
    expect([...environment.data.subarray(0, 9)].filter((_, n) => n % 3 === 2)).toEqual([0, 0, -1e5]);
  });

  it.each([
    ["too many bins", { branchBins: 64 }, /branchBins/],
    ["a width without bins", { binWidth: 0.1 }, "phylogenetics' binWidth belongs to branchBins"],
    ["a prior without bins", { branchPrior: 1, branchBins: 0 }, /branchPrior belongs to branchBins/],
    ["parsimony", { branchBins: 5, score: "parsimony" }, /knows no branch lengths/],
    ["a rate of real data", { branchBins: 5, rate: 1, alignment: { name: "a.fasta", text: ">a\nA\n>b\nA\n>c\nA\n" } }, /has no rate/],
  ] as const)("refuse %s", (_, parameters, message) => expect(() => phylogenetics(parameters)).toThrow(message));
});
