import { BufferUsage, MAP_READ } from "./constants.js";
import type { Scoped } from "./error-scope.js";
import { WebgfnError } from "./errors.js";
import type { GpuBuffer } from "./webgpu.js";

/** Most staging buffers kept for reuse; with a new one per read, drivers accumulate memory. */
const KEPT = 3;

/** The members of a device that reads need. */
interface Owner {
  readonly statistics: { bytesRead: number };
  requireOpen(): void;
  record(label: string, encode: (encoder: GPUCommandEncoder) => void): Promise<void>;
  scoped<T>(work: () => T): Scoped<T>;
  waitFor<T>(promise: Promise<T>): Promise<T>;
  createBuffer(label: string, bytes: number, usage: number): GpuBuffer;
  creationError(buffer: GpuBuffer): Promise<WebgfnError | undefined>;
  destroyBuffer(buffer: GpuBuffer): void;
}

/** Copies buffer ranges to the host through a small ring of staging buffers. */
export class Readback {
  readonly #device: Owner;
  readonly #idle: GpuBuffer[] = [];

  constructor(device: Owner) {
    this.#device = device;
  }

  /** @throws WebgfnError as {@link GpuContext.readBuffer} does. */
  async read(source: GpuBuffer, offset: number, bytes: number): Promise<ArrayBuffer> {
    if (bytes === 0) return new ArrayBuffer(0);
    const staging = this.#take(bytes);
    const copying = this.#device.record("readback", (encoder) => encoder.copyBufferToBuffer(source, offset, staging, 0, bytes));
    const { result: mapping, error } = this.#device.scoped(() => staging.mapAsync(MAP_READ, 0, bytes));
    const [copied, mapped] = await this.#device.waitFor(Promise.allSettled([copying, mapping]));
    const failure =
      (await this.#device.creationError(source)) ??
      (await this.#device.creationError(staging)) ??
      (copied.status === "rejected" ? copied.reason : undefined) ??
      (await error);
    if (mapped.status === "rejected" || failure !== undefined) {
      this.#device.destroyBuffer(staging);
      this.#device.requireOpen(); // throws the loss, if that is the reason
      throw failure ?? new WebgfnError("validation", `a buffer cannot be read: ${String((mapped as PromiseRejectedResult).reason)}`);
    }
    const result = staging.getMappedRange(0, bytes).slice(0);
    staging.unmap();
    this.#device.statistics.bytesRead += bytes;
    this.#give(staging);
    return result;
  }

  #take(bytes: number): GpuBuffer {
    const index = this.#idle.findIndex((buffer) => buffer.size >= bytes);
    if (index >= 0) return this.#idle.splice(index, 1)[0] as GpuBuffer;
    const size = 2 ** Math.ceil(Math.log2(Math.max(256, bytes)));
    return this.#device.createBuffer("staging", size, BufferUsage.MAP_READ | BufferUsage.COPY_DST);
  }

  #give(buffer: GpuBuffer): void {
    this.#idle.push(buffer);
    while (this.#idle.length > KEPT) this.#device.destroyBuffer(this.#idle.shift() as GpuBuffer);
  }
}
