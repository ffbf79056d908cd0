/** The kinds of failure. */
export type ErrorCode =
  /** No WebGPU implementation, no adapter on this machine, or an adapter that gives no device. */
  | "no-adapter"
  /** The device was lost (driver reset, unplugged, destroyed) and cannot be used any more. */
  | "device-lost"
  /** An object was used after its `dispose()`, or disposed of while it was used. */
  | "disposed"
  /** An object is in the middle of a call that this one cannot share it with. */
  | "busy"
  /** A WGSL module does not link or compile. */
  | "shader"
  /** A size is beyond what the adapter offers. */
  | "limit"
  /** The adapter ran out of memory. */
  | "out-of-memory"
  /** WebGPU rejected a command: a fault of the caller, or of this project. */
  | "validation"
  /** An argument is not acceptable. */
  | "argument"
  /** A file or folder is missing, foreign or damaged. */
  | "file"
  /** A number is NaN or infinite where it must be finite. */
  | "numbers"
  /** A reward that somebody else computes failed. */
  | "reward"
  /** Redis cannot be reached or refuses, or the packages that speak to it are not installed. */
  | "redis";

/**
 * Every failure that the project raises on purpose. `code` is stable and meant for programs, `message` is one sentence for
 * people, and `fix` says what to do about it, where that is known.
 *
 * @example
 * ```ts
 * import { mlp, WebgfnError } from "webgfn";
 * try {
 *   mlp({ hidden: [0] });
 * } catch (error) {
 *   if (!(error instanceof WebgfnError)) throw error;
 *   console.log(error.code); // argument
 * }
 * ```
 */
export class WebgfnError extends Error {
  /** The kind of failure, for programs. */
  readonly code: ErrorCode;
  /** What to do about it, where that is known. */
  readonly fix: string | undefined;

  /** @param options what to do about it, and what caused it. */
  constructor(code: ErrorCode, message: string, options: { fix?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "WebgfnError";
    this.code = code;
    this.fix = options.fix;
  }
}

/** @param what the object, such as `the sampler`. */
export function disposedError(what: string): WebgfnError {
  return new WebgfnError("disposed", `${what} was disposed of`, { fix: "make a new one, and dispose of it when its last call has ended" });
}

/** Shorthand for the commonest kind: a caller's argument that is not acceptable. */
export function argumentError(message: string, fix?: string): WebgfnError {
  return new WebgfnError("argument", message, fix === undefined ? {} : { fix });
}
