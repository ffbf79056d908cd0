import type { Program } from "../program.js";
import type { Tensor } from "../tensor.js";
import { addGate, addTranspose, checkGate, gateKernel, transposeKernel } from "./backward.js";
import { checkOutput, checkShape, output, requireCall, shapeText } from "./checks.js";
import { checkIndexable } from "./dispatch.js";
import { addMatmul, type MatmulOptions, matmulKernel, matrix } from "./matmul.js";

/** Tensors of {@link matmulBackwardInput}, of element type f32. */
export interface MatmulBackwardInputTensors {
  /** Gradient of the loss with respect to C: [m, n], or [replicas, m, n]. */
  dc: Tensor;
  /** B: [k, n], or [replicas, k, n]. */
  b: Tensor;
  /** C itself, as {@link matmul} returned it; needed for an activation. */
  c?: Tensor;
  /** dA: [m, k], or [replicas, m, k]. Default: a new tensor. */
  out?: Tensor;
}

/**
 * Records dA = dZ Bᵀ, where dZ is dC times the activation's derivative: the gradient of {@link matmul} with respect to A.
 *
 * @returns `out`, or a new tensor [m, k] or [replicas, m, k].
 * @throws WebgfnError `argument` when shapes, element types or devices do not fit, or `c` is missing for an activation.
 *
 * @example
 * ```ts
 * import { matmulBackwardInput, openDevice, Program } from "@webgfn/tensor";
 * const device = await openDevice();
 * const b = device.tensorFrom(new Float32Array([1, -1]), [2, 1]);
 * const dc = device.tensorFrom(new Float32Array([1, 10]), [2, 1]);
 * const program = new Program(device, "gradient of a");
 * const da = await matmulBackwardInput(program, { dc, b });
 * await program.run();
 * console.log(da.shape, await da.read()); // [ 2, 2 ] Float32Array(4) [ 1, -1, 10, -10 ]
 * ```
 */
export async function matmulBackwardInput(
  program: Program,
  tensors: MatmulBackwardInputTensors,
  options: MatmulOptions = {},
): Promise<Tensor> {
  const operation = "matmulBackwardInput";
  const { dc, b, c, out } = requireCall(operation, program, tensors, options);
  const { lead, replicas, rows: m, columns: n } = matrix(operation, program, "dc", dc);
  const k = matrix(operation, program, "b", b).rows;
  checkShape(operation, "b", b, [...lead, k, n], `\`dc\` ${shapeText(dc.shape)}`);
  const gate = checkGate(operation, program, dc, c, options.activation);
  const shape = [...lead, m, k];
  checkOutput(operation, program, out, shape, { dc, b, c });
  checkIndexable(operation, replicas * m * k);

  const [kernel, transposer, gater] = await Promise.all([
    matmulKernel(program, { k: n, n: k, biased: false }),
    transposeKernel(program),
    gateKernel(program),
  ]);
  const da = output(operation, program, out, shape);
  const turned = addTranspose(program, transposer, b, [replicas, k, n], 0);
  const dz = addGate(program, gater, dc, gate, 1);
  addMatmul(program, kernel, { a: dz, b: turned, c: da }, { replicas, m, k: n, n: k, slope: 1 });
  return da;
}
