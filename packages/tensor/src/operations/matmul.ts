import activation from "@webgfn/shaders/tensor/activation.wgsl";
import blockProduct from "@webgfn/shaders/tensor/block_product.wgsl";
import dispatch from "@webgfn/shaders/tensor/dispatch.wgsl";
import shader from "@webgfn/shaders/tensor/matmul.wgsl";
import factors from "@webgfn/shaders/tensor/matmul_factors.wgsl";
import { argumentError } from "../errors.js";
import type { Kernel } from "../kernel.js";
import type { Program } from "../program.js";
import type { Tensor } from "../tensor.js";
import { type Activation, slopeOf } from "./activation.js";
import { checkInput, checkOutput, checkShape, output, requireCall, shapeText } from "./checks.js";
import { checkIndexable, uniforms, workgroups } from "./dispatch.js";

/** Tensors of {@link matmul}, of element type f32. */
export interface MatmulTensors {
  /** A: [m, k], or [replicas, m, k]. */
  a: Tensor;
  /** B: [k, n], or [replicas, k, n]. */
  b: Tensor;
  /** The bias: [n], or [replicas, n]. Default: none. */
  bias?: Tensor;
  /** C: [m, n], or [replicas, m, n]. Default: a new tensor. */
  out?: Tensor;
}

/** Options of {@link matmul} and of its gradients. */
export interface MatmulOptions {
  /** The activation. Default `"none"`. */
  activation?: Activation;
}

/**
 * Records C = act(A B + bias), with one independent product per replica if the tensors have a leading replica axis.
 *
 * @returns `out`, or a new tensor [m, n] or [replicas, m, n].
 * @throws WebgfnError `argument` when shapes, element types or devices do not fit.
 *
 * @example
 * ```ts
 * import { matmul, openDevice, Program } from "@webgfn/tensor";
 * const device = await openDevice();
 * const a = device.tensorFrom(new Float32Array([3, 1, 4, 2]), [2, 2]);
 * const b = device.tensorFrom(new Float32Array([1, -1]), [2, 1]);
 * const program = new Program(device, "product");
 * const c = await matmul(program, { a, b }, { activation: "relu" });
 * await program.run();
 * console.log(c.shape, await c.read()); // [ 2, 1 ] Float32Array(2) [ 2, 2 ]
 * ```
 */
export async function matmul(program: Program, tensors: MatmulTensors, options: MatmulOptions = {}): Promise<Tensor> {
  const { a, b, bias, out } = requireCall("matmul", program, tensors, options);
  const slope = slopeOf("matmul", options.activation ?? "none");
  const { lead, replicas, rows: m, columns: k } = matrix("matmul", program, "a", a);
  const n = matrix("matmul", program, "b", b).columns;
  checkShape("matmul", "b", b, [...lead, k, n], `\`a\` ${shapeText(a.shape)}`);
  if (bias !== undefined) {
    checkInput("matmul", program, "bias", bias);
    checkShape("matmul", "bias", bias, [...lead, n], `\`b\` ${shapeText(b.shape)}`);
  }
  const shape = [...lead, m, n];
  checkOutput("matmul", program, out, shape, { a, b, bias });
  checkIndexable("matmul", replicas * m * n);

  const kernel = await matmulKernel(program, { k, n, biased: bias !== undefined });
  const c = output("matmul", program, out, shape);
  addMatmul(program, kernel, { a, b, c, ...(bias === undefined ? {} : { bias }) }, { replicas, m, k, n, slope });
  return c;
}

/** Rows of C that an invocation computes. */
const BLOCK = 8;

/** The variant of matmul.wgsl for these sizes. */
export function matmulKernel(program: Program, { k, n, biased }: { k: number; n: number; biased: boolean }): Promise<Kernel> {
  return program.device.kernel({
    root: "tensor/matmul",
    modules: {
      "tensor/matmul": shader,
      "tensor/activation": activation,
      "tensor/block_product": blockProduct,
      "tensor/dispatch": dispatch,
      "tensor/factors": factors,
    },
    constants: { BLOCK, COLUMNS: 1 },
    // Here each lane of a subgroup has its own rows.
    conditions: { aligned: k % 4 === 0 && n % 4 === 0, biased, subgroups: false },
  });
}

/** One product whose shapes were checked. */
export function addMatmul(
  program: Program,
  kernel: Kernel,
  tensors: { a: Tensor; b: Tensor; c: Tensor; bias?: Tensor },
  { replicas, m, k, n, slope }: { replicas: number; m: number; k: number; n: number; slope: number },
): void {
  const sizes = uniforms(program.device, [{ u32: replicas }, { u32: m }, { u32: k }, { u32: n }, { f32: slope }]);
  const blocks = replicas * Math.ceil(m / BLOCK) * Math.ceil(n / 4);
  program.add(kernel, { sizes, ...tensors }, workgroups(program.device, Math.ceil(blocks / 64)));
}

export interface Matrix {
  /** [] or [replicas]. */
  lead: number[];
  replicas: number;
  rows: number;
  columns: number;
}

/** The extents of a matrix, or of one matrix per replica. */
export function matrix(operation: string, program: Program, name: string, tensor: Tensor): Matrix {
  const { shape } = checkInput(operation, program, name, tensor);
  if (shape.length !== 2 && shape.length !== 3) {
    throw argumentError(`${operation}: \`${name}\` must be [rows, columns] or [replicas, rows, columns], not ${shapeText(shape)}`);
  }
  const [rows, columns] = shape.slice(-2) as [number, number];
  const lead = shape.slice(0, -2);
  return { lead, replicas: lead[0] ?? 1, rows, columns };
}
