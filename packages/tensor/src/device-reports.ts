import { WebgfnError } from "./errors.js";
import type { GpuDevice } from "./webgpu.js";

/** Default advice if memory runs out. */
const DEFAULT_ADVICE = "allocate less";

/**
 * WebGPU's reports about a device outside of any call: its loss, and errors that no error scope caught.
 *
 * The listeners refer to this object, not to the {@link Device}: implementations may keep listeners forever (Dawn for Node does), and a
 * device that a listener refers to is never collected.
 */
export class DeviceReports {
  /** The loss of the device, unless {@link close} came before it. */
  loss: WebgfnError | undefined;
  /** Advice if memory runs out: the `fix` of the latest buffer that had one. */
  advice = DEFAULT_ADVICE;
  #unscoped: WebgfnError | undefined;
  #isClosed = false;
  readonly #gpu: GpuDevice;
  readonly #listener: (event: Event) => void;

  constructor(gpu: GpuDevice) {
    this.#gpu = gpu;
    this.#listener = (event) => {
      event.preventDefault();
      this.#unscoped ??= this.errorOf((event as GPUUncapturedErrorEvent).error);
    };
    gpu.addEventListener("uncapturederror", this.#listener);
    void gpu.lost.then(({ message, reason }) => {
      if (this.#isClosed) return;
      this.loss = new WebgfnError("device-lost", `the WebGPU device was lost: ${message || reason}`, {
        fix: "open a new device, and make what was on this one again",
      });
      this.#stop();
    });
  }

  /** WebGPU's error as one of this project's: `out-of-memory` or `validation`. */
  errorOf(error: GPUError, advice = this.advice): WebgfnError {
    if (error.constructor.name !== "GPUOutOfMemoryError") {
      return new WebgfnError("validation", `WebGPU rejected a command: ${error.message}`, { cause: error });
    }
    return new WebgfnError("out-of-memory", `the adapter ran out of memory: ${error.message.split("\n", 1)[0]}`, {
      fix: `close what else uses it, or ${advice}`,
      cause: error,
    });
  }

  /**
   * The first error since the last call that no scope caught. All commands of this package are in scopes, so the error comes from other
   * commands on the device. It is reported once, because it says nothing about later commands.
   */
  takeUnscoped(): WebgfnError | undefined {
    const error = this.#unscoped;
    this.#unscoped = undefined;
    return error;
  }

  /** Stops listening, before the device is destroyed on purpose. */
  close(): void {
    this.#isClosed = true;
    this.#stop();
  }

  #stop(): void {
    this.#gpu.removeEventListener("uncapturederror", this.#listener);
  }
}
