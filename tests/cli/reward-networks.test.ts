/** Networks from files: ONNX models as PyTorch writes them, against PyTorch's own values, and layers from safetensors. */
import { readFileSync } from "node:fs";
import { type RewardNetwork, sequences } from "@webgfn/envs";
import { rewardNumber } from "@webgfn/reference";
import { givenNetwork } from "@webgfn/runs/internal";
import { encodeSafetensors } from "@webgfn/sampler/internal";
import { describe, expect, it } from "vitest";

const read = (name: string) => readFileSync(new URL(`networks/${name}`, import.meta.url));
/** An MLP of 6 features with BatchNorm1d, SiLU, LeakyReLU and Tanh, and its values for all sets of 3 of 6 items. */
const { sets, values } = JSON.parse(read("mlp.json").toString()) as { sets: number[][]; values: number[] };

/**
 * Convolutional networks and PyTorch's values for sequences of up to 6 of 4 symbols; what a shorter one lacks is symbol 4, or zeros in
 * one-hot inputs.
 */
const cnn = JSON.parse(read("cnn.json").toString()) as {
  symbols: number;
  length: number;
  sequences: number[][];
  values: Record<string, number[]>;
};
/** Names of the values, from small files: tokens with an embedding; one-hot [N, symbols, positions], or [N, positions, symbols]. */
const NETWORKS = ["cnn-tokens", "flat-tokens", "one-hot-tokens", "cnn-one-hot", "cnn-turned"];

function networkOf(name: string, bytes: Uint8Array): RewardNetwork {
  const { file } = givenNetwork({ name, bytes });
  return JSON.parse(file.text).networks[0];
}

/** The network's numbers for the sequences. */
function numbersOf(network: RewardNetwork): number[] {
  const { symbols, length } = cnn;
  return cnn.sequences.map((sequence) => {
    const features = Array.from({ length: symbols * length }, (_, k) => (sequence[Math.floor(k / symbols)] === k % symbols ? 1 : 0));
    return rewardNumber(network, features, symbols);
  });
}

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

  it.each(NETWORKS.flatMap((name) => [[`${name}.onnx`, name] as const, [`${name}-dynamo.onnx`, name] as const]))(
    "gives PyTorch's values of sequences: %s",
    (path, name) => {
      const network = networkOf(path, read(path));
      const values = cnn.values[name]!;
      expect(Math.max(...values) - Math.min(...values)).toBeGreaterThan(0.01);
      expect(numbersOf(network)).toBeCloseInNorm(values, 1e-6);
      // It fits the features of that environment, and those of no other number of symbols.
      const { file, reward } = givenNetwork({ name: path, bytes: read(path) });
      expect(() => sequences({ symbols: cnn.symbols, length: cnn.length, reward })).not.toThrow();
      expect(() => sequences({ symbols: 7, length: cnn.length, reward })).toThrow(/and sequences of up to 6 of 7 symbols has 7/);
      expect(givenNetwork(file).file).toEqual(file);
    },
  );

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
