/** Policies that lose a part of the target: what the metrics read, and what the diagnosis says. */
import { hypergrid } from "@webgfn/envs";
import { makeObjective } from "@webgfn/objectives";
import { mlp } from "@webgfn/sampler";
import { initialWeights } from "@webgfn/sampler/internal";
import { diagnose, evaluateModel, type Progress, Trainer } from "@webgfn/trainer";
import { describe, expect, it, vi } from "vitest";
import { testDevice } from "./device.js";
import { networkOf } from "./helpers.js";

vi.setConfig({ testTimeout: 300_000 });

describe("a sparse hypergrid", () => {
  // Four corners have nearly all of the target. Without exploration, two of these seeds end with fewer.
  const environment = hypergrid({ side: 8, r0: 1e-4 });
  const exactLogZ = environment.exactLogZ.available ? environment.exactLogZ.value : 0;
  const settings = { objective: "reverse-kl", estimator: "paper", exploration: 0, steps: 300, hidden: [16, 16] };

  it("trained by the reverse KL without exploration is diagnosed with the corners that it lost, and with nothing else", async () => {
    const trainer = await Trainer.create(await testDevice(), {
      environment,
      policy: mlp({ hidden: [16, 16] }),
      objective: makeObjective("reverse-kl"),
      learningRate: 0.01,
      batchSize: 64,
      steps: 300,
      replicas: 4,
    });
    const history: Progress[] = [];
    for await (const evaluation of trainer.run({ evaluateEvery: 50 })) history.push(evaluation);
    trainer.dispose();
    const { step, replicas } = history.at(-1)!;
    const found = diagnose({ step, replicas }, { exactLogZ, settings, history });
    const lost = new Set(found.filter(({ kind }) => kind === "lost-mass").flatMap(({ replicas: which }) => which));
    expect(lost.size, "some seed loses corners").toBeGreaterThan(0);
    for (const [r, { l1, logZEstimate, effectiveSampleSize }] of replicas.entries()) {
      const share = 1 - Math.exp(logZEstimate - exactLogZ);
      // What was lost is all that is wrong: L1 is twice its share, a number of corners.
      if (lost.has(r)) {
        expect(l1! / (2 * share)).toBeCloseTo(1, 1);
        expect(Math.abs(4 * share - Math.round(4 * share))).toBeLessThan(0.1);
        expect(effectiveSampleSize).toBeGreaterThan(0.2);
      } else {
        expect(l1! < 0.3 || effectiveSampleSize < 0.2).toBe(true);
      }
      if (l1! < 0.25) expect(found.flatMap(({ replicas: which }) => which)).not.toContain(r);
    }
    const [{ text }] = found.filter(({ kind }) => kind === "lost-mass") as [(typeof found)[0]];
    expect(text).toMatch(/log Z is log \d(\.\d)? too low: about .* of the target (is|are) never sampled/);
    expect(text).toContain("The loss cannot see it");
  });
});

describe("L1 where objects are not listed", () => {
  it("is 2 for a policy that shares nothing with the target", async () => {
    // 128^10 objects. An untrained policy stops within a few steps, where the target has a share of less than 1e-6.
    const environment = hypergrid({ dimensions: 10, side: 128, r0: 0.1 });
    const network = networkOf(environment, [8]);
    const device = await testDevice();
    const { replicas } = await evaluateModel(device, { environment, network, weights: [initialWeights(network, 0)] }, { objects: 64 });
    const [{ l1, l1Error }] = replicas as [(typeof replicas)[0]];
    expect(l1).toBeGreaterThan(1.9);
    expect(l1! + 5 * l1Error!).toBeGreaterThanOrEqual(2);
    expect(l1Error).toBeGreaterThan(0);
  });
});
