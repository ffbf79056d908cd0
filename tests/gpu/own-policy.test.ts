/** The tutorial's residual MLP with layer norm: its gradient by finite differences, layer by layer, and that it trains. */
import { readFileSync } from "node:fs";
import { type Environment, gaussianMixture, hypergrid, sets } from "@webgfn/envs";
import { detailedBalance, renyi } from "@webgfn/objectives";
import { mulberry32 } from "@webgfn/reference";
import { definePolicy, type LinearWeights, type Policy } from "@webgfn/sampler";
import { fitPolicy, initialWeights, packWeights } from "@webgfn/sampler/internal";
import { Trainer } from "@webgfn/trainer";
import { ScoreSampler } from "@webgfn/trainer/internal";
import { describe, expect, it, vi } from "vitest";
import { testDevice } from "./device.js";
import { makeRollout } from "./helpers.js";

vi.setConfig({ testTimeout: 300_000 });

const docs = new URL("../../docs/", import.meta.url);
const { residual } = (await import(new URL("own-policy/residual.mjs", docs).href)) as { residual: Policy };
const read = (path: string) => readFileSync(new URL(path, docs), "utf8");

/** Weights with one layer moved along a random direction by ±h, and that direction. */
function moved(weights: readonly LinearWeights[], layer: number, h: number, seed: number) {
  const random = mulberry32(seed);
  const draw = (values: Float32Array) => values.map(() => 2 * random() - 1);
  const direction = { weight: draw(weights[layer]!.weight), bias: draw(weights[layer]!.bias) };
  const add = (values: Float32Array, along: Float32Array, factor: number) => values.map((value, i) => value + factor * along[i]!);
  const at = (factor: number) =>
    weights.map((own, l) =>
      l === layer ? { weight: add(own.weight, direction.weight, factor), bias: add(own.bias, direction.bias, factor) } : own,
    );
  const zeros = weights.map(({ weight, bias }) => ({ weight: weight.map(() => 0), bias: bias.map(() => 0) }));
  return { above: at(h), below: at(-h), direction: zeros.map((zero, l) => (l === layer ? direction : zero)) };
}

describe("the gradient of log p_F", () => {
  it.each<[string, Environment]>([
    ["actions", hypergrid({ side: 4, r0: 0.1 })],
    ["coordinates", gaussianMixture()],
  ])("by every layer is that of finite differences, with a head over %s", async (_, environment) => {
    const device = await testDevice();
    const net = fitPolicy(residual.with({ width: 8, blocks: 2 }), environment);
    const random = mulberry32(7);
    // Away from gains of 1 and shifts of 0, where mistakes in the layer norm would cancel.
    const weights = initialWeights(net, 3).map(({ weight, bias }) => ({
      weight: weight.map((value) => 2 * value),
      bias: bias.map((value) => value + random() - 0.5),
    }));
    const batch = 9;
    const sampler = await ScoreSampler.create(device, { environment, network: net, weights, batchSize: batch, seed: 5, firstBatch: 0 });
    const { scores } = await sampler.next();
    const rollout = await makeRollout(device, { environment, net, batch, weights: [weights], settings: [{ seed: 5 }] });
    rollout.buffers.actions.write((await sampler.buffers.actions.read()) as Uint32Array);
    const logForward = async (own: readonly LinearWeights[]) => {
      rollout.buffers.weights.write(packWeights(net, own));
      return (await rollout.replay())[0]!.map((trajectory) => trajectory.logForward);
    };
    const h = 4e-3;
    for (const [layer] of net.layers.entries()) {
      const { above, below, direction } = moved(weights, layer, h, 11 + layer);
      const [high, low] = [await logForward(above), await logForward(below)];
      const packed = packWeights(net, direction);
      const size = 4 * net.parameters4;
      let [difference, total] = [0, 0];
      for (let n = 0; n < batch; n++) {
        const slope = (high[n]! - low[n]!) / (2 * h);
        let product = 0;
        for (let p = 0; p < size; p++) product += scores[n * size + p]! * packed[p]!;
        difference += (slope - product) ** 2;
        total += slope ** 2;
      }
      expect(total, `layer ${layer}`).toBeGreaterThan(0);
      expect(Math.sqrt(difference / total), `layer ${layer}`).toBeLessThan(5e-3);
    }
    sampler.dispose();
  });
});

describe("training", () => {
  it.each([renyi(), detailedBalance()])("with $name brings the policy near its target", async (objective) => {
    const policy = residual.with({ width: 8, blocks: 1 });
    const options = { environment: sets({ items: 6, size: 3 }), policy, objective, batchSize: 32, steps: 150, learningRate: 2e-2 };
    using trainer = await Trainer.create(await testDevice(), options);
    const before = (await trainer.evaluate()).l1!;
    await trainer.train(150);
    const after = (await trainer.evaluate()).l1!;
    console.log(`sets, residual, ${objective.name}: L1 ${before.toFixed(3)} -> ${after.toFixed(4)}`);
    expect(after).toBeLessThan(0.15 * before);
  });
});

describe("definePolicy", () => {
  const description = {
    name: "own",
    forward: read("own-policy/residual.wgsl"),
    backward: read("own-policy/residual_backward.wgsl"),
    layers: () => [{ inputs: 8, outputs: 5 }],
  };

  it.each<[object, string]>([
    [
      { forward: "const LEAD = 0u;" },
      "the forward module of own lacks fn begin(row: u32); fn follow(row: u32, action: u32); fn outputs_start",
    ],
    [{ backward: "fn main() {}" }, "the backward module of own has no @compute entry point"],
    [{ name: "mlp" }, "mlp is a policy of this package: choose another name"],
    [{ layers: undefined }, "definePolicy needs layers: a function"],
    [{ blocks: 2 }, 'definePolicy has no option "blocks"'],
  ])("refuses %o", (change, message) => {
    expect(() => definePolicy({ ...description, ...change } as never)).toThrow(message);
  });

  it("refuses layers that do not end in what the head reads", () => {
    const environment = hypergrid({ side: 4 });
    expect(() => fitPolicy(definePolicy(description), environment)).toThrow("the last layer of own has 5 outputs, but the head reads 3");
    expect(() => fitPolicy(definePolicy({ ...description, layers: () => [] }), environment)).toThrow("the layers of own must be a list");
  });
});
