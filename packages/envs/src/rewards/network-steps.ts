import { argumentError } from "@webgfn/tensor/internal";
import type { Environment } from "../environment.js";
import type { ActivationLayer, ConvolutionLayer, LinearLayer, PoolLayer, RewardNetwork } from "./network-layers.js";

/** Channels at positions; numbers without positions are the channels of a single position. */
export interface Extent {
  channels: number;
  positions: number;
}

interface Common {
  /** The layer's index in the network. */
  layer: number;
  inputs: Extent;
  outputs: Extent;
  /** Applied to the outputs in turn. */
  activations: ActivationLayer[];
}

/** out[q][o] = bias(o) + Σ_{t, i} weight(t, i, o) · in[q·stride + t·dilation − padding][i]. Every layer with weights is such a step. */
export interface ConvolutionStep extends Common {
  kind: "convolution";
  kernel: number;
  stride: number;
  padding: number;
  dilation: number;
  weight(t: number, i: number, o: number): number;
  bias(o: number): number;
}

export interface PoolStep extends Common {
  kind: "max-pool" | "mean-pool";
  window: number;
  stride: number;
  padding: number;
}

/** Copies the features, if the first layer is not a convolution. */
export interface CopyStep extends Common {
  kind: "copy";
}

/** The steps of the kernel, one loop each. Only the first step reads features. */
export type NetworkStep = ConvolutionStep | PoolStep | CopyStep;

/** The facts about features that a network depends on. */
export type FeatureFacts = Pick<Environment, "features" | "featureOrder" | "featureGrid" | "title">;

/** The output of a layer: channels at positions, or, flattened, one list in which `order` is the outer index. */
interface Value {
  extent: Extent;
  isFlat: boolean;
  order: "channels" | "positions";
}

/**
 * The steps of a network on an environment's features.
 *
 * @throws WebgfnError `argument` if a layer does not fit the one before it, or the first layer does not fit the features.
 */
export function stepsOf({ layers }: RewardNetwork, facts: FeatureFacts, title: string): NetworkStep[] {
  const steps: NetworkStep[] = [];
  // Undefined for the features themselves.
  let value: Value | undefined;
  layers.forEach((layer, n) => {
    switch (layer.kind) {
      case "linear": {
        const inputs = value ?? allFeatures(layer, facts, title);
        steps.push(linearStep(layer, n, inputs));
        value = { extent: { channels: layer.outputs, positions: 1 }, isFlat: true, order: "channels" };
        break;
      }
      case "conv1d": {
        const inputs = value ?? { extent: featureGrid(facts, title, layer.inputs), isFlat: false, order: "positions" };
        const step = convolutionStep(layer, n, inputs);
        steps.push(step);
        value = { extent: step.outputs, isFlat: false, order: "channels" };
        break;
      }
      case "embedding": {
        if (value !== undefined) throw argumentError(`layer ${n} is an embedding, which must be the first layer`);
        const { rows, width, weight } = layer;
        const inputs = facts.featureGrid ?? featureGrid(facts, title, rows);
        const { channels, positions } = inputs;
        if (rows !== channels && rows !== channels + 1) {
          throw argumentError(`${title} has an embedding of ${rows} symbols, and ${facts.title} has ${channels}: ${facts.featureOrder}`);
        }
        const row = (symbol: number, o: number) => weight[symbol * width + o] as number;
        // A position without a symbol has features 0, so that only the bias is left.
        const missing = (o: number) => (rows > channels ? row(channels, o) : 0);
        const outputs = { channels: width, positions };
        const weights = { weight: (_: number, i: number, o: number) => row(i, o) - missing(o), bias: missing };
        steps.push({ kind: "convolution", layer: n, inputs, outputs, activations: [], ...POINTWISE, ...weights });
        value = { extent: outputs, isFlat: false, order: "positions" };
        break;
      }
      case "max-pool":
      case "mean-pool": {
        const inputs = value ?? { extent: featureGrid(facts, title), isFlat: false, order: "positions" };
        if (value === undefined) steps.push({ kind: "copy", layer: n, inputs: inputs.extent, outputs: inputs.extent, activations: [] });
        const step = poolStep(layer, n, inputs);
        steps.push(step);
        value = { extent: step.outputs, isFlat: layer.window === undefined, order: "channels" };
        break;
      }
      case "flatten": {
        if (value === undefined && layer.order === "channels")
          value = { extent: featureGrid(facts, title), isFlat: true, order: "channels" };
        else if (value !== undefined && !value.isFlat) value = { ...value, isFlat: true, order: layer.order ?? value.order };
        break;
      }
      default: {
        const last = steps.at(-1);
        if (last === undefined) {
          throw argumentError(`layer ${n} is "${layer.kind}", and the first layer must be linear, conv1d, embedding or a pool`);
        }
        last.activations.push(layer);
      }
    }
  });
  const { channels = 0, positions = 1 } = steps.at(-1)?.outputs ?? {};
  if (channels * positions !== 1) throw argumentError(`the network gives ${channels * positions || "no"} numbers, and must give one`);
  return steps;
}

/** A convolution with one position as input and output. */
const POINTWISE = { kernel: 1, stride: 1, padding: 0, dilation: 1 };

/** The features as one list. */
function allFeatures({ inputs }: LinearLayer, { features, featureOrder, title: environment }: FeatureFacts, title: string): Value {
  if (inputs !== features) {
    throw argumentError(`${title} reads ${inputs} numbers, and ${environment} has ${features} features: ${featureOrder}`);
  }
  return { extent: { channels: features, positions: 1 }, isFlat: true, order: "positions" };
}

/** The features as channels at positions, as the environment declares them; by default the first layer's channels divide them. */
function featureGrid(
  { features, featureOrder, featureGrid: declared, title: environment }: FeatureFacts,
  title: string,
  channels?: number,
): Extent {
  if (declared !== undefined) {
    if (channels === undefined || channels === declared.channels) return declared;
    const found = `${declared.channels} at each of ${declared.positions}`;
    throw argumentError(`${title} reads ${channels} channels at each position, and ${environment} has ${found}: ${featureOrder}`);
  }
  if (channels === undefined) {
    throw argumentError(`${title} reads positions, and ${environment} declares none`, "declare featureGrid: { channels, positions }");
  }
  if (features % channels === 0) return { channels, positions: features / channels };
  throw argumentError(`${title} reads ${channels} channels at each position, which do not divide ${environment}'s ${features} features`);
}

function linearStep({ inputs, outputs, weight, bias }: LinearLayer, n: number, { extent, isFlat, order }: Value): ConvolutionStep {
  const { channels, positions } = extent;
  if (!isFlat) {
    const found = `${channels} channels at each of ${positions} positions`;
    throw argumentError(
      `layer ${n} is linear, and the one before gives ${found}`,
      "put a flatten or a pool without a window between them; a conv1d of kernel 1 is linear at each position",
    );
  }
  if (inputs !== channels * positions) {
    throw argumentError(`layer ${n} reads ${inputs} numbers, and the one before gives ${channels * positions}`);
  }
  const column = order === "channels" ? (t: number, i: number) => i * positions + t : (t: number, i: number) => t * channels + i;
  return {
    kind: "convolution",
    layer: n,
    inputs: extent,
    outputs: { channels: outputs, positions: 1 },
    activations: [],
    ...POINTWISE,
    kernel: positions,
    weight: (t, i, o) => weight[o * inputs + column(t, i)] as number,
    bias: (o) => bias?.[o] ?? 0,
  };
}

function convolutionStep(layer: ConvolutionLayer, n: number, { extent, isFlat }: Value): ConvolutionStep {
  const { inputs, outputs, kernel, stride = 1, padding = 0, dilation = 1, weight, bias } = layer;
  requirePositions(layer.kind, n, isFlat);
  if (inputs !== extent.channels) {
    throw argumentError(`layer ${n} reads ${inputs} channels, and the one before gives ${extent.channels}`);
  }
  const positions = windows(n, extent.positions, { size: dilation * (kernel - 1) + 1, stride, padding });
  return {
    kind: "convolution",
    layer: n,
    inputs: extent,
    outputs: { channels: outputs, positions },
    activations: [],
    ...{ kernel, stride, padding, dilation },
    weight: (t, i, o) => weight[(o * inputs + i) * kernel + t] as number,
    bias: (o) => bias?.[o] ?? 0,
  };
}

function poolStep({ kind, window, stride, padding = 0 }: PoolLayer, n: number, { extent, isFlat }: Value): PoolStep {
  requirePositions(kind, n, isFlat);
  const { channels, positions } = extent;
  const size = window ?? positions;
  const sizes = { size, stride: stride ?? size, padding };
  const outputs = { channels, positions: windows(n, positions, sizes) };
  return { kind, layer: n, inputs: extent, outputs, activations: [], window: size, stride: sizes.stride, padding };
}

function requirePositions(kind: string, n: number, isFlat: boolean): void {
  if (isFlat) throw argumentError(`layer ${n} is ${kind}, which reads channels at positions, and the one before gives one list of numbers`);
}

/** Number of windows. */
function windows(n: number, positions: number, { size, stride, padding }: { size: number; stride: number; padding: number }): number {
  const count = Math.floor((positions + 2 * padding - size) / stride) + 1;
  if (count >= 1) return count;
  const found = `${positions} and a padding of ${padding} on both sides`;
  throw argumentError(`layer ${n} reads ${size} positions at a time, and there are ${found}`);
}
