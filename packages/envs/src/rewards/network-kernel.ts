import { WebgfnError } from "@webgfn/tensor";
import { largestOf } from "@webgfn/tensor/internal";
import type { ActivationLayer } from "./network-layers.js";
import type { ConvolutionStep, CopyStep, Extent, NetworkStep, PoolStep } from "./network-steps.js";

/** Bytes for the variables of one WGSL function that every implementation allows. */
const FUNCTION_BYTES = 8192;
/** Most numbers of the intermediate results for one object. */
const MOST_NUMBERS = FUNCTION_BYTES / 4;

/** WGSL of an activation of the variable x, of type f32 or vec4f. The results of exp stay finite. */
const ACTIVATIONS: Readonly<Record<ActivationLayer["kind"], (x: string, type: string, slope: number) => string>> = {
  relu: (x, type) => `max(${x}, ${type}())`,
  "leaky-relu": (x, type, slope) => `select(f32(${slope}) * ${x}, ${x}, ${x} > ${type}())`,
  silu: (x, type) => `${x} / (1.0 + exp(min(-${x}, ${type}(80.0))))`,
  tanh: (x, type) => `tanh(clamp(${x}, ${type}(-20.0), ${type}(20.0)))`,
  sigmoid: (x, type) => `1.0 / (1.0 + exp(min(-${x}, ${type}(80.0))))`,
};

/** A network as WGSL. */
export interface NetworkKernel {
  /** The part of `package::reward` with `fn network(state: State, start: u32) -> f32`; `start` is the index of its first weight. */
  wgsl: string;
  /** Number of weights. */
  weights: number;
}

/** Channels that are computed together. */
const blockOf = ({ channels }: Extent): 1 | 4 => (channels < 4 ? 1 : 4);
/** Numbers per position in memory: whole blocks. */
const rowOf = (extent: Extent): number => Math.ceil(extent.channels / blockOf(extent)) * blockOf(extent);
const numbersOf = (extent: Extent): number => extent.positions * rowOf(extent);

/**
 * The kernel of a network's steps. A step reads one end of the function's memory and writes the other, so the numbers of any two consecutive
 * steps must fit.
 *
 * @throws WebgfnError `limit` if they do not fit, with the largest width that would.
 */
export function networkKernel(steps: readonly NetworkStep[], title: string): NetworkKernel {
  const sizes = steps.map(({ outputs }) => numbersOf(outputs));
  const pairs = sizes.map((size, n) => size + (sizes[n - 1] ?? 0));
  const memory = largestOf(pairs);
  if (memory > MOST_NUMBERS) throw tooLarge(steps, pairs.indexOf(memory), title);
  const functions: string[] = [];
  // The first weight is the zero.
  let weights = 1;
  let before = 0;
  steps.forEach((step, n) => {
    const isFirst = n === 0;
    const at = n % 2 === 0 ? 0 : memory - (sizes[n] as number);
    const body = bodyOf(step, { before, at, weights }, isFirst);
    functions.push(`fn step_${n}(numbers: ptr<function, Numbers>, ${isFirst ? "state: State, " : ""}start: u32, zero: u32) {${body}}`);
    weights += step.kind === "convolution" ? weightCount(step) : 0;
    before = at;
  });
  const calls = steps.map((_, n) => `  step_${n}(&numbers, ${n === 0 ? "state, " : ""}start, zero);`);
  const wgsl = `import package::environment::{State, feature, next_feature};
import package::reward_data::reward_data;

// Channels of an object, position by position.
alias Numbers = array<f32, ${memory}>;

fn four(at: u32) -> vec4f {
  return vec4f(reward_data(at), reward_data(at + 1u), reward_data(at + 2u), reward_data(at + 3u));
}

${functions.join("\n\n")}

fn network(state: State, start: u32) -> f32 {
  // The first weight is 0, but compilers cannot know that. With a constant bound, some unroll all loops, which takes minutes.
  let zero = u32(reward_data(start));
  var numbers: Numbers;
${calls.join("\n")}
  return numbers[${before}];
}
`;
  return { wgsl, weights };
}

function tooLarge(steps: readonly NetworkStep[], n: number, title: string): WebgfnError {
  const [one, two] = [steps[n - 1], steps[n]] as [NetworkStep | undefined, NetworkStep];
  const text = ({ channels, positions }: Extent) =>
    positions === 1 ? `${channels} numbers` : `${channels} channels at ${positions} positions`;
  const kept =
    one === undefined
      ? `layer ${two.layer} gives ${text(two.outputs)}`
      : `layer ${two.layer} makes ${text(two.outputs)} of ${text(one.outputs)}`;
  const bytes = 4 * (numbersOf(two.outputs) + (one === undefined ? 0 : numbersOf(one.outputs)));
  const positions = two.outputs.positions + (one?.outputs.positions ?? 0);
  const widest = 4 * Math.floor(MOST_NUMBERS / 4 / positions);
  return new WebgfnError("limit", `${title} needs ${bytes} bytes for each object, because ${kept}, and WGSL allows ${FUNCTION_BYTES}`, {
    fix: widest > 0 ? `use at most ${widest} in ${one === undefined ? "this layer" : "both layers"}` : "pool earlier, or use a stride",
  });
}

/** Offsets of a step's numbers and weights. */
interface Places {
  /** First of its inputs. */
  before: number;
  /** First of its outputs. */
  at: number;
  /** First of its weights, from the network's start. */
  weights: number;
}

/**
 * The network's weights in the kernel's layout: a zero, and for each convolution its biases, [outputs], then its weights, [t][i][o] for the
 * first step, and [o / block][t][i][o % block] for others.
 */
export function packedWeights(steps: readonly NetworkStep[]): number[] {
  const list = [0];
  steps.forEach((step, n) => {
    if (step.kind !== "convolution") return;
    const { kernel, inputs, outputs, weight, bias } = step;
    const row = rowOf(outputs);
    const block = n === 0 ? row : blockOf(outputs);
    const isKept = (o: number) => o < outputs.channels;
    for (let o = 0; o < row; o++) list.push(isKept(o) ? bias(o) : 0);
    for (let first = 0; first < row; first += block) {
      for (let t = 0; t < kernel; t++) {
        for (let i = 0; i < inputs.channels; i++) {
          for (let o = first; o < first + block; o++) list.push(isKept(o) ? weight(t, i, o) : 0);
        }
      }
    }
  });
  return list;
}

function weightCount({ kernel, inputs, outputs }: ConvolutionStep): number {
  return rowOf(outputs) * (1 + kernel * inputs.channels);
}

function bodyOf(step: NetworkStep, places: Places, isFirst: boolean): string {
  if (step.kind === "copy") return copy(step, places);
  if (step.kind !== "convolution") return pool(step, places);
  return isFirst ? sparse(step, places) : dense(step, places);
}

/** Statements that apply a step's activations to the variable x. */
const activate = ({ activations }: NetworkStep, x: string, type: "f32" | "vec4f"): string =>
  activations.map(({ kind, slope = 0.01 }) => `${x} = ${ACTIVATIONS[kind](x, type, slope)};`).join(" ");

/** The activations of a step whose outputs are sums in memory. */
function activateAll(step: NetworkStep, at: number): string {
  if (step.activations.length === 0) return "";
  return `
  for (var n = 0u; n < ${numbersOf(step.outputs)}u + zero; n++) {
    var x = numbers[${at}u + n];
    ${activate(step, "x", "f32")}
    numbers[${at}u + n] = x;
  }`;
}

/** A loop over the features that are not 0. */
function overFeatures({ inputs }: NetworkStep, body: string): string {
  return `for (var k = next_feature(state, 0u); k < ${inputs.channels * inputs.positions}u; k = next_feature(state, k + 1u)) {
    let x = feature(state, k);${body}
  }`;
}

function copy(step: CopyStep, { at }: Places): string {
  const { inputs, outputs } = step;
  return `
  for (var n = 0u; n < ${numbersOf(outputs)}u + zero; n++) {
    numbers[${at}u + n] = 0.0;
  }
  ${overFeatures(step, `\n    numbers[${at}u + k / ${inputs.channels}u * ${rowOf(outputs)}u + k % ${inputs.channels}u] = x;`)}${activateAll(step, at)}
`;
}

/** A convolution of features: each feature that is not 0 adds to the outputs that read it. */
function sparse(step: ConvolutionStep, { at, weights }: Places): string {
  const { kernel, stride, padding, dilation, inputs, outputs } = step;
  const row = rowOf(outputs);
  const add = (line: string, q: string) => `
      for (var o = 0u; o < ${row}u + zero; o++) {
        numbers[${at}u + ${q} * ${row}u + o] += x * reward_data(start + ${weights + row}u + (${line}) * ${row}u + o);
      }`;
  // A linear layer has one row of weights per feature.
  const isWhole = kernel === inputs.positions && outputs.positions === 1 && padding === 0 && dilation === 1;
  const body = isWhole
    ? add("k", "0u")
    : `
      let reached = k / ${inputs.channels}u + ${padding}u;
      for (var t = 0u; t < ${kernel}u + zero; t++) {
        let back = t * ${dilation}u;
        let q = (reached - back) / ${stride}u;
        if (reached < back || q >= ${outputs.positions}u || (reached - back) % ${stride}u != 0u) { continue; }${add(`t * ${inputs.channels}u + k % ${inputs.channels}u`, "q")}
      }`;
  return `
  for (var n = 0u; n < ${numbersOf(outputs)}u + zero; n++) {
    numbers[${at}u + n] = reward_data(start + ${weights}u + n % ${row}u);
  }
  ${overFeatures(step, body)}${activateAll(step, at)}
`;
}

/** A convolution of the outputs of another step, one block of channels at a time. */
function dense(step: ConvolutionStep, { before, at, weights }: Places): string {
  const { kernel, stride, padding, dilation, inputs, outputs } = step;
  const block = blockOf(outputs);
  const [type, read] = block === 4 ? (["vec4f", "four"] as const) : (["f32", "reward_data"] as const);
  const [inputRow, row] = [rowOf(inputs), rowOf(outputs)];
  const loop = `
      var line = start + ${weights + row}u + o * ${kernel * inputs.channels}u;
      for (var t = 0u; t < ${kernel}u + zero; t++) {
        let p = q * ${stride}u + t * ${dilation}u - ${padding}u;
        if (p < ${inputs.positions}u) {
          for (var i = 0u; i < ${inputs.channels}u + zero; i++) {
            sum += numbers[${before}u + p * ${inputRow}u + i] * ${read}(line + i * ${block}u);
          }
        }
        line += ${inputs.channels * block}u;
      }`;
  const stores =
    block === 1
      ? [`numbers[${at}u + q * ${row}u + o] = sum;`]
      : [0, 1, 2, 3].map((c) => `numbers[${at + c}u + q * ${row}u + o] = sum[${c}];`);
  return `
  for (var q = 0u; q < ${outputs.positions}u + zero; q++) {
    for (var o = 0u; o < ${row}u + zero; o += ${block}u) {
      var sum = ${read}(start + ${weights}u + o);${loop}
      ${activate(step, "sum", type)}
      ${stores.join("\n      ")}
    }
  }
`;
}

function pool(step: PoolStep, { before, at }: Places): string {
  const { kind, window, stride, padding, inputs, outputs } = step;
  const row = rowOf(inputs);
  const isMax = kind === "max-pool";
  const x = `numbers[${before}u + p * ${row}u + c]`;
  return `
  for (var q = 0u; q < ${outputs.positions}u + zero; q++) {
    for (var c = 0u; c < ${row}u + zero; c++) {
      var pooled = ${isMax ? "-3.4e38" : "0.0"};
      for (var t = 0u; t < ${window}u + zero; t++) {
        let p = q * ${stride}u + t - ${padding}u;
        if (p < ${inputs.positions}u) {
          pooled = ${isMax ? `max(pooled, ${x})` : `pooled + ${x}`};
        }
      }
      ${isMax ? "" : `pooled /= ${window}.0;`} ${activate(step, "pooled", "f32")}
      numbers[${at}u + q * ${row}u + c] = pooled;
    }
  }
`;
}
