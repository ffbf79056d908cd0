import { WebgfnError } from "@webgfn/tensor";

/**
 * Catches two failures of a user's module that would end this program with Node's stack, or without a message: an error thrown after the
 * module's function has returned, and a promise that never settles.
 *
 * @param hear gets a WebgfnError `file`. It is called once, and must end the program.
 * @returns a function that ends the watch, once all work is done.
 */
export function watchStrays(hear: (error: WebgfnError) => void): () => void {
  const end = (message: string, fix: string, cause?: unknown) => {
    stop();
    hear(new WebgfnError("file", message, { fix, cause }));
  };
  const late = (cause: unknown) => {
    const message = cause instanceof Error ? cause.message : String(cause);
    end(
      `an error came outside of every call: ${message}`,
      "a timer or an event in a module of your own throws it; --debug shows where",
      cause,
    );
  };
  const idle = () => end("a promise that this program waits for never settles", "look for it in the modules of your own that were given");
  const stop = () => {
    process.off("uncaughtException", late);
    process.off("beforeExit", idle);
  };
  process.on("uncaughtException", late);
  process.on("beforeExit", idle);
  return stop;
}
