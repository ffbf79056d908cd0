import dispatch from "@webgfn/shaders/tensor/dispatch.wgsl";
import shader from "@webgfn/shaders/tensor/matmul_backward_weight.wgsl";
import sumSlices from "@webgfn/shaders/tensor/sum_slices.wgsl";
import type { Program } from "../program.js";
import type { Tensor } from "../tensor.js";
import { checkDistinct, checkOutput, checkShape, output, shapeText } from "./checks.js";
import { checkIndexable, scratch, uniforms, workgroups } from "./dispatch.js";
import { type MatmulOptions, matrix } from "./matmul.js";
import { checkActivation } from "./matmul-backward-input.js";

export interface MatmulBackwardWeightTensors {
  /** [m, k], or [replicas, m, k]. */
  a: Tensor;
  /** Gradient of the loss with respect to C: [m, n], or [replicas, m, n]. */
  dc: Tensor;
  /** C itself, as {@link matmul} returned it; needed for an activation. */
  c?: Tensor;
  /** dB, shaped as B. */
  out?: Tensor;
  /** The bias's gradient, shaped as the bias. */
  biasOut?: Tensor;
}

export interface WeightGradients {
  /** dB: [k, n], or [replicas, k, n]. */
  weight: Tensor;
  /** [n], or [replicas, n]. */
  bias: Tensor;
}

/** Invocations that keep a GPU busy; with fewer, the rows are cut into slices. */
const WANTED_INVOCATIONS = 16384;
/** Rows that a slice has at least, so that adding the slices up stays cheap. */
const MIN_SLICE_ROWS = 64;
const MAX_SLICES = 64;

/**
 * Records dB = Aᵀ dZ and the bias's gradient Σ_rows dZ, where dZ is dC times the activation's derivative: the gradients of
 * {@link matmul} with respect to B and the bias. How the rows are cut, and so the bits of the result, depends on the
 * shapes alone.
 *
 * @returns dB and the bias's gradient, in `out` and `biasOut` or in new tensors.
 * @throws WebgfnError `argument` when shapes, element types or devices do not fit, or `c` is missing for an activation.
 */
export async function matmulBackwardWeight(
  program: Program,
  { a, dc, c, out, biasOut }: MatmulBackwardWeightTensors,
  options: MatmulOptions = {},
): Promise<WeightGradients> {
  const operation = "matmulBackwardWeight";
  const { lead, replicas, rows: m, columns: k } = matrix(operation, program, "a", a);
  const n = matrix(operation, program, "dc", dc).columns;
  checkShape(operation, "dc", dc, [...lead, m, n], `\`a\` ${shapeText(a.shape)}`);
  const { slope, gate } = checkActivation(operation, program, dc, c, options.activation);
  const shape = [...lead, k, n];
  checkOutput(operation, program, out, shape, { a, dc, c });
  checkOutput(operation, program, biasOut, [...lead, n], { a, dc, c }, { name: "biasOut" });
  if (out !== undefined) checkDistinct(operation, "out", out, { biasOut });

  const { device } = program;
  const blocks = replicas * Math.ceil(k / 8) * Math.ceil(n / 4);
  const weights = replicas * k * n;
  const room = Math.floor(device.limits.maxStorageBufferBindingSize / 4 / weights);
  const wanted = Math.min(Math.ceil(WANTED_INVOCATIONS / blocks), Math.ceil(m / MIN_SLICE_ROWS), MAX_SLICES, room);
  const sliceRows = Math.ceil(m / Math.max(1, wanted));
  const slices = Math.ceil(m / sliceRows);
  checkIndexable(operation, slices * weights);

  const modules = { "tensor/dispatch": dispatch };
  const [kernel, adder] = await Promise.all([
    device.kernel({
      root: "tensor/matmul_backward_weight",
      modules: { ...modules, "tensor/matmul_backward_weight": shader },
      conditions: { aligned: k % 4 === 0 && n % 4 === 0, activated: gate !== undefined },
    }),
    device.kernel({ root: "tensor/sum_slices", modules: { ...modules, "tensor/sum_slices": sumSlices } }),
  ]);
  const weight = output(operation, program, out, shape);
  const bias = output(operation, program, biasOut, [...lead, n]);
  const db = slices === 1 ? weight : scratch(device, slices * weights);
  const dbias = slices === 1 ? bias : scratch(device, slices * replicas * n, 1);
  const sizes = uniforms(device, [
    { u32: replicas },
    { u32: m },
    { u32: k },
    { u32: n },
    { f32: slope },
    { u32: slices },
    { u32: sliceRows },
  ]);
  program.add(
    kernel,
    { sizes, a, dc, db, dbias, ...(gate === undefined ? {} : { c: gate }) },
    workgroups(device, Math.ceil((slices * blocks) / 64)),
  );
  if (slices > 1) {
    for (const [total, partial] of [
      [weight, db],
      [bias, dbias],
    ] as const) {
      const counts = uniforms(device, [{ u32: slices }, { u32: total.size }]);
      program.add(adder, { sizes: counts, slices: partial, total }, workgroups(device, Math.ceil(total.size / 64)));
    }
  }
  return { weight, bias };
}
