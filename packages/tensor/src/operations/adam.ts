import functions from "@webgfn/shaders/tensor/adam.wgsl";
import shader from "@webgfn/shaders/tensor/adam_update.wgsl";
import dispatch from "@webgfn/shaders/tensor/dispatch.wgsl";
import { argumentError } from "../errors.js";
import type { Program } from "../program.js";
import type { Tensor } from "../tensor.js";
import { addAdvance, advanceKernel, checkCounter } from "./advance.js";
import { checkDistinct, checkInput, checkShape, requireCall, shapeText } from "./checks.js";
import { uniforms, workgroups } from "./dispatch.js";

/** Tensors of {@link adam}, all of element type f32 except the counter. */
export interface AdamTensors {
  /** The parameters, of any shape; updated in place. */
  parameters: Tensor;
  /** The gradients, with the shape of `parameters`. */
  gradients: Tensor;
  /** First moments m, with the shape of `parameters`, initially zero. Pass a tensor to save and restore it. Default: a new one. */
  firstMoments?: Tensor;
  /** Second moments v, like `firstMoments`. */
  secondMoments?: Tensor;
  /** Number of updates so far, u32 [1], like `firstMoments`. */
  steps?: Tensor;
}

/** Options of {@link adam}. */
export interface AdamOptions {
  /** The learning rate before its decay. */
  learningRate: number;
  /** Decay rates β₁ and β₂ of the moments. Default [0.9, 0.999]. */
  betas?: readonly [number, number];
  /** ε in the denominator. Default 1e-8. */
  epsilon?: number;
  /**
   * Decay of the learning rate: update t (from 0) uses learningRate · (1 − t / steps)^power, and 0 from `steps` on. `power` is 1 by default.
   * Default: no decay.
   */
  decay?: { steps: number; power?: number };
}

/**
 * Records one in-place update of Adam (Kingma and Ba, ICLR 2015; in PyTorch's order of operations), and an increment of the step counter, so
 * that every replay is the next update. The rate's decay is PyTorch's `PolynomialLR`.
 *
 * @returns `parameters`.
 * @throws WebgfnError `argument` if shapes, element types, devices or options do not fit.
 *
 * @example
 * ```ts
 * import { adam, openDevice, Program } from "@webgfn/tensor";
 * const device = await openDevice();
 * const parameters = device.tensorFrom(new Float32Array([1, 1]));
 * const gradients = device.tensorFrom(new Float32Array([0.5, -2]));
 * const step = new Program(device, "step");
 * await adam(step, { parameters, gradients }, { learningRate: 0.1 });
 * await step.run(); // every run is the next update
 * console.log(Array.from(await parameters.read(), (w) => w.toFixed(3))); // [ '0.900', '1.100' ]
 * ```
 */
export async function adam(program: Program, tensors: AdamTensors, options: AdamOptions): Promise<Tensor> {
  const operation = "adam";
  requireCall(operation, program, tensors, options ?? null);
  const { parameters, gradients, firstMoments, secondMoments, steps } = tensors;
  const { shape } = checkInput(operation, program, "parameters", parameters);
  for (const name of ["gradients", "firstMoments", "secondMoments"] as const) {
    const tensor = tensors[name];
    if (tensor === undefined && name !== "gradients") continue;
    checkShape(operation, name, checkInput(operation, program, name, tensor), shape, `\`parameters\` ${shapeText(shape)}`);
  }
  checkDistinct(operation, "parameters", parameters, { gradients, firstMoments, secondMoments });
  checkDistinct(operation, "gradients", gradients, { firstMoments, secondMoments });
  if (firstMoments !== undefined) checkDistinct(operation, "firstMoments", firstMoments, { secondMoments });
  if (steps !== undefined) checkCounter(operation, program, "steps", steps);
  const { learningRate, betas, epsilon, decaySteps, decayPower } = checkOptions(options);

  const { device } = program;
  const [kernel, ticker] = await Promise.all([
    device.kernel({
      root: "tensor/adam_update",
      modules: { "tensor/adam_update": shader, "tensor/adam": functions, "tensor/dispatch": dispatch },
    }),
    advanceKernel(program),
  ]);
  const first = firstMoments ?? device.tensor(shape, { label: "first moments" });
  const second = secondMoments ?? device.tensor(shape, { label: "second moments" });
  const updates = steps ?? device.tensor([1], { dtype: "u32", label: "steps" });
  const size4 = Math.ceil(parameters.size / 4);
  const settings = uniforms(device, [
    ...betas.map((beta) => ({ f32: beta })),
    ...betas.map((beta) => ({ f32: 1 - beta })),
    ...betas.map((beta) => ({ f32: Math.log(Math.max(beta, 1e-30)) })),
    // In a uniform, the field after a struct begins at a multiple of 16 bytes.
    { u32: 0 },
    { u32: 0 },
    { f32: learningRate },
    { f32: epsilon },
    { f32: decayPower },
    { f32: decaySteps },
    { u32: size4 },
  ]);
  program.add(kernel, { settings, parameters, gradients, first, second, steps: updates }, workgroups(device, Math.ceil(size4 / 64)));
  addAdvance(program, ticker, updates);
  return parameters;
}

function checkOptions({ learningRate, betas = [0.9, 0.999], epsilon = 1e-8, decay }: AdamOptions) {
  const positive = (value: number) => Number.isFinite(value) && value > 0;
  if (!(Number.isFinite(learningRate) && learningRate >= 0))
    throw argumentError(`adam: \`learningRate\` must be a number from 0 on, not ${learningRate}`);
  if (betas.length !== 2 || !betas.every((beta) => beta >= 0 && beta < 1)) {
    throw argumentError(`adam: \`betas\` must be two numbers from 0 to below 1, not [${betas.join(", ")}]`);
  }
  if (!positive(epsilon)) throw argumentError(`adam: \`epsilon\` must be a positive number, not ${epsilon}`);
  const { steps: decaySteps = 0, power: decayPower = 1 } = decay ?? {};
  if (decay !== undefined && !(Number.isInteger(decaySteps) && decaySteps > 0 && decaySteps < 2 ** 32)) {
    throw argumentError(`adam: \`decay.steps\` must be a positive whole number, not ${decaySteps}`);
  }
  if (!positive(decayPower)) throw argumentError(`adam: \`decay.power\` must be a positive number, not ${decayPower}`);
  return { learningRate, betas, epsilon, decaySteps, decayPower };
}
