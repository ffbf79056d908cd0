/** The kinds of failure. */
export type ErrorCode =
  /** No WebGPU implementation or no adapter on this machine. */
  | "no-adapter"
  /** The device was lost (driver reset, unplugged, destroyed) and cannot be used any more. */
  | "device-lost"
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
  | "numbers";

/**
 * Every failure that the project raises on purpose. `code` is stable and meant for programs, `message` is one sentence for
 * people, and `fix` says what to do about it, where that is known.
 */
export class WebgfnError extends Error {
  readonly code: ErrorCode;
  readonly fix: string | undefined;

  constructor(code: ErrorCode, message: string, options: { fix?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "WebgfnError";
    this.code = code;
    this.fix = options.fix;
  }
}

/** Shorthand for the commonest kind: a caller's argument that is not acceptable. */
export function argumentError(message: string, fix?: string): WebgfnError {
  return new WebgfnError("argument", message, fix === undefined ? {} : { fix });
}
