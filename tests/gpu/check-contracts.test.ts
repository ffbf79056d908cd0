/** `checkObjective` and `checkPolicy`: every built-in one passes, and each mistake that they promise to find is found. */
import { checkObjective, checkPolicy } from "@webgfn/check";
import { gaussianMixture, hypergrid, sets } from "@webgfn/envs";
import {
  defineObjective,
  forwardKl,
  lossNames,
  makeObjective,
  type Objective,
  objectiveNames,
  subtrajectoryBalance,
  trajectoryBalance,
} from "@webgfn/objectives";
import { type Fit, type Head, mlp, type Policy } from "@webgfn/sampler";
import mlpBackward from "@webgfn/shaders/trainer/mlp_backward.wgsl";
import { rules } from "@webgfn/tensor";
import { describe, expect, it, vi } from "vitest";
import { testDevice } from "./device.js";

// A driver compiles each kernel when it first runs.
vi.setConfig({ testTimeout: 300_000 });

const check = async (objective: Objective) => checkObjective(await testDevice(), objective);

describe("objectives of this project", () => {
  const given = [
    ...objectiveNames.map((name) => makeObjective(name)),
    forwardKl({ weights: "raw" }),
    ...lossNames.map((loss) => trajectoryBalance({ loss })),
    ...lossNames.map((loss) => subtrajectoryBalance({ loss })),
  ].map((objective) => ({ title: `${objective.name} ${Object.values(objective.parameters).map(({ value }) => value)}`, objective }));
  it.each(given)("$title", async ({ objective }) => {
    const { problems, warnings } = await check(objective);
    expect(problems).toEqual([]);
    expect(warnings).toEqual([]);
  });
});

/** χ²(p_B ‖ p_F) up to constants: f = −w². */
const VALUE = (factor: string) => `
import package::objectives::batch::log_weight;
import package::parameters::strength;
import package::sampler::records::Trajectory;
import package::sampler::replica::Replica;
fn exponent(t: Trajectory, settings: Replica) -> f32 { return 2.0 * (log_weight(t) - settings.log_reward_shift); }
fn shift(highest: f32) -> f32 { return highest; }
fn value(t: Trajectory, shifted_exponent: f32, settings: Replica) -> f32 { return -strength(settings) * ${factor} * exp(shifted_exponent); }
fn loss(means: vec2f, offset: f32, mean_log_weight: f32, settings: Replica) -> f32 { return means.x; }
`;
const parameters = { strength: { value: 3, rule: rules.number(0, 10), help: "factor of everything" } };
const own = (wgsl: string, more: object = {}) =>
  defineObjective({
    name: "chi2",
    wgsl,
    constant: "weight",
    parameters,
    host: ({ strength }) => ({
      exponent: (logWeight) => 2 * logWeight,
      shift: (highest) => highest,
      value: (_, shifted) => -strength * Math.exp(shifted),
      loss: (mean) => mean,
    }),
    ...more,
  });

describe("an objective of one's own", () => {
  it("is right", async () => {
    const { problems, notes } = await check(own(VALUE("1.0")));
    expect(problems).toEqual([]);
    expect(notes.join()).not.toContain("no host");
  });

  it("says where there is no float64 side", async () => {
    const { problems, notes } = await check(own(VALUE("1.0"), { host: undefined }));
    expect(problems).toEqual([]);
    expect(notes.join()).toContain("it has no host");
  });

  it.each([
    [
      "a factor that only WGSL has",
      own(VALUE("2.0")),
      "host",
      /with usual log weights, a coefficient of the gradient is -?[\d.e+-]+ in WGSL and -?[\d.e+-]+ in float64/,
    ],
    [
      "an exponential out of range",
      own(VALUE("1.0").replace("return highest;", "return highest - 200.0;")),
      "finite numbers",
      /is (-Infinity|NaN) with usual log weights/,
    ],
    [
      "another loss",
      own(VALUE("1.0").replace("return means.x;", "return means.x + 1.0;")),
      "host",
      /the loss is -?[\d.e+-]+ in WGSL and -?[\d.e+-]+ in float64/,
    ],
  ])("is found out: %s", async (_, objective, promise, message) => {
    const { problems } = await check(objective);
    const found = problems.find((problem) => problem.promise === promise && message.test(problem.message));
    expect(found, JSON.stringify(problems)).toBeDefined();
  });

  it("throws where the module does not compile, and where a parameter breaks its rule", async () => {
    await expect(check(own(VALUE("true")))).rejects.toMatchObject({
      code: "shader",
      message: expect.stringMatching(/objective\.wgsl:\d+: /),
    });
    const objective = own(VALUE("1.0"));
    const broken = { ...objective, parameters: { strength: { ...parameters.strength, value: 11 } } };
    await expect(check(broken as Objective)).rejects.toMatchObject({ code: "argument" });
  });
});

describe("a policy", () => {
  it.each([hypergrid({ side: 4, r0: 0.1 }), gaussianMixture()])("mlp is right in $title", async (environment) => {
    const { problems, notes } = await checkPolicy(await testDevice(), mlp({ hidden: [8, 6] }), environment);
    expect(problems).toEqual([]);
    expect(notes.join()).toContain("the gradients of 3 layers were compared with finite differences");
  });

  it("is not blamed for a kink of an activation near the weights of a seed", async () => {
    for (const seed of [0, 1]) {
      expect((await checkPolicy(await testDevice(), mlp({ hidden: [8] }), sets({ items: 6, size: 3 }), { seed })).problems).toEqual([]);
    }
  });

  it.each([
    { title: "by itself", isBroken: (head: Head) => head.backward === "uniform" && !head.flow, met: "" },
    { title: "with a learned p_B", isBroken: (head: Head) => head.backward === "learned", met: " with a learned p_B" },
    { title: "with a learned flow", isBroken: (head: Head) => head.flow, met: " with a learned flow" },
  ])("is found out where its backward pass is wrong, layer by layer: $title", async ({ isBroken, met }) => {
    const policy = mlp({ hidden: [8, 6] });
    // The slope of the activation is left out.
    const wrong = mlpBackward
      .replaceAll("propagate_activated", "propagate")
      .replace("half(layer - 1u));", "half(layer - 1u));\nrecord_delta(lane, layer - 1u, half(layer - 1u));")
      .replace("{load_tile, propagate}", "{load_tile, propagate, record_delta}");
    const broken = (sound: Policy): Policy => ({
      ...sound,
      with: (values) => broken(sound.with(values)),
      fit(environment, head): Fit {
        const fit = sound.fit(environment, head);
        return isBroken(head) ? { ...fit, backward: { ...fit.backward, wgsl: wrong } } : fit;
      },
    });
    expect(wrong).not.toBe(mlpBackward);
    const { problems } = await checkPolicy(await testDevice(), broken(policy), hypergrid({ side: 4, r0: 0.1 }));
    expect(problems.length).toBeGreaterThan(0);
    expect(problems[0]!.message).toMatch(
      /^backward: the gradient of layer \d \(\d+ → \d+\) is not that of finite differences(.*): along a random direction/,
    );
    expect(problems[0]!.message).toContain(`finite differences${met}: along`);
  });
});
