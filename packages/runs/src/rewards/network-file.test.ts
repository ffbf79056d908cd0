/** Networks from files: ONNX models as PyTorch writes them, against PyTorch's own values. */
import { readFileSync } from "node:fs";
import type { RewardNetwork } from "@webgfn/envs";
import { describe, expect, it } from "vitest";
import { givenNetwork } from "./network-file.js";

const read = (name: string) => readFileSync(new URL(`networks/${name}`, import.meta.url));
/** An MLP of 6 features with BatchNorm1d, SiLU, LeakyReLU and Tanh, and its values for all sets of 3 of 6 items. */
const { sets, values } = JSON.parse(read("mlp.json").toString()) as { sets: number[][]; values: number[] };

const ACTIVATIONS: Record<string, (x: number, slope: number) => number> = {
  relu: (x) => Math.max(0, x),
  "leaky-relu": (x, slope) => (x > 0 ? x : slope * x),
  silu: (x) => x / (1 + Math.exp(-x)),
  tanh: Math.tanh,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
};

function evaluated({ layers }: RewardNetwork, features: readonly number[]): number {
  let numbers = [...features];
  for (const layer of layers) {
    const before = numbers;
    numbers =
      layer.kind === "linear"
        ? Array.from({ length: layer.outputs }, (_, o) =>
            before.reduce((sum, x, i) => sum + x * layer.weight[o * layer.inputs + i]!, layer.bias?.[o] ?? 0),
          )
        : before.map((x) => ACTIVATIONS[layer.kind]!(x, layer.slope ?? 0.01));
  }
  return numbers[0]!;
}

describe("an ONNX model", () => {
  it.each(["mlp.onnx", "mlp-dynamo.onnx"])("gives PyTorch's values: %s", (name) => {
    const { file } = givenNetwork({ name, bytes: read(name) });
    const [network] = JSON.parse(file.text).networks as [RewardNetwork];
    for (const [n, items] of sets.entries()) {
      const features = Array.from({ length: 6 }, (_, i) => (items.includes(i) ? 1 : 0));
      expect(Math.abs(evaluated(network, features) - values[n]!)).toBeLessThan(1e-5 * (1 + Math.abs(values[n]!)));
    }
    // The configuration's text is read again as it is.
    expect(givenNetwork(file).file).toEqual(file);
  });

  it.each([
    [
      "another operator",
      read("gelu.onnx"),
      /of\.onnx: (the operator "?(Div|Erf|Mul)"? is not among those that are read: Gemm, |expected a chain)/,
    ],
    ["a part of one", read("mlp.onnx").subarray(0, 900), /of\.onnx: expected an ONNX model, found other bytes, or a part of one/],
    ["something else", new TextEncoder().encode("hello world"), /of\.onnx: expected an ONNX model/],
    ["nothing", new Uint8Array(), /of\.onnx: expected an ONNX model/],
  ])("is refused where it is %s", (_, bytes, message) => {
    expect(() => givenNetwork({ name: "of.onnx", bytes })).toThrow(message);
  });
});
