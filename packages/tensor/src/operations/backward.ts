import activation from "@webgfn/shaders/tensor/activation.wgsl";
import shader from "@webgfn/shaders/tensor/activation_gradient.wgsl";
import dispatch from "@webgfn/shaders/tensor/dispatch.wgsl";
import transposeShader from "@webgfn/shaders/tensor/transpose.wgsl";
import { argumentError } from "../errors.js";
import type { Kernel } from "../kernel.js";
import type { Program } from "../program.js";
import type { Tensor } from "../tensor.js";
import { type Activation, slopeOf } from "./activation.js";
import { checkInput, checkShape, shapeText } from "./checks.js";
import { scratch, uniforms, workgroups } from "./dispatch.js";

/** The activation of a backward product: its slope below zero, and C if there is an activation. */
export interface Gate {
  slope: number;
  c: Tensor | undefined;
}

/** Checks that C is given and fits, if the activation needs it. */
export function checkGate(operation: string, program: Program, dc: Tensor, c: Tensor | undefined, activation: Activation = "none"): Gate {
  const slope = slopeOf(operation, activation);
  if (activation === "none") return { slope, c: undefined };
  if (c === undefined) throw argumentError(`${operation}: the activation ${activation} needs \`c\`, the output of the forward product`);
  checkInput(operation, program, "c", c);
  checkShape(operation, "c", c, dc.shape, `\`dc\` ${shapeText(dc.shape)}`);
  return { slope, c };
}

/** The kernel of {@link addGate}. */
export function gateKernel(program: Program): Promise<Kernel> {
  const modules = { "tensor/activation_gradient": shader, "tensor/activation": activation, "tensor/dispatch": dispatch };
  return program.device.kernel({ root: "tensor/activation_gradient", modules });
}

/** Adds dZ = dC · act′ to the program. @returns dC itself without an activation, else scratch memory of the given slot. */
export function addGate(program: Program, kernel: Kernel, dc: Tensor, { slope, c }: Gate, slot: number): Tensor {
  if (c === undefined) return dc;
  const dz = scratch(program.device, dc.size, slot);
  const size4 = Math.ceil(dc.size / 4);
  const sizes = uniforms(program.device, [{ u32: size4 }, { f32: slope }]);
  program.add(kernel, { sizes, dc, c, dz }, workgroups(program.device, Math.ceil(size4 / 64)));
  return dz;
}

/** The kernel of {@link addTranspose}. */
export function transposeKernel(program: Program): Promise<Kernel> {
  return program.device.kernel({ root: "tensor/transpose", modules: { "tensor/transpose": transposeShader, "tensor/dispatch": dispatch } });
}

/** Adds the transposition of `x` [replicas, m, n] to the program. @returns scratch memory of the given slot. */
export function addTranspose(
  program: Program,
  kernel: Kernel,
  x: Tensor,
  [replicas, m, n]: readonly [number, number, number],
  slot: number,
): Tensor {
  const y = scratch(program.device, x.size, slot);
  const sizes = uniforms(program.device, [{ u32: replicas }, { u32: m }, { u32: n }]);
  program.add(kernel, { sizes, x, y }, workgroups(program.device, Math.ceil(x.size / 64)));
  return y;
}
