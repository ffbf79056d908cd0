import dispatch from "@webgfn/shaders/tensor/dispatch.wgsl";
import finite from "@webgfn/shaders/tensor/finite.wgsl";
import lanes from "@webgfn/shaders/tensor/lanes.wgsl";
import logSumExp from "@webgfn/shaders/tensor/log_sum_exp.wgsl";
import masked from "@webgfn/shaders/tensor/masked.wgsl";
import longRows from "@webgfn/shaders/tensor/masked_log_softmax.wgsl";
import shortRows from "@webgfn/shaders/tensor/masked_log_softmax_rows.wgsl";
import { argumentError } from "../errors.js";
import type { Program } from "../program.js";
import type { Tensor } from "../tensor.js";
import { checkInput, checkOutput, checkShape, output, requireCall, shapeText } from "./checks.js";
import { checkIndexable, uniforms, workgroups } from "./dispatch.js";
import { LANES, SHORT_ROW } from "./reduce.js";

/**
 * The log-probability of a forbidden entry, as in masked.wgsl: large and finite, because WGSL promises nothing about infinities.
 *
 * @example
 * ```ts
 * import { MASKED } from "@webgfn/tensor";
 * const isAllowed = (logProbability: number) => logProbability > MASKED / 2; // float32 rounds it
 * console.log(isAllowed(Math.fround(MASKED)), isAllowed(-50)); // false true
 * ```
 */
export const MASKED = -1e30;

/** Tensors of {@link maskedLogSoftmax}. */
export interface MaskedLogSoftmaxTensors {
  /** Logits [..., n]; allowed entries lie within ±1e29. */
  logits: Tensor;
  /** The mask, u32, with the shape of `logits`; 0 forbids an entry. */
  mask: Tensor;
  /** The result, with the shape of `logits`. Default: a new tensor. */
  out?: Tensor;
}

/**
 * Records log-probabilities along the last axis over the entries that the mask allows. Forbidden entries are left out of the sums and become
 * {@link MASKED}. If a row allows nothing, all its entries are {@link MASKED}.
 *
 * @returns `out`, or a new tensor of the shape of `logits`.
 * @throws WebgfnError `argument` if shapes, element types or devices do not fit.
 *
 * @example
 * ```ts
 * import { maskedLogSoftmax, openDevice, Program } from "@webgfn/tensor";
 * const device = await openDevice();
 * const logits = device.tensorFrom(new Float32Array([1, 1, 5]), [1, 3]);
 * const mask = device.tensorFrom(new Uint32Array([1, 1, 0]), [1, 3]);
 * const program = new Program(device, "log-softmax");
 * const rows = await maskedLogSoftmax(program, { logits, mask });
 * await program.run();
 * console.log(Array.from(await rows.read(), Math.exp).map((p) => p.toFixed(1))); // [ '0.5', '0.5', '0.0' ]
 * ```
 */
export async function maskedLogSoftmax(program: Program, tensors: MaskedLogSoftmaxTensors): Promise<Tensor> {
  const operation = "maskedLogSoftmax";
  const { logits, mask, out } = requireCall(operation, program, tensors);
  const { shape } = checkInput(operation, program, "logits", logits);
  if (shape.length === 0) throw argumentError(`${operation}: \`logits\` [] has no last axis`);
  checkInput(operation, program, "mask", mask, "u32");
  checkShape(operation, "mask", mask, shape, `\`logits\` ${shapeText(shape)}`);
  checkOutput(operation, program, out, shape, { logits, mask });
  checkIndexable(operation, logits.size);

  const { device } = program;
  const n = shape.at(-1) as number;
  const rows = logits.size / n;
  const short = n <= SHORT_ROW;
  const root = short ? "tensor/masked_log_softmax_rows" : "tensor/masked_log_softmax";
  const kernel = await device.kernel({
    root,
    modules: {
      [root]: short ? shortRows : longRows,
      "tensor/dispatch": dispatch,
      "tensor/masked": masked,
      "tensor/reduction": logSumExp,
      "tensor/finite": finite,
      "tensor/lanes": lanes,
    },
    constants: { LANES },
  });
  const y = output(operation, program, out, shape);
  const sizes = uniforms(device, [{ u32: rows }, { u32: n }]);
  program.add(kernel, { sizes, x: logits, mask, y }, workgroups(device, short ? Math.ceil(rows / 64) : rows));
  return y;
}
