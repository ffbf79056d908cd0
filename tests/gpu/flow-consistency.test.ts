/** Flow consistency in subgraphs against the oracle's exact p_T. */
import { type Environment, gaussianMixture, sequences, sets } from "@webgfn/envs";
import {
  exactFlowConsistency,
  gaussianMixtureLogDensity,
  NINE_GAUSSIANS,
  pointLogForward,
  terminalStates,
  terminatingDistribution,
} from "@webgfn/reference";
import type { LinearWeights } from "@webgfn/sampler";
import { environmentData, Replicas, weightsTensor } from "@webgfn/sampler/internal";
import { ExactEvaluator, FlowConsistencyEvaluator, flowConsistency, policySamples, setInconsistency } from "@webgfn/trainer/internal";
import { describe, expect, it, vi } from "vitest";
import { testDevice } from "./device.js";
import { networkOf, oracleMlp, spreadWeights } from "./helpers.js";
import { twin } from "./twins.js";

// A driver compiles each kernel when it first runs; llvmpipe takes seconds for the larger ones.
vi.setConfig({ testTimeout: 300_000 });

const SAMPLED = 1024;

async function inputsOf(environment: Environment, models: readonly LinearWeights[][]) {
  const device = await testDevice();
  const network = networkOf(environment, [6]);
  const replicas = new Replicas(
    device,
    models.map((_, r) => ({ seed: r })),
  );
  const weights = weightsTensor(device, network, models);
  return { device, environment, network, weights, data: environmentData(device, environment), replicas };
}

/** FCS as the trainer measures it, and the sets that it is the mean over. */
async function measured(environment: Environment, models: readonly LinearWeights[][], exact = false) {
  const inputs = await inputsOf(environment, models);
  const samples = await policySamples(inputs, SAMPLED);
  const listed = exact ? await ExactEvaluator.create(inputs) : undefined;
  await listed?.measure();
  const evaluator = await FlowConsistencyEvaluator.create(inputs, async () => samples, { mass: listed?.mass });
  const values = await evaluator.measure();
  expect(await evaluator.measure(), "the same numbers again").toEqual(values);
  evaluator.dispose();
  listed?.dispose();
  const chosen = samples.map(({ states }) => {
    const all = Array.from({ length: SAMPLED }, (_, n) => states.subarray(n * environment.stateWords, (n + 1) * environment.stateWords));
    const distinct = [...new Map(all.map((words) => [words.join(), words])).values()].slice(0, 256);
    const size = Math.min(32, distinct.length);
    return Array.from({ length: Math.floor(distinct.length / size) }, (_, k) => distinct.slice(k * size, (k + 1) * size));
  });
  return { values, chosen };
}

/** The oracle's FCS on the same sets. */
function expectedOf(environment: Environment, model: LinearWeights[], chosen: Uint32Array[][]): number {
  const { reference, object } = twin(environment);
  const states = new Map(terminalStates(reference).map((state) => [JSON.stringify(object(state)), state]));
  const probabilities = terminatingDistribution(reference, oracleMlp(model));
  return exactFlowConsistency(
    chosen.map((set) =>
      set.map((words) => {
        const state = states.get(JSON.stringify(environment.decode(words)))!;
        return { probability: probabilities.get(reference.key(state))!, reward: Math.exp(reference.logReward(state)) };
      }),
    ),
  );
}

describe("flow consistency in subgraphs", () => {
  it("is the total variation distance on a set, whatever the constants", () => {
    // p = (½, ¼, ¼), R = (¼, ¼, ½): ½ (¼ + 0 + ¼).
    expect(setInconsistency([Math.log(2), 0, 0], [700, 700, 700 + Math.log(2)])).toBeCloseTo(0.25, 12);
    expect(setInconsistency([-900, -901], [100, 99])).toBeCloseTo(0, 12);
    expect(setInconsistency([0, -800], [-800, 0])).toBeCloseTo(1, 12);
  });

  it("is the mean over sets with its standard error, and undefined for one object", () => {
    const logP = Float64Array.of(0, 0, 0, 0, 5);
    const logR = Float64Array.of(0, Math.log(3), 0, 0, 0);
    // (½, ½) against (¼, ¾) gives ¼, the second set 0, and the fifth object is left over.
    expect(flowConsistency(logP, logR, 2)).toEqual({ mean: expect.closeTo(0.125, 12), error: expect.closeTo(0.125, 12) });
    expect(flowConsistency(logP, logR, 8).error).toBe(0);
    expect(flowConsistency(Float64Array.of(1), Float64Array.of(1)).mean).toBeNaN();
  });

  it.each([
    { title: "one trajectory per object", environment: sequences({ symbols: 3, length: 4 }), exact: false, digits: 5 },
    { title: "exact probabilities", environment: sets({ items: 9, size: 4 }), exact: true, digits: 5 },
    { title: "probabilities from backward trajectories", environment: sets({ items: 9, size: 4 }), exact: false, digits: undefined },
  ])("with $title is the oracle's, of each replica's own objects", async ({ environment, exact, digits }) => {
    const models = [0, 1].map((r) => spreadWeights(networkOf(environment, [6]), r, 2));
    const { values, chosen } = await measured(environment, models, exact);
    for (const [r, model] of models.entries()) {
      const { fcs, fcsError } = values[r]!;
      const expected = expectedOf(environment, model, chosen[r]!);
      expect(chosen[r]!.length).toBeGreaterThan(1);
      expect(expected, "far from consistent").toBeGreaterThan(0.05);
      if (digits === undefined) expect(Math.abs(fcs! - expected)).toBeLessThan(0.15 * expected);
      else expect(fcs).toBeCloseTo(expected, digits);
      expect(fcsError).toBeGreaterThan(0);
      expect(fcsError).toBeLessThan(expected);
    }
    // Alone, a replica has the same objects, and the same value.
    const [own] = (await measured(environment, models.slice(0, 1), exact)).values;
    expect(own).toEqual(values[0]);
  });

  it("compares densities where objects are points", async () => {
    const environment = gaussianMixture();
    const models = [0, 1].map((r) => spreadWeights(networkOf(environment, [6]), r, 1));
    const { values, chosen } = await measured(environment, models);
    for (const [r, model] of models.entries()) {
      const sets = chosen[r]!.map((set) =>
        set.map((words) => {
          const { point } = environment.decode(words) as { point: [number, number] };
          return {
            probability: Math.exp(pointLogForward(oracleMlp(model), [0.1, 1], point)),
            reward: Math.exp(gaussianMixtureLogDensity(NINE_GAUSSIANS, point)),
          };
        }),
      );
      expect(values[r]!.fcs).toBeCloseTo(exactFlowConsistency(sets), 4);
    }
  });

  it("cannot compare the one object of a policy that has collapsed", async () => {
    const environment = sequences({ symbols: 3, length: 4 });
    const [model] = [spreadWeights(networkOf(environment, [6]), 0, 1)];
    const last = model!.at(-1)!;
    last.bias[0] = 80;
    const { values, chosen } = await measured(environment, [model!]);
    expect(chosen[0]![0]).toHaveLength(1);
    expect(values[0]!.fcs).toBeNaN();
  });
});
