import { WebgfnError } from "@webgfn/tensor";
import type { ActivationLayer } from "./network-layers.js";
import type { ConvolutionStep, CopyStep, Extent, NetworkStep, PoolStep } from "./network-steps.js";

/** Bytes of the variables of one WGSL function, by the limits of the language. */
const FUNCTION_BYTES = 8192;
/** Vectors of four that an object's numbers may take. */
const MOST_VECTORS = FUNCTION_BYTES / 16;

/** WGSL of an activation of the vec4f x. exp stays finite. */
const ACTIVATIONS: Readonly<Record<ActivationLayer["kind"], (x: string, slope: number) => string>> = {
  relu: (x) => `max(${x}, vec4f())`,
  "leaky-relu": (x, slope) => `leaky(${x}, f32(${slope}))`,
  silu: (x) => `silu(${x})`,
  tanh: (x) => `tanh(clamp(${x}, vec4f(-20.0), vec4f(20.0)))`,
  sigmoid: (x) => `sigmoid(${x})`,
};

/** A network as a kernel reads it. */
export interface NetworkKernel {
  /** Of `package::reward`: `fn network(state: State, start: u32) -> f32`, where `start` is the first of its weights. */
  wgsl: string;
  /** How many weights there are. */
  weights: number;
}

/** Vectors of four: channels are padded, position by position. */
const channels4 = ({ channels }: Extent): number => Math.ceil(channels / 4);
const vectors = (extent: Extent): number => extent.positions * channels4(extent);

/** Vectors of outputs that are summed at once, so that each input is read less often. */
const together = (outputs: Extent): number => [4, 2, 1].find((count) => channels4(outputs) % count === 0) as number;

/**
 * The kernel of a network's steps. A step reads one end of the function's memory and writes the other, so that what two steps in a row
 * keep must fit.
 *
 * @throws WebgfnError `limit` where it does not, with the largest width that would.
 */
export function networkKernel(steps: readonly NetworkStep[], title: string): NetworkKernel {
  const sizes = steps.map(({ outputs }) => vectors(outputs));
  const pairs = sizes.map((size, n) => size + (sizes[n - 1] ?? 0));
  const memory = Math.max(...pairs);
  if (memory > MOST_VECTORS) throw tooLarge(steps, pairs.indexOf(memory), title);
  const functions: string[] = [];
  let weights = 0;
  let before = 0;
  steps.forEach((step, n) => {
    const isFirst = n === 0;
    const at = n % 2 === 0 ? 0 : memory - (sizes[n] as number);
    const places: Places = { before, at, weights };
    functions.push(
      `fn step_${n}(numbers: ptr<function, Numbers>, ${isFirst ? "state: State, " : ""}start: u32) {${bodyOf(step, places, isFirst)}}`,
    );
    weights += step.kind === "convolution" ? weightCount(step, isFirst) : 0;
    before = at;
  });
  const calls = steps.map((_, n) => `  step_${n}(&numbers, ${n === 0 ? "state, " : ""}start);`);
  const wgsl = `import package::environment::{State, feature, next_feature};
import package::reward_data::reward_data;

// Channels of an object, position by position.
alias Numbers = array<vec4f, ${memory}>;

fn four(at: u32) -> vec4f {
  return vec4f(reward_data(at), reward_data(at + 1u), reward_data(at + 2u), reward_data(at + 3u));
}

fn leaky(x: vec4f, slope: f32) -> vec4f {
  return select(slope * x, x, x > vec4f());
}

fn sigmoid(x: vec4f) -> vec4f {
  return 1.0 / (1.0 + exp(min(-x, vec4f(80.0))));
}

fn silu(x: vec4f) -> vec4f {
  return x * sigmoid(x);
}

${functions.join("\n\n")}

fn network(state: State, start: u32) -> f32 {
  var numbers: Numbers;
${calls.join("\n")}
  return numbers[${before}].x;
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
  const bytes = 16 * (vectors(two.outputs) + (one === undefined ? 0 : vectors(one.outputs)));
  const positions = two.outputs.positions + (one?.outputs.positions ?? 0);
  const widest = 4 * Math.floor(MOST_VECTORS / positions);
  return new WebgfnError("limit", `${title} needs ${bytes} bytes for each object, because ${kept}, and WGSL allows ${FUNCTION_BYTES}`, {
    fix: widest > 0 ? `use at most ${widest} channels in both` : "pool earlier, or use a stride",
  });
}

/** Where a step's numbers and weights lie. */
interface Places {
  /** First vector of its inputs. */
  before: number;
  /** First vector of its outputs. */
  at: number;
  /** First of its weights, from the network's start. */
  weights: number;
}

/** The network's weights in the kernel's order. */
export function packedWeights(steps: readonly NetworkStep[]): number[] {
  return steps.flatMap((step, n) => (step.kind === "convolution" ? packed(step, n === 0) : []));
}

/** Whether a convolution has one output channel, which is a scalar product. */
const isSingle = ({ outputs }: ConvolutionStep): boolean => outputs.channels === 1;

/** Weights of a convolution in the kernel's order: biases, then, by the first step, [t][i][o], and by others as {@link dense} has them. */
function packed(step: ConvolutionStep, isFirst: boolean): number[] {
  const { kernel, inputs, outputs, weight, bias } = step;
  const list = Array.from({ length: 4 * channels4(outputs) }, (_, o) => (o < outputs.channels ? bias(o) : 0));
  const put = (t: number, i: number, o: number): unknown => list.push(i < inputs.channels && o < outputs.channels ? weight(t, i, o) : 0);
  const width = isFirst ? 4 * channels4(outputs) : isSingle(step) ? 1 : 4 * together(outputs);
  const inputWidth = isFirst ? inputs.channels : 4 * channels4(inputs);
  for (let block = 0; block < outputs.channels; block += width) {
    for (let t = 0; t < kernel; t++) {
      for (let i = 0; i < inputWidth; i++) for (let o = block; o < block + width; o++) put(t, i, o);
    }
  }
  return list;
}

function weightCount(step: ConvolutionStep, isFirst: boolean): number {
  const outputs = 4 * channels4(step.outputs);
  const inputs = step.kernel * (isFirst ? step.inputs.channels : 4 * channels4(step.inputs));
  return outputs + (isSingle(step) && !isFirst ? inputs : outputs * inputs);
}

function bodyOf(step: NetworkStep, places: Places, isFirst: boolean): string {
  if (step.kind === "copy") return copy(step, places);
  if (step.kind !== "convolution") return pool(step, places);
  return isFirst ? sparse(step, places) : dense(step, places);
}

const activated = ({ activations }: NetworkStep, x: string): string =>
  activations.reduce((inner, { kind, slope = 0.01 }) => ACTIVATIONS[kind](inner, slope), x);

/** A loop over the features that are not 0. */
const overFeatures = ({ inputs }: NetworkStep, body: string): string => {
  const features = `${inputs.channels * inputs.positions}u`;
  return `for (var k = next_feature(state, 0u); k < ${features}; k = next_feature(state, k + 1u)) {${body}}`;
};

function copy(step: CopyStep, { at }: Places): string {
  const [channels, width] = [`${step.inputs.channels}u`, `${channels4(step.inputs)}u`];
  return `
  for (var n = 0u; n < ${vectors(step.outputs)}u; n++) {
    numbers[${at}u + n] = vec4f();
  }
  ${overFeatures(
    step,
    `
    let c = k % ${channels};
    numbers[${at}u + k / ${channels} * ${width} + c / 4u][c % 4u] = feature(state, k);
  `,
  )}${afterwards(step, at)}
`;
}

/** A convolution of features: each one that is not 0 adds to the outputs that read it. */
function sparse(step: ConvolutionStep, { at, weights }: Places): string {
  const { kernel, stride, padding, dilation, inputs, outputs } = step;
  const width = channels4(outputs);
  const add = (row: string, q: string) => `
      for (var o = 0u; o < ${width}u; o++) {
        numbers[${at}u + ${q} * ${width}u + o] += x * four(start + ${weights + 4 * width}u + ${4 * width}u * (${row}) + 4u * o);
      }`;
  const channel = `k % ${inputs.channels}u`;
  const position = `k / ${inputs.channels}u`;
  const isWhole = kernel === inputs.positions && outputs.positions === 1 && padding === 0 && dilation === 1;
  const body = isWhole
    ? add("k", "0u")
    : `
      for (var t = 0u; t < ${kernel}u; t++) {
        let reached = ${position} + ${padding}u;
        let back = t * ${dilation}u;
        let q = (reached - back) / ${stride}u;
        if (reached >= back && q < ${outputs.positions}u && (reached - back) % ${stride}u == 0u) {${add(`t * ${inputs.channels}u + ${channel}`, "q")}
        }
      }`;
  return `
  for (var n = 0u; n < ${vectors(outputs)}u; n++) {
    numbers[${at}u + n] = four(start + ${weights}u + 4u * (n % ${width}u));
  }
  ${overFeatures(
    step,
    `
      let x = feature(state, k);${body}
  `,
  )}${afterwards(step, at)}
`;
}

/** The activations of a step whose outputs are sums in memory. */
function afterwards(step: NetworkStep, at: number): string {
  if (step.activations.length === 0) return "";
  return `
  for (var n = 0u; n < ${vectors(step.outputs)}u; n++) {
    let x = numbers[${at}u + n];
    numbers[${at}u + n] = ${activated(step, "x")};
  }`;
}

/**
 * A convolution of a step's outputs. `together` vectors of outputs are summed at once; the weights are
 * [outputs / (4 · together)][kernel][inputs, padded][4 · together].
 */
function dense(step: ConvolutionStep, { before, at, weights }: Places): string {
  const { kernel, stride, padding, dilation, inputs, outputs } = step;
  const isOne = isSingle(step);
  const [inputs4, outputs4] = [channels4(inputs), channels4(outputs)];
  const count = isOne ? 1 : together(outputs);
  const sums = Array.from({ length: count }, (_, b) => b);
  const width = isOne ? 1 : 4 * count;
  /** Adds the input at vector `read` by the weights of input vector `j` of all those of a block. */
  const add = (read: string, j: string) => `
        let x = numbers[${read}];
        let row = start + ${weights + 4 * outputs4}u + (block * ${kernel * inputs4}u + ${j}) * ${4 * width}u;
        ${
          isOne
            ? "sum0.x += dot(x, four(row));"
            : sums
                .map((b) => `sum${b} += ${[0, 1, 2, 3].map((i) => `x.${"xyzw"[i]} * four(row + ${width * i + 4 * b}u)`).join(" + ")};`)
                .join("\n        ")
        }`;
  // Without gaps and padding, the positions that an output reads lie one after another.
  const isOneRun = padding === 0 && (dilation === 1 || kernel === 1);
  const loop = isOneRun
    ? `
      for (var j = 0u; j < ${kernel * inputs4}u; j++) {${add(`${before}u + q * ${stride * inputs4}u + j`, "j")}
      }`
    : `
      for (var t = 0u; t < ${kernel}u; t++) {
        let p = q * ${stride}u + t * ${dilation}u;
        if (p < ${padding}u || p >= ${padding + inputs.positions}u) { continue; }
        for (var j = 0u; j < ${inputs4}u; j++) {${add(`${before}u + (p - ${padding}u) * ${inputs4}u + j`, `t * ${inputs4}u + j`)}
        }
      }`;
  return `
  for (var q = 0u; q < ${outputs.positions}u; q++) {
    for (var block = 0u; block < ${isOne ? 1 : outputs4 / count}u; block++) {
      ${sums.map((b) => `var sum${b} = four(start + ${weights + 4 * b}u + block * ${width}u);`).join("\n      ")}${loop}
      ${sums.map((b) => `numbers[${at + b}u + q * ${outputs4}u + block * ${count}u] = ${activated(step, `sum${b}`)};`).join("\n      ")}
    }
  }
`;
}

function pool(step: PoolStep, { before, at }: Places): string {
  const { kind, window, stride, padding, inputs, outputs } = step;
  const width = channels4(inputs);
  const isMax = kind === "max-pool";
  const x = `numbers[${before}u + (p - ${padding}u) * ${width}u + c]`;
  return `
  for (var q = 0u; q < ${outputs.positions}u; q++) {
    for (var c = 0u; c < ${width}u; c++) {
      var pooled = vec4f(${isMax ? "-3.4e38" : ""});
      for (var t = 0u; t < ${window}u; t++) {
        let p = q * ${stride}u + t;
        if (p >= ${padding}u && p < ${padding + inputs.positions}u) {
          pooled = ${isMax ? `max(pooled, ${x})` : `pooled + ${x}`};
        }
      }
      numbers[${at}u + q * ${width}u + c] = ${activated(step, isMax ? "pooled" : `pooled / ${window}.0`)};
    }
  }
`;
}
