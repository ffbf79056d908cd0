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

/** A protobuf field: a whole number, a text, or a message. */
function field(number: number, value: number | string | Uint8Array): Uint8Array {
  const varint = (n: number): number[] => (n < 128 ? [n] : [(n % 128) + 128, ...varint(Math.floor(n / 128))]);
  if (typeof value === "number") return Uint8Array.from([...varint(8 * number), ...varint(value)]);
  const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
  return Uint8Array.from([...varint(8 * number + 2), ...varint(bytes.length), ...bytes]);
}
const message = (...fields: Uint8Array[]) => Uint8Array.from(fields.flatMap((bytes) => [...bytes]));

interface Node {
  op: string;
  domain?: string;
  /** Shapes of constants that it reads behind the chain's numbers; a list of numbers is an int64 constant. */
  weights?: ({ shape: number[] } | number[] | "unknown")[];
  attributes?: Record<string, number | number[] | string>;
}

/** An ONNX model that is a chain of operators on an input of this shape. */
function onnx(nodes: Node[], inputShape: number[], opset = 17): Uint8Array {
  const signature = (name: string, shape: number[]) => {
    const dimensions = shape.map((extent) => field(1, field(1, extent)));
    return message(field(1, name), field(2, field(1, message(field(1, 1), field(2, message(...dimensions))))));
  };
  const graph: Uint8Array[] = [field(11, signature("x0", inputShape)), field(12, signature(`x${nodes.length}`, [1, 1]))];
  nodes.forEach(({ op, domain = "", weights = [], attributes = {} }, n) => {
    const names = weights.map((weight, w) => {
      const name = `w${n}_${w}`;
      if (weight === "unknown") return name;
      const isList = Array.isArray(weight);
      const shape = isList ? [weight.length] : weight.shape;
      const count = shape.reduce((product, extent) => product * extent, 1);
      const data = isList ? BigInt64Array.from(weight, BigInt) : Float32Array.from({ length: count }, (_, k) => k % 3);
      const raw = field(9, new Uint8Array(data.buffer));
      graph.push(field(5, message(...shape.map((extent) => field(1, extent)), field(2, isList ? 7 : 1), field(8, name), raw)));
      return name;
    });
    const given = Object.entries(attributes).map(([name, value]) => {
      const values =
        typeof value === "string" ? [field(4, value)] : Array.isArray(value) ? value.map((each) => field(8, each)) : [field(3, value)];
      return field(5, message(field(1, name), ...values));
    });
    const inputs = op === "Gather" ? [...names, `x${n}`] : [`x${n}`, ...names];
    graph.push(field(1, message(...inputs.map((name) => field(1, name)), field(2, `x${n + 1}`), field(4, op), field(7, domain), ...given)));
  });
  return message(field(7, message(...graph)), field(8, message(field(1, ""), field(2, opset))));
}

describe("an operator of an ONNX model", () => {
  const conv = (attributes: Node["attributes"] = {}): Node => ({ op: "Conv", weights: [{ shape: [2, 4, 3] }], attributes });
  const all: Node = { op: "GlobalMaxPool" };
  const flat: Node = { op: "Flatten" };
  const out = (inputs: number): Node => ({ op: "Gemm", weights: [{ shape: [inputs, 1] }] });
  const HOT = [1, 4, 6];

  it.each<[string, Node[], number[], string[]]>([
    [
      "a convolution and its bias",
      [{ ...conv(), weights: [{ shape: [2, 4, 3] }, { shape: [2] }] }, all, flat, out(2)],
      HOT,
      ["conv1d", "max-pool", "linear"],
    ],
    ["a bias by Add", [conv(), { op: "Add", weights: [{ shape: [1, 2, 1] }] }, all, flat, out(2)], HOT, ["conv1d", "max-pool", "linear"]],
    [
      "a batch norm",
      [conv(), { op: "BatchNormalization", weights: [{ shape: [2] }, { shape: [2] }, { shape: [2] }, { shape: [2] }] }, all, flat, out(2)],
      HOT,
      ["conv1d", "max-pool", "linear"],
    ],
    [
      "a matrix at each position",
      [{ op: "MatMul", weights: [{ shape: [4, 2] }] }, { op: "ReduceMean", attributes: { axes: [1], keepdims: 0 } }, out(2)],
      [1, 6, 4],
      ["conv1d", "mean-pool", "linear"],
    ],
    [
      "features in one list",
      [{ op: "Reshape", weights: [[1, 6, 4]] }, { op: "Transpose", attributes: { perm: [0, 2, 1] } }, conv(), all, flat, out(2)],
      [1, 24],
      ["conv1d", "max-pool", "linear"],
    ],
    [
      "a squeezed axis",
      [conv(), { op: "GlobalAveragePool" }, { op: "Squeeze", weights: [[2]] }, out(2)],
      HOT,
      ["conv1d", "mean-pool", "linear"],
    ],
  ])("is read: %s", (_, nodes, shape, kinds) => {
    expect(networkOf("of.onnx", onnx(nodes, shape)).layers.map(({ kind }) => kind)).toEqual(kinds);
  });

  it.each<[RegExp, Node[], number[]?]>([
    [/the operator Softmax is not among those that are read: Gemm, MatMul, Add, Conv, /, [conv(), { op: "Softmax" }]],
    [/the operator ai.other.Conv is not among/, [{ ...conv(), domain: "ai.other" }]],
    [/expected Conv with the group 1, found 2/, [conv({ group: 2 })]],
    [/expected Conv with pads, found auto_pad SAME_UPPER/, [conv({ auto_pad: "SAME_UPPER" })]],
    [/expected Conv with as much padding on both sides, found 0 and 1/, [conv({ pads: [0, 1] })]],
    [
      /expected the weights w0_0 of a Conv along one axis, found the shape \[2,4,3,3\]/,
      [{ op: "Conv", weights: [{ shape: [2, 4, 3, 3] }] }],
    ],
    [/expected constant weights for Conv, found w0_0/, [{ op: "Conv", weights: ["unknown"] }]],
    [/expected MaxPool with the ceil_mode 0, found 1/, [{ op: "MaxPool", attributes: { kernel_shape: [2], ceil_mode: 1 } }]],
    [/expected MaxPool with the dilations 1, found 2/, [{ op: "MaxPool", attributes: { kernel_shape: [2], dilations: [2] } }]],
    [
      /expected AveragePool with padding to count it, found count_include_pad 0/,
      [{ op: "AveragePool", attributes: { kernel_shape: [2], pads: [1, 1] } }],
    ],
    [/expected Conv to read \[N, channels, positions\], found \[N, numbers\]/, [conv(), all, flat, conv()]],
    [/expected Gemm to read \[N, numbers\], found \[N, channels, positions\]/, [conv(), out(2)]],
    [/expected ReduceMean over all positions, found the axes 1/, [conv(), { op: "ReduceMean", attributes: { axes: [1] } }]],
    [/expected Gather to read \[N, numbers\], found \[N, channels, positions\]/, [conv(), { op: "Gather", weights: [{ shape: [4, 2] }] }]],
    [/expected Gather with the axis 0, found 1/, [{ op: "Gather", weights: [{ shape: [4, 2] }], attributes: { axis: 1 } }], [1, 6]],
    [/expected Reshape to one list of numbers, found the shape \[1,2,2,2\]/, [conv(), { op: "Reshape", weights: [[1, 2, 2, 2]] }]],
    [/expected Transpose to leave the first axis, found perm 1,0,2/, [{ op: "Transpose", attributes: { perm: [1, 0, 2] } }]],
    [
      /expected Add of a bias for each of 2 outputs, found the shape \[2\]/,
      [
        { ...conv(), weights: [{ shape: [2, 4, 3] }] },
        { op: "Add", weights: [{ shape: [2] }] },
      ],
    ],
    [/expected an input of the shape \[N, features\], .*, found 4 dimensions/, [conv()], [1, 4, 6, 1]],
  ])("is refused: %s", (text, nodes, shape = HOT) => {
    expect(() => networkOf("of.onnx", onnx(nodes, shape))).toThrow(text);
  });

  it("is refused where it is of another opset, or cut off", () => {
    const nodes = [conv(), all, flat, out(2)];
    expect(() => networkOf("of.onnx", onnx(nodes, HOT, 7))).toThrow(/of.onnx: expected operators of opset 9 or later, found opset 7/);
    const whole = onnx(nodes, HOT);
    for (let length = 0; length < whole.length; length += 7)
      expect(() => networkOf("of.onnx", whole.subarray(0, length))).toThrow(/of.onnx: /);
  });
});

describe("a convolutional network from safetensors", () => {
  let state = 1;
  const tensor = (...shape: number[]) => ({
    shape,
    data: Float32Array.from({ length: shape.reduce((product, extent) => product * extent, 1) }, () => {
      state = (state * 16807) % 2147483647;
      return state / 2147483647;
    }),
  });
  const tensors = {
    "emb.weight": tensor(5, 3),
    "conv.weight": tensor(4, 3, 2),
    "conv.bias": tensor(4),
    "norm.weight": tensor(4),
    "norm.bias": tensor(4),
    "norm.running_mean": tensor(4),
    "norm.running_var": tensor(4),
    "out.weight": tensor(1, 8),
  };
  const file = (...layers: string[]) => encodeSafetensors({ tensors, metadata: { network: JSON.stringify(layers) } });
  const read = (...layers: string[]) => networkOf("of.safetensors", file(...layers));

  it("has the layers that its list names", () => {
    const list = [
      "embedding emb",
      "conv conv stride=2 padding=1",
      "batch-norm norm",
      "silu",
      "max-pool 3 stride=2 padding=1",
      "flatten",
      "linear out",
    ];
    const network = read(...list);
    const factor = tensors["norm.weight"].data.map((gamma, o) => gamma / Math.sqrt(tensors["norm.running_var"].data[o]! + 1e-5));
    expect(network.layers).toMatchObject([
      { kind: "embedding", rows: 5, width: 3, weight: [...tensors["emb.weight"].data] },
      { kind: "conv1d", inputs: 3, outputs: 4, kernel: 2, stride: 2, padding: 1 },
      { kind: "silu" },
      { kind: "max-pool", window: 3, stride: 2, padding: 1 },
      { kind: "flatten" },
      { kind: "linear", inputs: 8, outputs: 1 },
    ]);
    const [, conv] = network.layers as [unknown, { weight: number[] }];
    expect(conv.weight).toBeCloseInNorm(
      [...tensors["conv.weight"].data].map((value, n) => value * factor[Math.floor(n / 6)]!),
      1e-6,
    );
    const { reward } = givenNetwork({ name: "of.safetensors", bytes: file(...list) });
    expect(() => sequences({ symbols: 4, length: 6, reward })).not.toThrow();
    expect(read("embedding emb", "flatten channels", "mean-pool", "leaky-relu 0.2").layers.slice(1)).toEqual([
      { kind: "flatten", order: "channels" },
      { kind: "mean-pool" },
      { kind: "leaky-relu", slope: 0.2 },
    ]);
  });

  it("may come with whole numbers, as PyTorch's batch norms count their batches", () => {
    const counter = { dtype: "I64", shape: [], data_offsets: [12, 20] };
    const header = {
      __metadata__: { network: '["linear a"]' },
      "a.weight": { dtype: "F32", shape: [1, 3], data_offsets: [0, 12] },
      "a.num_batches_tracked": counter,
    };
    const text = new TextEncoder().encode(JSON.stringify(header));
    const bytes = new Uint8Array(8 + text.length + 20);
    new DataView(bytes.buffer).setUint32(0, text.length, true);
    bytes.set(text, 8);
    expect(networkOf("of.safetensors", bytes).layers).toEqual([{ kind: "linear", inputs: 3, outputs: 1, weight: [0, 0, 0] }]);
  });

  it.each([
    [["conv emb"], /expected emb.weight to be \[outputs, inputs, kernel\], found the shape \[5,3\]/],
    [["conv conv strides=2"], /expected a layer such as "conv net.0 stride=2", found "conv conv strides=2"/],
    [["linear out stride=2"], /expected a layer such as "conv net.0 stride=2"/],
    [["conv conv stride=x"], /expected a layer such as "conv net.0 stride=2"/],
    [["max-pool all"], /expected a layer such as "max-pool 2", found "max-pool all"/],
    [["flatten rows"], /expected a layer such as "flatten", found "flatten rows"/],
    [["relu 2"], /expected a layer such as "leaky-relu 0.2", found "relu 2"/],
    [["conv conv", "relu", "batch-norm norm"], /expected the batch norm norm behind a linear layer or a convolution/],
    [
      ["conv2d conv"],
      /expected linear, conv, embedding, batch-norm, max-pool, mean-pool, flatten, relu, .* as a layer, found "conv2d conv"/,
    ],
  ])("is refused where its list is wrong: %j", (layers, message) => {
    expect(() => read(...layers)).toThrow(message);
  });
});
