import activationGradient from "@webgfn/shaders/tensor/activation_gradient.wgsl";
import dispatch from "@webgfn/shaders/tensor/dispatch.wgsl";
import transpose from "@webgfn/shaders/tensor/transpose.wgsl";
import { argumentError } from "../errors.js";
import type { Program } from "../program.js";
import type { Tensor } from "../tensor.js";
import { type Activation, slopeOf } from "./activation.js";
import { checkInput, checkOutput, checkShape, output, shapeText } from "./checks.js";
import { checkIndexable, scratch, uniforms, workgroups } from "./dispatch.js";
import { addMatmul, type MatmulOptions, matmulKernel, matrix } from "./matmul.js";

export interface MatmulBackwardInputTensors {
  /** Gradient of the loss with respect to C: [m, n], or [replicas, m, n]. */
  dc: Tensor;
  /** [k, n], or [replicas, k, n]. */
  b: Tensor;
  /** C itself, as {@link matmul} returned it; needed for an activation. */
  c?: Tensor;
  /** [m, k], or [replicas, m, k]. */
  out?: Tensor;
}

/**
 * Records dA = dZ Bᵀ, where dZ is dC times the activation's derivative: the gradient of {@link matmul} with respect to A.
 *
 * @returns `out`, or a new tensor [m, k] or [replicas, m, k].
 * @throws WebgfnError `argument` when shapes, element types or devices do not fit, or `c` is missing for an activation.
 */
export async function matmulBackwardInput(
  program: Program,
  { dc, b, c, out }: MatmulBackwardInputTensors,
  options: MatmulOptions = {},
): Promise<Tensor> {
  const operation = "matmulBackwardInput";
  const { lead, replicas, rows: m, columns: n } = matrix(operation, program, "dc", dc);
  const k = matrix(operation, program, "b", b).rows;
  checkShape(operation, "b", b, [...lead, k, n], `\`dc\` ${shapeText(dc.shape)}`);
  const { slope, gate } = checkActivation(operation, program, dc, c, options.activation);
  const shape = [...lead, m, k];
  checkOutput(operation, program, out, shape, { dc, b, c });
  checkIndexable(operation, replicas * m * k);

  const { device } = program;
  const modules = { "tensor/dispatch": dispatch };
  const [kernel, transposer, gater] = await Promise.all([
    matmulKernel(program, { k: n, n: k, biased: false }),
    device.kernel({ root: "tensor/transpose", modules: { ...modules, "tensor/transpose": transpose } }),
    device.kernel({ root: "tensor/activation_gradient", modules: { ...modules, "tensor/activation_gradient": activationGradient } }),
  ]);
  const da = output(operation, program, out, shape);
  // Weights are small beside the rows that pass through them: Bᵀ is laid out once, so that the product reads it in order.
  const turned = scratch(device, b.size);
  const sizes = uniforms(device, [{ u32: replicas }, { u32: k }, { u32: n }]);
  program.add(transposer, { sizes, x: b, y: turned }, workgroups(device, Math.ceil(b.size / 64)));
  let dz = dc;
  if (gate !== undefined) {
    // A pass of its own, because every block of columns would otherwise do it again.
    dz = scratch(device, dc.size, 1);
    const size4 = Math.ceil(dc.size / 4);
    program.add(
      gater,
      { sizes: uniforms(device, [{ u32: size4 }, { f32: slope }]), dc, c: gate, dz },
      workgroups(device, Math.ceil(size4 / 64)),
    );
  }
  addMatmul(program, kernel, { a: dz, b: turned, c: da }, { replicas, m, k: n, n: k, slope: 1 });
  return da;
}

/** What a backward product needs of the activation: its slope, and C where there is one. */
export function checkActivation(
  operation: string,
  program: Program,
  dc: Tensor,
  c: Tensor | undefined,
  activation: Activation = "none",
): { slope: number; gate: Tensor | undefined } {
  const slope = slopeOf(operation, activation);
  if (activation === "none") return { slope, gate: undefined };
  if (c === undefined) throw argumentError(`${operation}: the activation ${activation} needs \`c\`, the output of the forward product`);
  checkInput(operation, program, "c", c);
  checkShape(operation, "c", c, dc.shape, `\`dc\` ${shapeText(dc.shape)}`);
  return { slope, gate: c };
}
