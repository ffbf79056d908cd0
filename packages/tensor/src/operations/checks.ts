import { argumentError } from "../errors.js";
import type { Program } from "../program.js";
import { requireRule, rules } from "../schema.js";
import { type DType, Tensor } from "../tensor.js";

/** A shape as messages print it. */
export function shapeText(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}

/**
 * Checks the kinds of an operation's arguments; the operation itself checks each tensor and option.
 *
 * @returns the tensors.
 * @throws WebgfnError `argument` naming the argument.
 */
export function requireCall<T extends object>(operation: string, program: unknown, tensors: T, options: unknown = {}): T {
  requireRule(`${operation}: \`program\``, program, rules.having("a program, as a device records", "device", "add"));
  requireRule(`${operation}: \`tensors\``, tensors, rules.having("an object of tensors"));
  requireRule(`${operation}: \`options\``, options, rules.having("an object"));
  return tensors;
}

/** Rejects anything but a non-empty tensor of the program's device with the given element type. */
export function checkInput(operation: string, program: Program, name: string, tensor: Tensor | undefined, dtype: DType = "f32"): Tensor {
  if (!(tensor instanceof Tensor)) throw argumentError(`${operation}: \`${name}\` must be a tensor`);
  if (tensor.device !== program.device) throw argumentError(`${operation}: \`${name}\` lives on another device than the program`);
  if (tensor.dtype !== dtype) throw argumentError(`${operation}: \`${name}\` must hold ${dtype}, not ${tensor.dtype}`);
  if (tensor.size === 0) throw argumentError(`${operation}: \`${name}\` ${shapeText(tensor.shape)} has no elements`);
  return tensor;
}

/** Rejects a tensor whose shape does not match another tensor of the operation. */
export function checkShape(operation: string, name: string, tensor: Tensor, shape: readonly number[], cause: string): void {
  if (tensor.shape.length === shape.length && tensor.shape.every((extent, axis) => extent === shape[axis])) return;
  throw argumentError(`${operation}: \`${name}\` is ${shapeText(tensor.shape)}, but ${cause} calls for ${shapeText(shape)}`);
}

/** Rejects a tensor that an operation writes while it reads or writes the same one under another name. */
export function checkDistinct(
  operation: string,
  name: string,
  written: Tensor,
  others: Readonly<Record<string, Tensor | undefined>>,
): void {
  for (const [other, tensor] of Object.entries(others)) {
    if (tensor?.buffer === written.buffer) throw argumentError(`${operation}: \`${name}\` and \`${other}\` must be different tensors`);
  }
}

/** Checks the caller's output. After all checks, {@link output} returns it or makes a new one. */
export function checkOutput(
  operation: string,
  program: Program,
  out: Tensor | undefined,
  shape: readonly number[],
  inputs: Readonly<Record<string, Tensor | undefined>>,
  { dtype = "f32", name = "out" }: { dtype?: DType; name?: string } = {},
): void {
  if (out === undefined) return;
  checkInput(operation, program, name, out, dtype);
  const causes = Object.entries(inputs).flatMap(([key, tensor]) => (tensor === undefined ? [] : [`\`${key}\` ${shapeText(tensor.shape)}`]));
  checkShape(operation, name, out, shape, causes.join(" with "));
  checkDistinct(operation, name, out, inputs);
}

/** The caller's output, or a new one. */
export function output(
  operation: string,
  program: Program,
  out: Tensor | undefined,
  shape: readonly number[],
  dtype: DType = "f32",
): Tensor {
  return out ?? program.device.tensor(shape, { dtype, label: `${operation} ${shapeText(shape)}` });
}
