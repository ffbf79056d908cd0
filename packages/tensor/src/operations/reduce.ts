import dispatch from "@webgfn/shaders/tensor/dispatch.wgsl";
import element from "@webgfn/shaders/tensor/element.wgsl";
import finite from "@webgfn/shaders/tensor/finite.wgsl";
import lanes from "@webgfn/shaders/tensor/lanes.wgsl";
import product from "@webgfn/shaders/tensor/product.wgsl";
import reduceChunks from "@webgfn/shaders/tensor/reduce_chunks.wgsl";
import reducePartials from "@webgfn/shaders/tensor/reduce_partials.wgsl";
import reduceRows from "@webgfn/shaders/tensor/reduce_rows.wgsl";
import { argumentError } from "../errors.js";
import type { Program } from "../program.js";
import { inBrief } from "../show-value.js";
import type { Tensor } from "../tensor.js";
import { checkInput, checkOutput, output, requireCall } from "./checks.js";
import { checkIndexable, scratch, uniforms, workgroups } from "./dispatch.js";

/** Tensors of a reduction, of element type f32. */
export interface ReductionTensors {
  /** The input, [..., n]. */
  x: Tensor;
  /** The result: the shape of `x` without its last axis, or [] over everything. Default: a new tensor. */
  out?: Tensor;
}

/** Options of a reduction. */
export interface ReductionOptions {
  /** Whether to reduce along the last axis (`last`, the default) or over every element (`all`). */
  over?: "last" | "all";
}

/** A reduction as a WGSL module, such as sum.wgsl. */
export interface Reduction {
  name: string;
  shader: string;
  /** 32-bit words of a state. */
  stateWords: number;
  /** Axes appended to the result's shape. */
  resultShape?: readonly number[];
}

/** Rows up to this length are reduced by one invocation each, longer ones by a workgroup per chunk. */
export const SHORT_ROW = 128;
/** Lanes of a workgroup. */
export const LANES = 64;
/** Elements per workgroup, as in reduce_chunks.wgsl. */
const CHUNK = 4096;

/**
 * Records a reduction in a fixed order: each lane of a workgroup takes every 64th element of a chunk of 4096, lanes.wgsl
 * adds the lanes up, and a second dispatch combines the chunks. The order depends on the shape alone.
 *
 * @returns `out`, or a new tensor of its shape.
 * @throws WebgfnError `argument` when shapes or element types do not fit, or there is no last axis to reduce.
 */
export async function reduce(
  program: Program,
  reduction: Reduction,
  tensors: ReductionTensors,
  options: ReductionOptions = {},
): Promise<Tensor> {
  const { name, resultShape = [] } = reduction;
  const { x, out } = requireCall(name, program, tensors, options);
  const { over = "last" } = options;
  const { shape } = checkInput(name, program, "x", x);
  if (over !== "last" && over !== "all") throw argumentError(`${name}: \`over\` must be "last" or "all", not ${inBrief(over)}`);
  if (over === "last" && shape.length === 0) throw argumentError(`${name}: \`x\` [] has no last axis; reduce it over "all"`);
  const n = over === "all" ? x.size : (shape.at(-1) as number);
  const outShape = [...(over === "all" ? [] : shape.slice(0, -1)), ...resultShape];
  checkOutput(name, program, out, outShape, { x });
  return record(program, reduction, { x }, { rows: x.size / n, n, out, outShape });
}

/** The dispatches of a reduction of `x`, or of the products of `x` and `y`, whose shapes were checked. */
export async function record(
  program: Program,
  { name, shader, stateWords }: Reduction,
  { x, y }: { x: Tensor; y?: Tensor },
  { rows, n, out, outShape }: { rows: number; n: number; out: Tensor | undefined; outShape: readonly number[] },
): Promise<Tensor> {
  const { device } = program;
  const modules = {
    "tensor/dispatch": dispatch,
    "tensor/elements": y === undefined ? element : product,
    "tensor/reduction": shader,
    "tensor/finite": finite,
    "tensor/lanes": lanes,
  };
  const kernelOf = (root: string, text: string, conditions: Record<string, boolean> = {}) =>
    device.kernel({ root: `tensor/${root}`, modules: { ...modules, [`tensor/${root}`]: text }, constants: { LANES }, conditions });
  const elements = { values: x, ...(y === undefined ? {} : { factors: y }) };
  checkIndexable(name, rows * n);

  if (n <= SHORT_ROW) {
    const kernel = await kernelOf("reduce_rows", reduceRows);
    const result = output(name, program, out, outShape);
    program.add(
      kernel,
      { sizes: uniforms(device, [{ u32: rows }, { u32: n }]), ...elements, result },
      workgroups(device, Math.ceil(rows / 64)),
    );
    return result;
  }

  const chunks = Math.ceil(n / CHUNK);
  if (chunks === 1) {
    const kernel = await kernelOf("reduce_chunks", reduceChunks, { whole: true });
    const result = output(name, program, out, outShape);
    program.add(
      kernel,
      { sizes: uniforms(device, [{ u32: rows }, { u32: n }, { u32: chunks }]), ...elements, result },
      workgroups(device, rows),
    );
    return result;
  }
  const [first, second] = await Promise.all([
    kernelOf("reduce_chunks", reduceChunks, { whole: false }),
    kernelOf("reduce_partials", reducePartials),
  ]);
  const result = output(name, program, out, outShape);
  const partials = scratch(device, rows * chunks * stateWords);
  const sizes = uniforms(device, [{ u32: rows }, { u32: n }, { u32: chunks }]);
  program.add(first, { sizes, ...elements, partials }, workgroups(device, rows * chunks));
  program.add(second, { sizes, ...elements, partials, result }, workgroups(device, rows));
  return result;
}
