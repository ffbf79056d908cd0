import { BufferUsage } from "./constants.js";
import { argumentError } from "./errors.js";
import type { GpuContext } from "./gpu-context.js";
import type { GpuBuffer, GpuBufferBinding } from "./webgpu.js";

/** Element types. All are 32 bits wide. */
export type DType = "f32" | "u32" | "i32";

/** The values of a tensor on the host: of element type f32, u32 or i32. */
export type TypedArray = Float32Array | Uint32Array | Int32Array;

/** Options of `Device.tensor`. */
export interface TensorOptions {
  /** Element type. Default `f32`. */
  dtype?: DType;
  /** Name in WebGPU's own error messages. */
  label?: string;
  /**
   * Whether entries of the leading axis are bound one at a time, with {@link Tensor.at}: only an entry must fit into a binding. Default
   * false.
   */
  apart?: boolean;
  /** Advice in the error if the tensor does not fit. */
  fix?: string | undefined;
}

/**
 * A dense, row-major array on the GPU: one buffer with a shape, an element type and a label.
 *
 * @example
 * ```ts
 * import { openDevice } from "@webgfn/tensor";
 * const device = await openDevice();
 * const tensor = device.tensor([2, 3], { label: "scores" }); // zeros
 * tensor.write(new Float32Array([7, 8]), 2);
 * console.log(tensor.size, await tensor.read()); // 6 Float32Array(6) [ 0, 0, 7, 8, 0, 0 ]
 * tensor.dispose();
 * ```
 */
export class Tensor {
  /** The device that holds it. */
  readonly device: GpuContext;
  /** Extents, the outermost axis first; [] for a single number. */
  readonly shape: readonly number[];
  /** Element type. */
  readonly dtype: DType;
  /** Its name in errors. */
  readonly label: string;
  /** WebGPU's buffer, 4 bytes an element. */
  readonly buffer: GpuBuffer;

  /** Use `tensor` or `tensorFrom` of a device. */
  constructor(device: GpuContext, shape: readonly number[], options: TensorOptions = {}) {
    for (const extent of shape) {
      if (!Number.isInteger(extent) || extent < 0) {
        throw argumentError(`a tensor's extents must be whole numbers, not [${shape.join(", ")}]`);
      }
    }
    this.device = device;
    this.shape = [...shape];
    this.dtype = options.dtype ?? "f32";
    this.label = options.label ?? `tensor [${shape.join(", ")}]`;
    this.buffer = device.createBuffer(
      this.label,
      this.size * 4,
      BufferUsage.STORAGE | BufferUsage.UNIFORM | BufferUsage.COPY_SRC | BufferUsage.COPY_DST,
      { bindings: options.apart ? shape[0] : 1, fix: options.fix },
    );
  }

  /** Number of elements. */
  get size(): number {
    return this.shape.reduce((product, extent) => product * extent, 1);
  }

  /**
   * Refuses a tensor that cannot be used.
   *
   * @throws WebgfnError `disposed` if this tensor or its device was disposed of, `device-lost` if the device was lost.
   */
  requireLive(): void {
    this.device.requireOpen();
    this.device.requireLive(this.buffer, () => `the tensor "${this.label}"`);
  }

  /**
   * Returns one entry of the leading axis as a resource to bind.
   *
   * @throws WebgfnError `argument` for an index outside of the axis, or if entries are not multiples of 256 bytes, the alignment of bindings
   * on every adapter; `disposed` after {@link dispose}.
   */
  at(index: number): GpuBufferBinding {
    this.requireLive();
    const [entries = 0] = this.shape;
    if (!(Number.isInteger(index) && index >= 0 && index < entries)) {
      throw argumentError(`${this.label} has ${entries} entries, and none at ${index}`);
    }
    const size = (4 * this.size) / entries;
    if (index > 0 && size % 256 !== 0) throw argumentError(`entries of ${size} bytes, as of ${this.label}, cannot be bound apart`);
    return { buffer: this.buffer, offset: size * index, size };
  }

  /**
   * Writes `values` starting at element `offset`; ordered before anything submitted later.
   *
   * @throws WebgfnError `argument` for values that reach beyond the tensor, `disposed` after {@link dispose}, `device-lost`.
   */
  write(values: TypedArray, offset = 0): void {
    if (offset < 0 || offset + values.length > this.size) {
      throw argumentError(`${values.length} values at offset ${offset} do not fit into ${this.label} of ${this.size} elements`);
    }
    this.requireLive();
    this.device.writeBuffer(this.buffer, offset * 4, values);
  }

  /**
   * Reads `count` elements from `offset` on, after everything submitted so far. Reads may overlap; each returns the values at the time of its
   * call.
   *
   * @throws WebgfnError `argument` for a range beyond the tensor, `disposed` after {@link dispose}, `device-lost`, `out-of-memory`.
   */
  async read(offset = 0, count = this.size - offset): Promise<TypedArray> {
    if (offset < 0 || count < 0 || offset + count > this.size) {
      throw argumentError(`cannot read ${count} elements at offset ${offset} of ${this.label} of ${this.size} elements`);
    }
    this.requireLive();
    const bytes = await this.device.readBuffer(this.buffer, offset * 4, count * 4);
    return this.dtype === "f32" ? new Float32Array(bytes) : this.dtype === "u32" ? new Uint32Array(bytes) : new Int32Array(bytes);
  }

  /** Frees the memory. Reads under way still finish; later calls throw `disposed`. Calling it twice is harmless. */
  dispose(): void {
    this.device.destroyBuffer(this.buffer);
  }

  /** Calls {@link dispose}, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}
