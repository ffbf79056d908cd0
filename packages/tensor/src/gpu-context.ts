import { waitFor } from "#platform";
import type { OpenedAdapter } from "./adapter.js";
import type { AdapterDescription } from "./adapter-description.js";
import { BufferUsage } from "./constants.js";
import { DeviceReports } from "./device-reports.js";
import { inErrorScopes, type Scoped } from "./error-scope.js";
import { disposedError, WebgfnError } from "./errors.js";
import { bufferExcess, type Excess } from "./limits.js";
import { Readback } from "./readback.js";
import type { GpuBuffer, GpuCommandBuffer, GpuCommandEncoder, GpuDevice, GpuLimits } from "./webgpu.js";

/** Counters of a device since it was opened. */
export interface DeviceStatistics {
  /** Submissions to the GPU's queue. */
  submits: number;
  /** Dispatched kernels, counted in every replay of a program. */
  dispatches: number;
  /** Bytes read back to the host. */
  bytesRead: number;
  /** Bytes in live buffers. */
  bytesAllocated: number;
}

/** Options of a buffer. */
export interface BufferOptions {
  /** Number of equal parts that are bound one at a time: only a part must fit into a binding. Default 1. */
  bindings?: number | undefined;
  /** Advice in the error if the buffer does not fit. */
  fix?: string | undefined;
}

/** Milliseconds within which a loss is reported after the first command has failed; in browsers the report comes from another process. */
const MOMENT = 50;

/** Default advice if a buffer does not fit. */
const DEFAULT_FIX = "make it smaller, or split it";

/**
 * An open GPU device: its limits, buffers, submissions, errors and statistics. {@link Device} adds tensors and kernels, which refer to this
 * part of it.
 *
 * Every command goes through an error scope, so a rejected command fails only the call that issued it.
 *
 * @example
 * ```ts
 * import { openDevice } from "@webgfn/tensor";
 * const device = await openDevice(); // a GpuContext with tensors and kernels
 * console.log(device.isSoftware, device.limits.maxBufferSize);
 * await device.idle(); // everything submitted so far has run
 * device.dispose();
 * ```
 */
export class GpuContext {
  /** WebGPU's own device. */
  readonly gpu: GpuDevice;
  /** Description of the adapter for reports. */
  readonly adapter: AdapterDescription;
  /** Counters since the device was opened. */
  readonly statistics: DeviceStatistics = { submits: 0, dispatches: 0, bytesRead: 0, bytesAllocated: 0 };
  readonly #buffers = new Set<GpuBuffer>();
  /** Buffers that were freed. WebGPU rejects whole submissions that use one. */
  readonly #destroyed = new WeakSet<GpuBuffer>();
  /** The error of each buffer's creation: memory may run out. */
  readonly #creations = new WeakMap<GpuBuffer, Promise<WebgfnError | undefined>>();
  /** Buffers whose creation is known to have succeeded. */
  readonly #sound = new WeakSet<GpuBuffer>();
  readonly #readback: Readback;
  readonly #reports: DeviceReports;
  #disposed = false;

  constructor({ device: gpu, description }: Pick<OpenedAdapter, "device" | "description">) {
    this.gpu = gpu;
    this.adapter = description;
    this.#readback = new Readback(this);
    this.#reports = new DeviceReports(gpu);
  }

  /** The device's limits; sizes are checked against them. */
  get limits(): GpuLimits {
    return this.gpu.limits;
  }

  /** Whether the adapter is a software rasteriser. It needs other tile shapes than GPUs, and loops that it cannot unroll. */
  get isSoftware(): boolean {
    return this.adapter.type === "cpu";
  }

  /**
   * Throws if the device cannot be used. An error of commands issued through {@link gpu} directly is thrown once, by the first call after it;
   * the device can be used after that.
   *
   * @throws WebgfnError `device-lost` if it was lost, `disposed` after {@link dispose}; `validation` or `out-of-memory` for such an error.
   */
  check(): void {
    this.requireOpen();
    const error = this.#reports.takeUnscoped();
    if (error !== undefined) throw error;
  }

  /**
   * Refuses a device that cannot be used.
   *
   * @throws WebgfnError `device-lost` when the device was lost, `disposed` after {@link dispose}.
   */
  requireOpen(): void {
    if (this.#disposed) throw disposedError("the device");
    if (this.#reports.loss !== undefined) throw this.#reports.loss;
  }

  /**
   * The loss of this device, unless {@link dispose} caused it; `undefined` if it was not lost. Commands may fail a moment before the loss is
   * reported, so this waits for that moment.
   */
  async loss(): Promise<WebgfnError | undefined> {
    await Promise.race([this.gpu.lost, new Promise((resolve) => setTimeout(resolve, MOMENT))]);
    return this.#disposed ? undefined : this.#reports.loss;
  }

  /** The error for a size beyond a limit of this adapter, with advice. */
  refusal({ what, needs, limit }: Excess, fix = DEFAULT_FIX): WebgfnError {
    return new WebgfnError("limit", `${what} needs ${needs}, but this adapter's ${limit} is ${this.limits[limit]}`, { fix });
  }

  /**
   * Calls WebGPU in separate error scopes, so that errors of these calls reach only their caller.
   *
   * @param work must not wait for anything: scopes that overlap would catch each other's errors.
   */
  scoped<T>(work: () => T): Scoped<T> {
    const { advice } = this.#reports;
    return inErrorScopes(this.gpu, work, (error) => this.#reports.errorOf(error, advice));
  }

  /**
   * Makes a buffer. Its size is checked against the adapter's limits before it is allocated.
   *
   * @throws WebgfnError `limit` if it is larger than the adapter allows.
   */
  createBuffer(label: string, bytes: number, usage: number, { bindings = 1, fix }: BufferOptions = {}): GpuBuffer {
    this.check();
    const bound = (usage & BufferUsage.STORAGE) === 0 ? 0 : bytes / bindings;
    const excess = bufferExcess(this.limits, label, bytes, bound);
    if (excess !== undefined) throw this.refusal(excess, fix);
    const size = Math.max(16, Math.ceil(bytes / 16) * 16);
    if (fix !== undefined) this.#reports.advice = fix;
    const { result: buffer, error } = this.scoped(() => this.gpu.createBuffer({ label, size, usage }));
    this.#creations.set(buffer, error);
    void error.then((found) => {
      if (found === undefined) this.#sound.add(buffer);
    });
    this.#buffers.add(buffer);
    this.statistics.bytesAllocated += size;
    return buffer;
  }

  /** The error of a buffer's creation, such as memory that ran out; `undefined` if there is none. */
  async creationError(buffer: GpuBuffer): Promise<WebgfnError | undefined> {
    return this.#creations.get(buffer);
  }

  /** Frees a buffer of this device. Freeing it twice is harmless. */
  destroyBuffer(buffer: GpuBuffer): void {
    if (!this.#buffers.delete(buffer)) return;
    this.statistics.bytesAllocated -= buffer.size;
    this.#destroyed.add(buffer);
    buffer.destroy();
  }

  /**
   * Refuses a buffer that was freed.
   *
   * @param what returns the name of the buffer for the error.
   * @throws WebgfnError `disposed` if the buffer was freed.
   */
  requireLive(buffer: GpuBuffer, what: () => string): void {
    if (this.#destroyed.has(buffer)) throw disposedError(what());
  }

  /** Writes to a buffer; ordered before anything submitted later. */
  writeBuffer(buffer: GpuBuffer, offset: number, values: ArrayBufferView): void {
    this.check();
    this.requireLive(buffer, () => `the buffer ${buffer.label}`);
    const write = () => {
      this.gpu.queue.writeBuffer(buffer, offset, values.buffer as ArrayBuffer, values.byteOffset, values.byteLength);
    };
    // WebGPU rejects this only if the buffer could not be made. Every later use of the buffer throws that error, so the rejected write can be
    // ignored.
    if (this.#sound.has(buffer)) write();
    else this.scoped(write);
  }

  /**
   * Copies a range of a buffer to the host, after everything submitted so far.
   *
   * @throws WebgfnError `disposed` if the buffer was freed, `out-of-memory`, `validation` or `device-lost`.
   */
  async readBuffer(buffer: GpuBuffer, offset: number, bytes: number): Promise<ArrayBuffer> {
    this.check();
    this.requireLive(buffer, () => `the buffer ${buffer.label}`);
    const result = await this.#readback.read(buffer, offset, bytes);
    this.requireOpen();
    return result;
  }

  /**
   * Submits finished commands at once, and counts them.
   *
   * @returns resolves when WebGPU has checked the commands, long before they have run.
   * @throws WebgfnError `validation`, `out-of-memory` or `device-lost`.
   */
  submit(commands: GpuCommandBuffer[]): Promise<void> {
    return this.#submit(() => commands);
  }

  /**
   * Encodes commands and submits them at once, before the first wait. Resolves and throws as {@link submit} does.
   *
   * @param label name of the commands in WebGPU's own errors.
   */
  record(label: string, encode: (encoder: GpuCommandEncoder) => void): Promise<void> {
    return this.#submit(() => {
      const encoder = this.gpu.createCommandEncoder({ label });
      encode(encoder);
      return [encoder.finish()];
    });
  }

  async #submit(commands: () => GpuCommandBuffer[]): Promise<void> {
    this.requireOpen();
    const { error } = this.scoped(() => this.gpu.queue.submit(commands()));
    this.statistics.submits += 1;
    const found = await error;
    if (found === undefined) return;
    this.requireOpen();
    throw found;
  }

  /** Waits for a promise of WebGPU, in the way that suits the platform. */
  waitFor<T>(promise: Promise<T>): Promise<T> {
    return waitFor(this.gpu, promise);
  }

  /** Resolves when everything submitted so far has run. */
  async idle(): Promise<void> {
    try {
      await this.waitFor(this.gpu.queue.onSubmittedWorkDone());
    } catch (cause) {
      this.requireOpen();
      throw new WebgfnError("validation", `WebGPU does not say when its work is done: ${String(cause)}`, { cause });
    }
    this.requireOpen();
  }

  /** Frees every buffer and the device itself. Later calls and calls under way throw `disposed`. Calling it twice is harmless. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#reports.close();
    for (const buffer of this.#buffers) buffer.destroy();
    this.#buffers.clear();
    this.statistics.bytesAllocated = 0;
    this.gpu.destroy();
  }

  /** Calls {@link dispose}, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}
