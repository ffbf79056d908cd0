import shader from "@webgfn/shaders/tensor/categorical.wgsl";
import choice from "@webgfn/shaders/tensor/choice.wgsl";
import dispatch from "@webgfn/shaders/tensor/dispatch.wgsl";
import finite from "@webgfn/shaders/tensor/finite.wgsl";
import masked from "@webgfn/shaders/tensor/masked.wgsl";
import random from "@webgfn/shaders/tensor/random.wgsl";
import { argumentError } from "../errors.js";
import type { Program } from "../program.js";
import type { Tensor } from "../tensor.js";
import { addAdvance, advanceKernel, checkCounter, checkWord } from "./advance.js";
import { checkDistinct, checkInput, checkOutput, output, requireCall } from "./checks.js";
import { checkIndexable, uniforms, workgroups } from "./dispatch.js";

/**
 * Result of {@link categorical} for a row that allows nothing, or that has a NaN or +∞.
 *
 * @example
 * ```ts
 * import { NOTHING_ALLOWED } from "@webgfn/tensor";
 * const drawn = Uint32Array.of(2, NOTHING_ALLOWED); // as `categorical` gives them
 * console.log(Array.from(drawn, (index) => (index === NOTHING_ALLOWED ? "stuck" : index))); // [ 2, 'stuck' ]
 * ```
 */
export const NOTHING_ALLOWED = 0xffffffff;

/** Tensors of {@link categorical}. */
export interface CategoricalTensors {
  /** Log-probabilities [..., n], such as those of {@link maskedLogSoftmax}; they need not be normalised. Entries below −5e29 are forbidden. */
  logProbabilities: Tensor;
  /** Number of draws so far, u32 [1], which every draw increments. Pass a tensor to share, save or restore it. Default: a new one. */
  counter?: Tensor;
  /** The drawn indices, u32, with the shape of `logProbabilities` without its last axis. Default: a new tensor. */
  out?: Tensor;
}

/** Options of {@link categorical}. */
export interface CategoricalOptions {
  /** Key of the random numbers, a whole number from 0 to 2⁵³ − 1. */
  seed: number;
  /** Separates operations that share a seed but not a counter. Default 0. */
  stream?: number;
}

/**
 * Records one draw per row from the given log-probabilities, by inverse transform sampling, and an increment of the counter, so that every
 * replay draws again. Philox4x32-10 is keyed by the seed and counts (draw, row, 1, stream): a draw depends on nothing else. One invocation
 * reads a row three times, so it suits many rows of up to some thousand entries.
 *
 * @returns `out`, or a new u32 tensor of the shape of `logProbabilities` without its last axis. A forbidden index is never
 * drawn; a row that allows nothing gives {@link NOTHING_ALLOWED}.
 * @throws WebgfnError `argument` if shapes, element types, devices, seed or stream do not fit.
 *
 * @example
 * ```ts
 * import { categorical, openDevice, Program } from "@webgfn/tensor";
 * const device = await openDevice();
 * const logProbabilities = device.tensorFrom(new Float32Array([0, -1e30, -1e30, 0]), [2, 2]);
 * const program = new Program(device, "draw");
 * const drawn = await categorical(program, { logProbabilities }, { seed: 1 });
 * await program.run(); // every run draws anew
 * console.log(await drawn.read()); // Uint32Array(2) [ 0, 1 ]
 * ```
 */
export async function categorical(program: Program, tensors: CategoricalTensors, options: CategoricalOptions): Promise<Tensor> {
  const operation = "categorical";
  const { logProbabilities, counter, out } = requireCall(operation, program, tensors, options ?? null);
  const { seed, stream = 0 } = options;
  const { shape } = checkInput(operation, program, "logProbabilities", logProbabilities);
  if (shape.length === 0) throw argumentError(`${operation}: \`logProbabilities\` [] has no last axis`);
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw argumentError(`${operation}: \`seed\` must be a whole number from 0 to 2⁵³ − 1, not ${seed}`);
  checkWord(operation, "stream", stream);
  const outShape = shape.slice(0, -1);
  checkOutput(operation, program, out, outShape, { logProbabilities }, { dtype: "u32" });
  if (counter !== undefined) {
    checkCounter(operation, program, "counter", counter);
    checkDistinct(operation, "counter", counter, { out });
  }
  checkIndexable(operation, logProbabilities.size);

  const { device } = program;
  const [kernel, ticker] = await Promise.all([
    device.kernel({
      root: "tensor/categorical",
      modules: {
        "tensor/categorical": shader,
        "tensor/choice": choice,
        "tensor/dispatch": dispatch,
        "tensor/finite": finite,
        "tensor/masked": masked,
        "tensor/random": random,
      },
    }),
    advanceKernel(program),
  ]);
  const drawn = output(operation, program, out, outShape, "u32");
  const draws = counter ?? device.tensor([1], { dtype: "u32", label: "draws" });
  const n = shape.at(-1) as number;
  const rows = logProbabilities.size / n;
  const sizes = uniforms(device, [{ u32: rows }, { u32: n }, { u32: stream }, { u32: seed >>> 0 }, { u32: Math.floor(seed / 2 ** 32) }]);
  program.add(kernel, { sizes, log_weights: logProbabilities, counter: draws, choice: drawn }, workgroups(device, Math.ceil(rows / 64)));
  addAdvance(program, ticker, draws);
  return drawn;
}
