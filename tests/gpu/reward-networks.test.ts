/** Networks as rewards: every layer against float64, on sequences and sets, and what is refused. */
import {
  defineEnvironment,
  networkReward,
  type RewardLayer,
  type RewardNetwork,
  type SequenceObject,
  type SequencesParameters,
  type SetObject,
  sequences,
  sets,
} from "@webgfn/envs";
import { mulberry32, rewardActivations, rewardNumber } from "@webgfn/reference";
import { enumerateObjects } from "@webgfn/trainer";
import { describe, expect, it, vi } from "vitest";
import { testDevice } from "./device.js";

// A driver compiles each kernel when it first runs.
vi.setConfig({ testTimeout: 300_000 });

const SIZES = { items: 6, size: 3 };

/** `count` numbers between −1 and 1. */
function madeUp(seed: number): (count: number) => number[] {
  const random = mulberry32(seed);
  return (count) => Array.from({ length: count }, () => 2 * random() - 1);
}

describe("a network of linear layers", () => {
  /** An MLP with made-up weights. */
  function made(seed: number, sizes: readonly number[], activation: string): RewardNetwork {
    const numbers = madeUp(seed);
    const layers = sizes.slice(1).flatMap((outputs, l) => {
      const inputs = sizes[l]!;
      const linear = { kind: "linear" as const, inputs, outputs, weight: numbers(inputs * outputs), bias: numbers(outputs) };
      return l + 2 < sizes.length ? [linear, { kind: activation as "relu", slope: 0.2 }] : [linear];
    });
    return { layers };
  }

  const membership = ({ items }: SetObject) => Array.from({ length: 6 }, (_, i) => (items.includes(i) ? 1 : 0));

  it.each(rewardActivations)("gives what float64 gives: %s", async (activation) => {
    const network = made(3, [6, 7, 5, 1], activation);
    const objects = await enumerateObjects(await testDevice(), sets({ ...SIZES, reward: networkReward(network) }));
    expect(objects.map(({ logReward }) => logReward)).toBeCloseInNorm(
      objects.map(({ object }) => rewardNumber(network, membership(object))),
      1e-5,
    );
  });

  it("may be an ensemble, and give R", async () => {
    const members = [1, 2, 3].map((seed) => made(seed, [6, 4, 1], "tanh"));
    const reward = networkReward(members, { deviations: 2, scale: "linear", exponent: 2, factor: 3, floor: 0.01 });
    const objects = await enumerateObjects(await testDevice(), sets({ ...SIZES, reward }));
    const expected = objects.map(({ object }) => {
      const numbers = members.map((member) => rewardNumber(member, membership(object)));
      const mean = numbers.reduce((sum, x) => sum + x, 0) / 3;
      const deviation = Math.sqrt(numbers.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 3);
      return Math.log(Math.max(0.01, 3 * Math.max(0, mean + 2 * deviation) ** 2));
    });
    expect(new Set(expected).size).toBeGreaterThan(3);
    expect(objects.map(({ logReward }) => logReward)).toBeCloseInNorm(expected, 1e-4);
  });

  const good = made(1, [6, 4, 1], "relu");
  const change = (layer: object) => ({ layers: [{ ...good.layers[0], ...layer }, ...good.layers.slice(1)] }) as RewardNetwork;
  it.each([
    [made(1, [5, 1], "relu"), /a network reads 5 numbers, and sets of 3 out of 6 items has 6 features/],
    [made(1, [6, 2], "relu"), /the network gives 2 numbers, and must give one/],
    [change({ weight: [1] }), /layer 0 has 1 weights, and 4 × 6 are needed/],
    [change({ bias: [1, Number.NaN, 1, 1] }), /layer 0 holds a weight that is NaN/],
    [change({ outputs: 3, weight: new Array(18).fill(0), bias: [0, 0, 0] }), /layer 2 reads 4 numbers, and the one before gives 3/],
    [{ layers: [{ kind: "gelu" }] } as unknown as RewardNetwork, /layer 0 is "gelu", and must be linear, conv1d/],
    [[good, made(1, [6, 5, 1], "relu")], /network 2 of the ensemble has other layers/],
    [[], /at least one network/],
  ])("is refused: %#", (network, message) => {
    expect(() => sets({ ...SIZES, reward: networkReward(network as RewardNetwork) })).toThrow(message);
  });
});

describe("a network of sequences", () => {
  const numbers = madeUp(11);
  const conv = (inputs: number, outputs: number, kernel: number, more = {}): RewardLayer => {
    return { kind: "conv1d", inputs, outputs, kernel, ...more, weight: numbers(inputs * outputs * kernel), bias: numbers(outputs) };
  };
  const linear = (inputs: number, outputs: number): RewardLayer => {
    return { kind: "linear", inputs, outputs, weight: numbers(inputs * outputs), bias: numbers(outputs) };
  };
  const embedding = (rows: number, width: number): RewardLayer => ({ kind: "embedding", rows, width, weight: numbers(rows * width) });
  const relu: RewardLayer = { kind: "relu" };
  const flatten: RewardLayer = { kind: "flatten" };
  const max: RewardLayer = { kind: "max-pool" };
  const mean: RewardLayer = { kind: "mean-pool" };
  const pool = (kind: "max-pool" | "mean-pool", window: number, more = {}): RewardLayer => ({ kind, window, ...more });

  /** Each kind of layer first and later, at sizes where it has edges. Sequences have all lengths up to the longest. */
  const cases: [name: string, parameters: SequencesParameters, layers: RewardLayer[]][] = [
    ["one position", { symbols: 4, length: 1 }, [conv(4, 5, 1), relu, max, linear(5, 1)]],
    [
      "kernels longer than the sequence",
      { symbols: 3, length: 3 },
      [conv(3, 6, 7, { padding: 2 }), relu, conv(6, 5, 5, { padding: 2 }), flatten, linear(5, 1)],
    ],
    [
      "strides that leave a rest",
      { symbols: 3, length: 5 },
      [conv(3, 4, 2, { stride: 2, padding: 1 }), conv(4, 3, 2, { stride: 2 }), flatten, linear(3, 1)],
    ],
    [
      "dilations",
      { symbols: 2, length: 6 },
      [conv(2, 3, 3, { dilation: 2, padding: 1 }), relu, conv(3, 5, 2, { dilation: 3, padding: 1 }), mean, linear(5, 1)],
    ],
    ["an embedding, flattened by positions", { symbols: 3, length: 4 }, [embedding(3, 2), flatten, linear(8, 5), relu, linear(5, 1)]],
    ["an embedding with a row for missing positions", { symbols: 3, length: 4 }, [embedding(4, 5), conv(5, 2, 3), flatten, linear(4, 1)]],
    [
      "an embedding, flattened by channels",
      { symbols: 3, length: 4 },
      [embedding(3, 2), { kind: "flatten", order: "channels" }, linear(8, 1)],
    ],
    [
      "windows of pools",
      { symbols: 3, length: 5 },
      [conv(3, 5, 1), pool("max-pool", 3, { stride: 2, padding: 1 }), pool("mean-pool", 2), flatten, linear(5, 1)],
    ],
    [
      "a mean with padding",
      { symbols: 3, length: 5 },
      [conv(3, 3, 2), pool("mean-pool", 3, { stride: 2, padding: 1 }), flatten, linear(6, 1)],
    ],
    ["pools of features", { symbols: 3, length: 4 }, [pool("mean-pool", 2), { kind: "tanh" }, conv(3, 1, 2), flatten]],
    [
      "features flattened by channels",
      { symbols: 3, length: 3 },
      [{ kind: "flatten", order: "channels" }, linear(9, 4), { kind: "silu" }, linear(4, 1)],
    ],
    ["a convolution that gives the number", { symbols: 2, length: 3 }, [conv(2, 5, 1), conv(5, 1, 3)]],
  ];

  const oneHot = (symbols: number, length: number, object: SequenceObject) =>
    Array.from({ length: symbols * length }, (_, k) => (object.symbols[Math.floor(k / symbols)] === k % symbols ? 1 : 0));

  it.each(cases)("gives what float64 gives: %s", async (_, parameters, layers) => {
    const { symbols, length } = parameters as Required<SequencesParameters>;
    const objects = await enumerateObjects(await testDevice(), sequences({ ...parameters, reward: networkReward({ layers }) }));
    const expected = objects.map(({ object }) => rewardNumber({ layers }, oneHot(symbols, length, object), symbols));
    // Otherwise a kernel that reads nothing would do.
    expect(new Set(expected.map((value) => value.toFixed(6))).size).toBeGreaterThan(Math.min(objects.length, 7) / 2);
    expect(objects.map(({ logReward }) => logReward)).toBeCloseInNorm(expected, 1e-5);
  });

  it("may be an ensemble of convolutional networks", async () => {
    const members = [1, 2, 3].map(() => ({ layers: [conv(3, 6, 3, { padding: 1 }), relu, conv(6, 2, 2), max, linear(2, 1)] }));
    const reward = networkReward(members, { deviations: -1 });
    const objects = await enumerateObjects(await testDevice(), sequences({ symbols: 3, length: 4, reward }));
    const expected = objects.map(({ object }) => {
      const values = members.map((member) => rewardNumber(member, oneHot(3, 4, object), 3));
      const average = values.reduce((sum, x) => sum + x, 0) / 3;
      return average - Math.sqrt(values.reduce((sum, x) => sum + (x - average) ** 2, 0) / 3);
    });
    expect(objects.map(({ logReward }) => logReward)).toBeCloseInNorm(expected, 1e-5);
  });

  const bound = (parameters: SequencesParameters, ...layers: RewardLayer[]) =>
    sequences({ ...parameters, reward: networkReward({ layers }) });
  const FOUR = { symbols: 4, length: 10 };
  it.each<[RegExp, RewardLayer[]]>([
    [/a network reads 3 channels at each position, and sequences of up to 10 of 4 symbols has 4 at each of 10: one-hot/, [conv(3, 1, 1)]],
    [/a network has an embedding of 6 symbols, and sequences .* has 4: one-hot/, [embedding(6, 1)]],
    [/layer 1 is an embedding, which must be the first layer/, [conv(4, 4, 1), embedding(4, 1)]],
    [/layer 1 reads 5 channels, and the one before gives 4/, [conv(4, 4, 1), conv(5, 1, 1)]],
    [/layer 0 reads 12 positions at a time, and there are 10 and a padding of 0 on both sides/, [conv(4, 4, 12)]],
    [/layer 1 reads 11 positions at a time, and there are 10/, [conv(4, 4, 1), pool("max-pool", 11)]],
    [/layer 1 is linear, and the one before gives 4 channels at each of 10 positions/, [conv(4, 4, 1), linear(4, 1)]],
    [/layer 2 reads 4 numbers, and the one before gives 40/, [conv(4, 4, 1), flatten, linear(4, 1)]],
    [
      /layer 2 is conv1d, which reads channels at positions, and the one before gives one list of numbers/,
      [conv(4, 4, 1), mean, conv(4, 1, 1)],
    ],
    [/layer 0 is "relu", and the first layer must be linear, conv1d, embedding or a pool/, [relu, linear(40, 1)]],
    [/layer 0 \(max-pool\) has the padding 2, more than half its window of 3/, [pool("max-pool", 3, { padding: 2 })]],
    [/layer 0 \(mean-pool\) has a stride or a padding, and no window/, [{ kind: "mean-pool", stride: 2 }]],
    [/layer 0 \(conv1d\) has the stride 0, and it must be a whole number from 1 on/, [conv(4, 4, 1, { stride: 0 })]],
    [/the network gives 10 numbers, and must give one/, [conv(4, 1, 1)]],
  ])("is refused: %s", (message, layers) => {
    expect(() => bound(FOUR, ...layers)).toThrow(message);
  });

  it("is refused where it does not fit into a function's memory, with the largest width that does", () => {
    const wide = (channels: number) => () => bound(FOUR, conv(4, channels, 1), conv(channels, channels, 1), max, linear(channels, 1));
    expect(wide(103)).toThrow(
      expect.objectContaining({
        code: "limit",
        message:
          "a network needs 8320 bytes for each object, because layer 1 makes 103 channels at 10 positions of 103 channels at 10 positions, and WGSL allows 8192",
        fix: "use at most 100 in both layers",
      }),
    );
    expect(wide(100)).not.toThrow();
  });

  it("divides the features of an environment that declares no positions", () => {
    const { featureGrid, reward: _, ...own } = sequences(FOUR) as ReturnType<typeof sequences> & { reward?: never };
    const { shader, constants, stateWords, actions, horizon, features, decode } = own;
    const define = (more: object, ...layers: RewardLayer[]) =>
      defineEnvironment({
        name: "own",
        shader,
        constants,
        stateWords,
        actions,
        horizon,
        features,
        decode,
        ...more,
        reward: networkReward({ layers }),
      });
    expect(featureGrid).toEqual({ channels: 4, positions: 10 });
    expect(() => define({}, conv(4, 1, 10), flatten)).not.toThrow();
    expect(() => define({}, conv(3, 1, 1))).toThrow(/a network reads 3 channels at each position, which do not divide own's 40 features/);
    expect(() => define({}, mean, linear(4, 1))).toThrow(/a network reads positions, and own declares none/);
    expect(() => define({ featureGrid }, mean, linear(4, 1))).not.toThrow();
    expect(() => define({ featureGrid: { channels: 3, positions: 10 } }, linear(40, 1))).toThrow(
      /own's featureGrid has 3 channels at 10 positions, and there are 40 features/,
    );
  });
});
