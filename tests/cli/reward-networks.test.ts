/** Networks from files: ONNX models as PyTorch writes them, against PyTorch's own values. */
import { readFileSync } from "node:fs";
import type { RewardNetwork } from "@webgfn/envs";
import { rewardNumber } from "@webgfn/reference";
import { givenNetwork } from "@webgfn/runs/internal";
import { describe, expect, it } from "vitest";

const read = (name: string) => readFileSync(new URL(`networks/${name}`, import.meta.url));
/** An MLP of 6 features with BatchNorm1d, SiLU, LeakyReLU and Tanh, and its values for all sets of 3 of 6 items. */
const { sets, values } = JSON.parse(read("mlp.json").toString()) as { sets: number[][]; values: number[] };

describe("an ONNX model", () => {
  it.each(["mlp.onnx", "mlp-dynamo.onnx"])("gives PyTorch's values: %s", (name) => {
    const { file } = givenNetwork({ name, bytes: read(name) });
    const [network] = JSON.parse(file.text).networks as [RewardNetwork];
    for (const [n, items] of sets.entries()) {
      const features = Array.from({ length: 6 }, (_, i) => (items.includes(i) ? 1 : 0));
      expect(Math.abs(rewardNumber(network, features) - values[n]!)).toBeLessThan(1e-5 * (1 + Math.abs(values[n]!)));
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
