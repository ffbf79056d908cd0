import dispatch from "@webgfn/shaders/tensor/dispatch.wgsl";
import sumRows from "@webgfn/shaders/tensor/sum_rows.wgsl";
import type { Program } from "../program.js";
import type { Tensor } from "../tensor.js";
import { addGate, addTranspose, checkGate, gateKernel, transposeKernel } from "./backward.js";
import { checkDistinct, checkOutput, checkShape, output, requireCall, shapeText } from "./checks.js";
import { checkIndexable, uniforms, workgroups } from "./dispatch.js";
import { addMatmul, type MatmulOptions, matmulKernel, matrix } from "./matmul.js";

/** Tensors of {@link matmulBackwardWeight}, of element type f32. */
export interface MatmulBackwardWeightTensors {
  /** A: [m, k], or [replicas, m, k]. */
  a: Tensor;
  /** Gradient of the loss with respect to C: [m, n], or [replicas, m, n]. */
  dc: Tensor;
  /** C itself, as {@link matmul} returned it; needed for an activation. */
  c?: Tensor;
  /** dB, with the shape of B. Default: a new tensor. */
  out?: Tensor;
  /** The bias's gradient, with the shape of the bias. Default: a new tensor. */
  biasOut?: Tensor;
}

/** The result of {@link matmulBackwardWeight}. */
export interface WeightGradients {
  /** dB: [k, n], or [replicas, k, n]. */
  weight: Tensor;
  /** The bias's gradient: [n], or [replicas, n]. */
  bias: Tensor;
}

/**
 * Records dB = Aᵀ dZ and the bias's gradient Σ_rows dZ, where dZ is dC times the activation's derivative: the gradients of
 * {@link matmul} with respect to B and the bias. Rows are added up in their order.
 *
 * @returns dB and the bias's gradient, in `out` and `biasOut` or in new tensors.
 * @throws WebgfnError `argument` when shapes, element types or devices do not fit, or `c` is missing for an activation.
 *
 * @example
 * ```ts
 * import { matmulBackwardWeight, openDevice, Program } from "@webgfn/tensor";
 * const device = await openDevice();
 * const a = device.tensorFrom(new Float32Array([1, 2, 3, 4]), [2, 2]);
 * const dc = device.tensorFrom(new Float32Array([1, 10]), [2, 1]);
 * const program = new Program(device, "gradients of b and the bias");
 * const { weight, bias } = await matmulBackwardWeight(program, { a, dc });
 * await program.run();
 * console.log(await weight.read(), await bias.read()); // Float32Array(2) [ 31, 42 ] Float32Array(1) [ 11 ]
 * ```
 */
export async function matmulBackwardWeight(
  program: Program,
  tensors: MatmulBackwardWeightTensors,
  options: MatmulOptions = {},
): Promise<WeightGradients> {
  const operation = "matmulBackwardWeight";
  const { a, dc, c, out, biasOut } = requireCall(operation, program, tensors, options);
  const { lead, replicas, rows: m, columns: k } = matrix(operation, program, "a", a);
  const n = matrix(operation, program, "dc", dc).columns;
  checkShape(operation, "dc", dc, [...lead, m, n], `\`a\` ${shapeText(a.shape)}`);
  const gate = checkGate(operation, program, dc, c, options.activation);
  const shape = [...lead, k, n];
  checkOutput(operation, program, out, shape, { a, dc, c });
  checkOutput(operation, program, biasOut, [...lead, n], { a, dc, c }, { name: "biasOut" });
  if (out !== undefined) checkDistinct(operation, "out", out, { biasOut });
  checkIndexable(operation, replicas * k * n);

  const { device } = program;
  const [kernel, transposer, gater, adder] = await Promise.all([
    matmulKernel(program, { k: m, n, biased: false }),
    transposeKernel(program),
    gateKernel(program),
    device.kernel({ root: "tensor/sum_rows", modules: { "tensor/sum_rows": sumRows, "tensor/dispatch": dispatch } }),
  ]);
  const weight = output(operation, program, out, shape);
  const bias = output(operation, program, biasOut, [...lead, n]);
  const turned = addTranspose(program, transposer, a, [replicas, m, k], 0);
  const dz = addGate(program, gater, dc, gate, 1);
  addMatmul(program, kernel, { a: turned, b: dz, c: weight }, { replicas, m: k, k: m, n, slope: 1 });
  const sizes = uniforms(device, [{ u32: replicas }, { u32: m }, { u32: n }]);
  program.add(adder, { sizes, x: dz, total: bias }, workgroups(device, Math.ceil((replicas * n) / 64)));
  return { weight, bias };
}
