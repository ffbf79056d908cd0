import type { AdapterDescription, OpenedAdapter } from "./adapter.js";
import { BufferUsage } from "./constants.js";
import { WebgfnError } from "./errors.js";
import { bufferExcess, type Excess } from "./limits.js";
import { Readback } from "./readback.js";
import type { GpuBuffer, GpuCommandBuffer, GpuDevice, GpuLimits } from "./webgpu.js";

/** What a device has done since it was opened. */
export interface DeviceStatistics {
  submits: number;
  dispatches: number;
  bytesRead: number;
  /** Bytes in live buffers. */
  bytesAllocated: number;
}

/** How a buffer is used, beyond its size. */
export interface BufferOptions {
  /** Number of equal parts that are bound one at a time: only a part must be as small as a binding. Default 1. */
  bindings?: number | undefined;
  /** What the caller's user can do where the buffer does not fit. Part of the error. */
  fix?: string | undefined;
}

/** What to do where a buffer does not fit, unless the caller knows better. */
const DEFAULT_FIX = "make it smaller, or split it";

/**
 * An open GPU device: its limits, buffers, submissions, errors and statistics. {@link Device} adds tensors and kernels, which
 * hold on to this part of it.
 */
export class GpuContext {
  readonly gpu: GpuDevice;
  readonly adapter: AdapterDescription;
  readonly statistics: DeviceStatistics = { submits: 0, dispatches: 0, bytesRead: 0, bytesAllocated: 0 };
  readonly #buffers = new Set<GpuBuffer>();
  readonly #readback: Readback;
  #failure: WebgfnError | undefined;
  #disposed = false;
  /** The `fix` of the latest buffer that had one. Running out of memory is reported after the fact, without the buffer. */
  #fix = "allocate less";

  constructor({ device: gpu, description }: Pick<OpenedAdapter, "device" | "description">) {
    this.gpu = gpu;
    this.adapter = description;
    this.#readback = new Readback(this);
    gpu.addEventListener("uncapturederror", (event) => {
      event.preventDefault();
      const { error } = event as GPUUncapturedErrorEvent;
      this.#failure ??=
        error.constructor.name === "GPUOutOfMemoryError"
          ? new WebgfnError("out-of-memory", `the adapter ran out of memory: ${error.message.split("\n", 1)[0]}`, {
              fix: `close what else uses it, or ${this.#fix}`,
            })
          : new WebgfnError("validation", `WebGPU rejected a command: ${error.message}`);
    });
    void gpu.lost.then((info) => {
      if (this.#disposed) return;
      this.#failure = new WebgfnError("device-lost", `the WebGPU device was lost: ${info.message || info.reason}`);
    });
  }

  get limits(): GpuLimits {
    return this.gpu.limits;
  }

  /** Whether the adapter is a software rasteriser: it wants other tile shapes than GPUs, and loops that it cannot unroll. */
  get isSoftware(): boolean {
    return this.adapter.type === "cpu";
  }

  /**
   * Throws the first error that WebGPU reported asynchronously, if there is one.
   *
   * @throws WebgfnError `out-of-memory`, `validation` or `device-lost`.
   */
  check(): void {
    if (this.#disposed) throw new WebgfnError("device-lost", "the device was disposed");
    if (this.#failure !== undefined) throw this.#failure;
  }

  /**
   * The loss of this device, where it was lost other than by {@link dispose}. Commands may fail a moment before the loss is
   * reported, and this waits for that moment.
   */
  async loss(): Promise<WebgfnError | undefined> {
    await new Promise((resolve) => setTimeout(resolve));
    return !this.#disposed && this.#failure?.code === "device-lost" ? this.#failure : undefined;
  }

  /** The error for a size beyond a limit of this adapter, with what to do about it. */
  refusal({ what, needs, limit }: Excess, fix = DEFAULT_FIX): WebgfnError {
    return new WebgfnError("limit", `${what} needs ${needs}, but this adapter's ${limit} is ${this.limits[limit]}`, { fix });
  }

  /**
   * A buffer whose size is checked against the adapter's limits before anything is allocated.
   *
   * @throws WebgfnError `limit` when it is larger than the adapter allows.
   */
  createBuffer(label: string, bytes: number, usage: number, { bindings = 1, fix }: BufferOptions = {}): GpuBuffer {
    this.check();
    const bound = (usage & BufferUsage.STORAGE) === 0 ? 0 : bytes / bindings;
    const excess = bufferExcess(this.limits, label, bytes, bound);
    if (excess !== undefined) throw this.refusal(excess, fix);
    const size = Math.max(16, Math.ceil(bytes / 16) * 16);
    if (fix !== undefined) this.#fix = fix;
    const buffer = this.gpu.createBuffer({ label, size, usage });
    this.#buffers.add(buffer);
    this.statistics.bytesAllocated += size;
    return buffer;
  }

  /** Frees a buffer of this device. Freeing it twice is harmless. */
  destroyBuffer(buffer: GpuBuffer): void {
    if (!this.#buffers.delete(buffer)) return;
    this.statistics.bytesAllocated -= buffer.size;
    buffer.destroy();
  }

  /** Copies a range of a buffer to the host, asynchronously. */
  async readBuffer(buffer: GpuBuffer, offset: number, bytes: number): Promise<ArrayBuffer> {
    this.check();
    const result = await this.#readback.read(buffer, offset, bytes);
    this.check();
    return result;
  }

  /** Submits commands and counts them. */
  submit(commands: GpuCommandBuffer[]): void {
    this.check();
    this.gpu.queue.submit(commands);
    this.statistics.submits += 1;
  }

  /** Resolves when everything submitted so far has run. */
  async idle(): Promise<void> {
    await this.gpu.queue.onSubmittedWorkDone();
    this.check();
  }

  /** Frees every buffer and the device itself. Calling it twice is harmless. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const buffer of this.#buffers) buffer.destroy();
    this.#buffers.clear();
    this.statistics.bytesAllocated = 0;
    this.gpu.destroy();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
