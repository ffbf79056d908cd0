import { makeEnvironment } from "@webgfn/envs";
import { describe, expect, it } from "vitest";
import { completeConfiguration, recordedConfiguration, trainerOptions } from "./complete-configuration.js";
import { overlay, parseConfiguration } from "./configuration.js";

describe("a configuration", () => {
  it("is completed with the paper's settings", () => {
    expect(completeConfiguration({ environment: "sets" })).toEqual({
      environment: "sets",
      env: { items: 32, size: 16, dataSeed: 0 },
      objective: "renyi",
      alpha: 0.5,
      alphaEnd: null,
      alphaBy: "steps",
      lambda: null,
      weighting: null,
      weights: null,
      loss: null,
      delta: null,
      skew: null,
      forwardLooking: null,
      estimator: "paper",
      batchSize: 128,
      steps: 625,
      learningRate: 1e-3,
      backwardLoss: "objective",
      logZLearningRate: 0.1,
      decayPower: 1,
      logZDecayPower: 0.5,
      logZ: "profiled",
      logZInitial: null,
      gradientClip: null,
      exploration: 0,
      explorationEnd: null,
      temperature: 1,
      anneal: 1,
      annealUntil: 0.5,
      source: "policy",
      replay: 10_000,
      replayBy: "half",
      retrace: "uniform",
      backSteps: null,
      policy: "mlp",
      hidden: [64, 64],
      components: 9,
      scales: [0.1, 1],
      backward: "uniform",
      seed: 0,
      replicas: 1,
      evaluateEvery: 25,
      checkpointEvery: 25,
    });
    expect(completeConfiguration({ environment: "hypergrid" })).toMatchObject({ steps: 12800, evaluateEvery: 512 });
    expect(completeConfiguration({ environment: "sets", objective: "tb" })).toMatchObject({ alpha: null, estimator: "none" });
    expect(completeConfiguration({ environment: "sets", evaluateEvery: 7 })).toMatchObject({ checkpointEvery: 7 });
  });

  it("takes the environment's scales of Gaussians, unless others are given", () => {
    expect(completeConfiguration({ environment: "funnel" })).toMatchObject({ scales: [0.01, 30], learningRate: 3e-3, steps: 1000 });
    expect(completeConfiguration({ environment: "funnel", scales: [0.1, 9] }).scales).toEqual([0.1, 9]);
    expect(completeConfiguration({ environment: "many-well" })).toMatchObject({ scales: [0.1, 1], objective: "reverse-kl" });
  });

  it("takes the environment's objective, with its learning rate and annealing where the objective is left out", () => {
    const graphs = { environment: "dags", env: { variables: 3 } } as const;
    expect(completeConfiguration(graphs)).toMatchObject({ objective: "forward-kl", learningRate: 3e-3, anneal: 0.05, steps: 3200 });
    expect(completeConfiguration({ ...graphs, learningRate: 1e-2 })).toMatchObject({ objective: "forward-kl", learningRate: 1e-2 });
    expect(completeConfiguration({ ...graphs, objective: "tb" })).toMatchObject({ objective: "tb", learningRate: 1e-3, anneal: 1 });
    expect(completeConfiguration({ ...graphs, anneal: 1 })).toMatchObject({ objective: "forward-kl", anneal: 1 });
    // A run of a version without annealing.
    const { anneal, annealUntil, ...written } = completeConfiguration(graphs);
    expect(recordedConfiguration(written)).toMatchObject({ objective: "forward-kl", anneal: 1 });
    expect(recordedConfiguration({ ...written, anneal })).toMatchObject({ anneal: 0.05 });
  });

  it("takes a graph network for forests, and an MLP where p_B is learned", () => {
    const forests = { environment: "phylogenetics", env: { species: 4 } } as const;
    expect(completeConfiguration(forests)).toMatchObject({ policy: "gin", hidden: [64, 64], steps: 6250 });
    expect(completeConfiguration({ ...forests, backward: "learned" })).toMatchObject({ policy: "mlp", estimator: "loo" });
    expect(() => completeConfiguration({ ...forests, policy: "gin", backward: "learned" })).toThrow(/no learned backward policy/);
    expect(() => completeConfiguration({ environment: "sets", policy: "gin" })).toThrow(/forests/);
    expect(() => completeConfiguration({ environment: "sets", policy: "gim" as "gin" })).toThrow(/did you mean gin/);
    expect(overlay({ ...forests, policy: "gin" }, { environment: "sets" })).not.toHaveProperty("policy");
  });

  it("is a fixed point of completing and of JSON", () => {
    const complete = completeConfiguration({ environment: "hypergrid", env: { side: 5 }, objective: "tb", hidden: [3] });
    expect(completeConfiguration(parseConfiguration(JSON.stringify(complete), "it"))).toEqual(complete);
    expect(trainerOptions(complete)).toMatchObject({
      batchSize: 128,
      estimator: "none",
      policy: { parameters: { hidden: { value: [3] } } },
      environment: { title: expect.stringContaining("side 5") },
    });
  });

  it("has names that the compiler checks, and files of one's own, whose objects are handed over", () => {
    // @ts-expect-error: no objective is called so.
    expect(() => completeConfiguration({ environment: "sets", objective: "reny" })).toThrow(/did you mean renyi/);
    // @ts-expect-error: no environment is called so.
    expect(() => completeConfiguration({ environment: "setz" })).toThrow(/did you mean sets/);
    expect(() => completeConfiguration({ environment: "./mine.mjs#mine" })).toThrow(
      /a file of your own, and configurations do not load files/,
    );
    const mine = makeEnvironment("sets", { items: 6, size: 3 });
    const complete = completeConfiguration({ environment: "./mine.mjs#mine", objective: "tb", loss: "huber" }, { environment: mine });
    expect(complete).toMatchObject({ environment: "./mine.mjs#mine", env: { items: 6, size: 3, dataSeed: 0 }, loss: "huber", delta: 1 });
    expect(trainerOptions(complete, { environment: mine })).toMatchObject({
      environment: mine,
      objective: { parameters: { loss: { value: "huber" } } },
    });
    expect(() => completeConfiguration({ env: { items: 7 } }, { environment: mine })).toThrow(/sets takes no parameter items/);
  });

  it("takes parameters of built-in parts from either place", () => {
    const nested = {
      environment: "sets",
      objective: "renyi",
      objectiveParameters: { alpha: 2 },
      policyParameters: { hidden: [4] },
    } as const;
    expect(completeConfiguration({ ...nested, policyParameters: { hidden: [4] } })).toMatchObject({ alpha: 2, hidden: [4] });
    const parsed = parseConfiguration(JSON.stringify(nested), "it");
    expect(parsed).toMatchObject({ alpha: 2, hidden: [4] });
    expect(parsed).not.toHaveProperty("objectiveParameters");
  });

  it("takes parameters that stand in for a default", () => {
    const scores = completeConfiguration({ environment: "sets", env: { items: 3, size: 1, scores: [1, 2, 3] } });
    expect(scores.env).toEqual({ items: 3, size: 1, scores: [1, 2, 3] });
    const weights = completeConfiguration({ environment: "gaussian-mixture", env: { means: [[0, 0]], weights: [2] } });
    expect(weights.env).toMatchObject({ means: [[0, 0]], weights: [2] });
    expect(() => completeConfiguration({ environment: "sequences", env: { scores: [1] } })).toThrow(/not a parameter of sequences/);
  });

  it("laid over another takes alpha, estimator and parameters along with what they belong to", () => {
    const lower = { environment: "sets", env: { items: 8, size: 4 }, objective: "renyi", alpha: 0.3, estimator: "loo", steps: 5 } as const;
    expect(overlay(lower, { objective: "tb" })).toEqual({ environment: "sets", env: { items: 8, size: 4 }, objective: "tb", steps: 5 });
    expect(overlay(lower, { environment: "hypergrid", steps: 6 })).toEqual({
      environment: "hypergrid",
      env: {},
      objective: "renyi",
      alpha: 0.3,
      estimator: "loo",
      steps: 6,
    });
    expect(overlay(lower, { environment: "sets", env: { size: 2 }, alpha: 2 })).toEqual({ ...lower, env: { items: 8, size: 2 }, alpha: 2 });
    expect(overlay({ alpha: 0.3 }, { objective: "tsallis" })).toMatchObject({ objective: "tsallis", alpha: 0.3 });
  });
});
