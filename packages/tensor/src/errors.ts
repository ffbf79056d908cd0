/** The kinds of failure. */
export type ErrorCode =
  /** No WebGPU implementation, no adapter on this machine, or an adapter that gives no device. */
  | "no-adapter"
  /** The device was lost (driver reset, unplugged, destroyed) and cannot be used any more. */
  | "device-lost"
  /** An object was used after its `dispose()`, or disposed of while it was used. */
  | "disposed"
  /** Another call on the object is under way, and this one cannot wait for it. */
  | "busy"
  /** A WGSL module does not link or compile. */
  | "shader"
  /** A size exceeds the adapter's limits. */
  | "limit"
  /** The adapter ran out of memory. */
  | "out-of-memory"
  /** WebGPU rejected a command: a bug of the caller, or of this project. */
  | "validation"
  /** An argument is invalid. */
  | "argument"
  /** A file or folder is missing, foreign or damaged. */
  | "file"
  /** A number is NaN or infinite where it must be finite. */
  | "numbers"
  /** A reward function on the host failed. */
  | "reward"
  /** Redis cannot be reached or refuses, or the packages that speak to it are not installed. */
  | "redis";

/**
 * Every error that the project throws on purpose. `code` is stable and meant for programs, `message` is one sentence for people, and `fix`,
 * if there is one, says what to do.
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
  /** What to do about it, if that is known. */
  readonly fix: string | undefined;

  /** @param options `fix`: what to do about it; `cause`: the underlying error. */
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

/** Makes an error of the commonest kind: an invalid argument. */
export function argumentError(message: string, fix?: string): WebgfnError {
  return new WebgfnError("argument", message, fix === undefined ? {} : { fix });
}
