import { BufferUsage, MAP_READ } from "./constants.js";
import type { GpuBuffer, GpuCommandBuffer, GpuDevice } from "./webgpu.js";

/** Staging buffers that are kept for reuse; a new one per read makes drivers hoard memory. */
const KEPT = 3;

/** The part of a device that reads need. */
interface Owner {
  readonly gpu: GpuDevice;
  readonly statistics: { bytesRead: number };
  check(): void;
  submit(commands: GpuCommandBuffer[]): void;
  createBuffer(label: string, bytes: number, usage: number): GpuBuffer;
  destroyBuffer(buffer: GpuBuffer): void;
}

/** Copies buffer ranges to the host through a small ring of staging buffers. */
export class Readback {
  readonly #device: Owner;
  readonly #idle: GpuBuffer[] = [];

  constructor(device: Owner) {
    this.#device = device;
  }

  async read(source: GpuBuffer, offset: number, bytes: number): Promise<ArrayBuffer> {
    if (bytes === 0) return new ArrayBuffer(0);
    const staging = this.#take(bytes);
    const encoder = this.#device.gpu.createCommandEncoder({ label: "readback" });
    encoder.copyBufferToBuffer(source, offset, staging, 0, bytes);
    this.#device.submit([encoder.finish()]);
    try {
      await staging.mapAsync(MAP_READ, 0, bytes);
    } catch (error) {
      this.#device.check(); // names the loss or the rejected command, where that is the reason
      throw error;
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
