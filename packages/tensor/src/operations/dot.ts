import shader from "@webgfn/shaders/tensor/sum.wgsl";
import type { Program } from "../program.js";
import type { Tensor } from "../tensor.js";
import { checkInput, checkOutput, checkShape, requireCall, shapeText } from "./checks.js";
import { record } from "./reduce.js";

/** Tensors of {@link dot}, of element type f32. */
export interface DotTensors {
  /** A tensor of any shape. */
  x: Tensor;
  /** A tensor with the shape of `x`. */
  y: Tensor;
  /** The result, []. Default: a new tensor. */
  out?: Tensor;
}

/**
 * Records Σ x y over all elements, in a fixed order.
 *
 * @returns `out`, or a new tensor [].
 * @throws WebgfnError `argument` if shapes, element types or devices do not fit.
 *
 * @example
 * ```ts
 * import { dot, openDevice, Program } from "@webgfn/tensor";
 * const device = await openDevice();
 * const [x, y] = [device.tensorFrom(new Float32Array([1, 2, 3])), device.tensorFrom(new Float32Array([4, 5, 6]))];
 * const program = new Program(device, "dot");
 * const product = await dot(program, { x, y });
 * await program.run();
 * console.log(await product.read()); // Float32Array(1) [ 32 ]
 * ```
 */
export async function dot(program: Program, tensors: DotTensors): Promise<Tensor> {
  const { x, y, out } = requireCall("dot", program, tensors);
  checkInput("dot", program, "x", x);
  checkInput("dot", program, "y", y);
  checkShape("dot", "y", y, x.shape, `\`x\` ${shapeText(x.shape)}`);
  checkOutput("dot", program, out, [], { x, y });
  return record(program, { name: "dot", shader, stateWords: 1 }, { x, y }, { rows: 1, n: x.size, out, outShape: [] });
}
