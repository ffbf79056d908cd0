/** A prior policy in the place of p_B: what the step records, the gradient beside the oracle's, and what training and evaluation come to. */
import { type Environment, gaussianMixture, hypergrid, phylogenetics } from "@webgfn/envs";
import { detailedBalance, maximumLikelihood, type Objective, renyi, trajectoryBalance } from "@webgfn/objectives";
import { logZRecord, metricsRecord } from "@webgfn/objectives/internal";
import { l1, posterior, relativeBalance, terminatingDistribution } from "@webgfn/reference";
import { type Checkpoint, gin, type LinearWeights, mlp, type Policy } from "@webgfn/sampler";
import { disposeBuffers, fitPolicy, stackLayers, unpackWeights } from "@webgfn/sampler/internal";
import { Program } from "@webgfn/tensor";
import { evaluateModel, fullEvaluation, Trainer } from "@webgfn/trainer";
import { placedPrior, priorOf, priorTensors, recordPrior } from "@webgfn/trainer/internal";
import { describe, expect, it } from "vitest";
import { testDevice } from "./device.js";
import { flat, makeRollout, oracleMlp, readTrajectories, spreadWeights } from "./helpers.js";
import { twin } from "./twins.js";

const GRID = hypergrid({ dimensions: 2, side: 4, r0: 0.1 });

/** A checkpoint of a policy with these weights. */
function checkpointOf(environment: Environment, policy: Policy, weights: LinearWeights[]): Checkpoint {
  const parameters = Object.fromEntries(Object.entries(policy.parameters).map(([name, { value }]) => [name, value]));
  const model = {
    environment: environment.name,
    env: environment.parameters,
    policy: policy.name,
    policyParameters: parameters,
    replicas: 1,
  };
  return { configuration: JSON.stringify(model), step: 0, tensors: stackLayers("policy", fitPolicy(policy, environment), [weights]) };
}

/** A prior far from uniform. */
function madePrior(environment: Environment, policy: Policy) {
  const network = fitPolicy(policy, environment);
  const weights = spreadWeights(network, 8, 2);
  return { weights, network, checkpoint: checkpointOf(environment, policy, weights) };
}

describe("a prior", () => {
  it("takes the place of p_B in trajectory balance: loss and gradient are the oracle's", async () => {
    const prior = madePrior(GRID, mlp({ hidden: [9] }));
    const trainer = await Trainer.create(await testDevice(), {
      environment: GRID,
      policy: mlp({ hidden: [7, 5] }),
      objective: trajectoryBalance(),
      batchSize: 33,
      replicas: 2,
      prior: prior.checkpoint,
    });
    const { buffers, network, programs } = trainer;
    await programs.sample.run();
    const logZ = (await buffers.logZ.read()) as Float32Array;
    await programs.gradient.run();
    const [packed, metrics] = (await Promise.all([buffers.gradients.read(), buffers.metrics.read()])) as [Float32Array, Float32Array];
    const trajectories = await readTrajectories(GRID, buffers);
    const size = 4 * network.parameters4;
    for (const [r, own] of (await trainer.weights()).entries()) {
      const actions = trajectories[r]!.map((trajectory) => trajectory.actions);
      const options = { prior: oracleMlp(prior.weights), logZ: logZRecord.get(logZ, r, "value") };
      const { loss, gradient } = relativeBalance(twin(GRID).reference, oracleMlp(own), options, actions);
      expect(flat(unpackWeights(network, packed.subarray(r * size, (r + 1) * size)))).toBeCloseInNorm(gradient, 1e-4);
      expect(metricsRecord.get(metrics, r, "loss")).toBeCloseTo(loss, 3);
    }
    trainer.dispose();
  });

  // The policy as its own prior: b = s along every trajectory.
  it.each([
    { environment: phylogenetics({ species: 5, sites: 6 }), policy: gin({ hidden: [4] }) },
    { environment: gaussianMixture(), policy: mlp({ hidden: [6], components: 2 }) },
  ])("of $policy.name over $environment.title is evaluated as the policy is", async ({ environment, policy }) => {
    const device = await testDevice();
    const own = madePrior(environment, policy);
    const [batch, replicas] = [8, 1];
    const { buffers, sample } = await makeRollout(device, {
      environment,
      net: own.network,
      batch,
      weights: [own.weights],
      settings: [{ seed: 3 }],
    });
    const before = (await sample())[0]!;
    const prior = placedPrior(device, own, replicas);
    const scratch = device.tensors(priorTensors(device, prior, { environment, batch, replicas }));
    const program = new Program(device, "prior");
    await recordPrior(program, prior, { environment, batch, replicas }, buffers, scratch);
    await program.run();
    const after = (await readTrajectories(environment, buffers))[0]!;
    expect(new Set(before.map(({ logForward }) => logForward)).size).toBeGreaterThan(1);
    expect(after).toEqual(before.map((trajectory) => ({ ...trajectory, logBackward: trajectory.logForward })));
    disposeBuffers(buffers);
    for (const tensor of [prior.weights, ...Object.values(scratch)]) tensor.dispose();
  });

  it.each([trajectoryBalance(), renyi()])("makes $name learn p_prior(x) R(x)/Z", async (objective) => {
    const steps = 400;
    const prior = madePrior(GRID, mlp({ hidden: [9] }));
    const { reference } = twin(GRID);
    const target = posterior(reference, oracleMlp(prior.weights));
    const trainer = await Trainer.create(await testDevice(), {
      environment: GRID,
      policy: mlp({ hidden: [32, 32] }),
      objective,
      batchSize: 64,
      steps,
      learningRate: 1e-2,
      prior: prior.checkpoint,
    });
    expect(trainer.columns.map(({ key }) => key)).not.toContain("logZError");
    await trainer.train(steps);
    const [replica] = (await trainer.evaluate()).replicas;
    const [own] = await trainer.weights();
    const distance = l1(terminatingDistribution(reference, oracleMlp(own!)), target.probabilities);
    console.log(`hypergrid 4×4, ${objective.name} with a prior: L1 ${distance.toFixed(4)}`);
    expect(replica!.l1).toBeCloseTo(distance, 4);
    expect(distance).toBeLessThan(0.05);
    expect(replica!.logZ).toBeCloseTo(target.logZ, 1);
    expect(replica!.effectiveSampleSize).toBeGreaterThan(0.95);
    const full = await fullEvaluation(trainer);
    expect(full.heldOut).toBe("policy");
    const [report] = full.replicas;
    expect(report!.pearson, "log p_T with log p_prior R").toBeGreaterThan(0.98);
    expect(report!.fcs).toBeLessThan(0.03);
    expect(report!.effectiveSampleSize).toBeGreaterThan(0.95);
    expect(report).not.toHaveProperty("eubo");
    // The same of its weights alone.
    const { environment, policy } = trainer.options;
    const model = { environment, network: trainer.network, weights: await trainer.weights(), step: trainer.step };
    const device = await testDevice();
    const again = await evaluateModel(device, { ...model, prior: await priorOf(prior.checkpoint, { environment, policy }) });
    expect(again.replicas[0]).toMatchObject({ l1: replica!.l1, fcs: report!.fcs, pearson: report!.pearson });
    expect(again.columns.map(({ key }) => key)).not.toContain("logZError");
    const blind = await evaluateModel(device, model);
    expect(blind.replicas[0]!.l1, "R/Z is far").toBeGreaterThan(0.3);
    trainer.dispose();
  });

  it.each<{ objective: Objective; policy?: Policy; environment?: Environment; source?: string; words: string }>([
    { objective: detailedBalance(), words: "a prior is one over whole trajectories, and db balances parts of them" },
    { objective: maximumLikelihood(), source: "target", words: "maximum-likelihood fits given objects, and takes no prior" },
    { objective: trajectoryBalance(), policy: mlp({ backward: "learned" }), words: "a prior takes the place of the backward policy" },
    {
      objective: trajectoryBalance(),
      environment: hypergrid({ dimensions: 2, side: 5 }),
      words: 'the prior is no policy over hypergrid of side 5 in 2 dimensions: the checkpoint\'s "policy.layers.0.weight"',
    },
    {
      objective: trajectoryBalance(),
      environment: gaussianMixture(),
      words: 'the prior was trained in the environment "hypergrid", which is not among those given: gaussian-mixture',
    },
  ])("is refused where it does not fit: $words", async ({ words, environment = GRID, ...options }) => {
    const { checkpoint: prior } = madePrior(GRID, mlp({ hidden: [9] }));
    await expect(Trainer.create(await testDevice(), { environment, prior, ...options })).rejects.toThrow(words);
  });
});
