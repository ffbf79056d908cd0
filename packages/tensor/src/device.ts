import { type AdapterDescription, type OpenedAdapter, openAdapter, SHARED } from "./adapter.js";
import { BufferUsage } from "./constants.js";
import { argumentError, WebgfnError } from "./errors.js";
import { Kernel, type KernelSource } from "./kernel.js";
import { Readback } from "./readback.js";
import { requireOptions, rules, type Schema } from "./schema.js";
import { type DType, Tensor, type TensorOptions, type TypedArray } from "./tensor.js";
import { bufferExcess, type Excess, type TensorPlan, type TensorPlans, tensorExcess } from "./tensor-plan.js";

/** What a device has been asked to do since it was opened. */
export interface DeviceStatistics {
  submits: number;
  dispatches: number;
  bytesRead: number;
  /** Bytes in live buffers. */
  bytesAllocated: number;
}

export interface OpenOptions {
  /** A WebGPU implementation to use instead of the one at hand. */
  gpu?: GPU;
  /**
   * Whether the lanes of a subgroup load for each other, where kernels have such a variant: on software adapters with subgroups
   * of one size of at least 8, unless given. It changes how long a kernel takes, and on software adapters no bit of its results.
   */
  subgroups?: boolean;
}

const OPTIONS: Schema<OpenOptions> = {
  gpu: rules.having("a WebGPU implementation such as navigator.gpu", "requestAdapter"),
  subgroups: rules.oneOf(true, false),
};

/**
 * One GPU device and everything made on it: buffers, compiled kernels, read-backs, statistics.
 * Make one with {@link openDevice}; `dispose()` (or `using`) frees all of it.
 */
export class Device {
  readonly gpu: GPUDevice;
  readonly adapter: AdapterDescription;
  /**
   * Lanes of a subgroup, where kernels let those load for each other; 0 where they do not. Kernels are told: they have the
   * condition `subgroups` and the constant SUBGROUP.
   */
  readonly subgroupSize: number;
  readonly statistics: DeviceStatistics = { submits: 0, dispatches: 0, bytesRead: 0, bytesAllocated: 0 };
  readonly #kernels = new Map<string, Promise<Kernel>>();
  readonly #buffers = new Set<GPUBuffer>();
  readonly #readback: Readback;
  readonly #options: OpenOptions;
  #failure: WebgfnError | undefined;
  #disposed = false;

  constructor({ device: gpu, description, subgroupSize }: OpenedAdapter, options: OpenOptions = {}) {
    this.gpu = gpu;
    this.adapter = description;
    this.#options = options;
    this.subgroupSize = (options.subgroups ?? this.isSoftware) ? subgroupSize : 0;
    this.#readback = new Readback(this);
    gpu.addEventListener("uncapturederror", (event) => {
      event.preventDefault();
      const { error } = event as GPUUncapturedErrorEvent;
      this.#failure ??=
        error.constructor.name === "GPUOutOfMemoryError"
          ? new WebgfnError("out-of-memory", `the adapter ran out of memory: ${error.message.split("\n", 1)[0]}`, {
              fix: "close what else uses it, or reduce the batch size, the number of replicas, or the network's width",
            })
          : new WebgfnError("validation", `WebGPU rejected a command: ${error.message}`);
    });
    void gpu.lost.then((info) => {
      if (this.#disposed) return;
      this.#failure = new WebgfnError("device-lost", `the WebGPU device was lost: ${info.message || info.reason}`);
    });
  }

  get limits(): GPUSupportedLimits {
    return this.gpu.limits;
  }

  /** Software rasterisers want other tile shapes than GPUs, and loops that their compiler cannot unroll. */
  get isSoftware(): boolean {
    return this.adapter.type === "cpu";
  }

  /** As many lanes, and what completes the last subgroup where lanes load for each other. */
  wholeSubgroups(lanes: number): number {
    const size = Math.max(1, this.subgroupSize);
    return Math.ceil(lanes / size) * size;
  }

  /**
   * Passes on the first error that WebGPU reported asynchronously, if any.
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

  /** Opens a new device where this one came from. Nothing that was made on this one can be used there. */
  reopen(): Promise<Device> {
    return openDevice(this.#options);
  }

  /**
   * A zero-initialised tensor of 32-bit elements.
   *
   * @throws WebgfnError `limit` when it is larger than one binding of this adapter may be.
   */
  tensor(shape: readonly number[], options: TensorOptions = {}): Tensor {
    return new Tensor(this, shape, options);
  }

  /**
   * A tensor that holds `values`, row-major.
   *
   * @throws WebgfnError `argument` when there are more values than the shape has elements, `limit` as {@link tensor}.
   */
  tensorFrom(values: TypedArray, shape: readonly number[] = [values.length], label?: string): Tensor {
    const dtype: DType = values instanceof Float32Array ? "f32" : values instanceof Uint32Array ? "u32" : "i32";
    const tensor = this.tensor(shape, { dtype, ...(label === undefined ? {} : { label }) });
    tensor.write(values);
    return tensor;
  }

  /**
   * Several tensors: all of them, or, where one is refused, none.
   *
   * @throws WebgfnError `limit` before anything is allocated when one of them does not fit this adapter.
   */
  tensors<Plans extends TensorPlans>(plans: Plans): { [Name in keyof Plans]: Tensor } {
    const excess = tensorExcess(this.limits, plans);
    if (excess !== undefined) throw this.refusal(excess);
    const make = ({ shape, values, ...options }: TensorPlan) => {
      const tensor = this.tensor(shape, options);
      if (values !== undefined) tensor.write(values());
      return tensor;
    };
    const made = Object.entries(plans).map(([name, plan]) => [name, make(plan)]);
    return Object.fromEntries(made) as { [Name in keyof Plans]: Tensor };
  }

  /** The error that tells of a need beyond a limit of this adapter. */
  refusal({ what, needs, limit }: Excess, fix = "reduce the batch size, the number of replicas, or the network's width"): WebgfnError {
    return new WebgfnError("limit", `${what} needs ${needs}, but this adapter's ${limit} is ${this.limits[limit]}`, { fix });
  }

  /**
   * A buffer whose size is checked against the adapter's limits before anything is allocated.
   *
   * @param bindings in how many equal parts storage is bound.
   * @throws WebgfnError `limit` when it is larger than the adapter allows.
   */
  createBuffer(label: string, bytes: number, usage: number, bindings = 1): GPUBuffer {
    this.check();
    const bound = (usage & BufferUsage.STORAGE) === 0 ? 0 : bytes / bindings;
    const excess = bufferExcess(this.limits, label, bytes, bound);
    if (excess !== undefined) throw this.refusal(excess);
    const size = Math.max(16, Math.ceil(bytes / 16) * 16);
    const buffer = this.gpu.createBuffer({ label, size, usage });
    this.#buffers.add(buffer);
    this.statistics.bytesAllocated += size;
    return buffer;
  }

  /** Frees a buffer of this device. Freeing it twice is harmless. */
  destroyBuffer(buffer: GPUBuffer): void {
    if (!this.#buffers.delete(buffer)) return;
    this.statistics.bytesAllocated -= buffer.size;
    buffer.destroy();
  }

  /**
   * Compiles a kernel, or returns the one compiled earlier from the same source, constants and conditions.
   *
   * @throws WebgfnError `shader` when a module does not link or compile.
   */
  kernel({ constants, conditions, ...modules }: KernelSource): Promise<Kernel> {
    this.check();
    const source = {
      ...modules,
      constants: { SUBGROUP: this.subgroupSize, ...constants },
      conditions: { subgroups: this.subgroupSize > 0, ...conditions },
    };
    const key = JSON.stringify([source.root, source.constants, source.conditions, source.modules]);
    let kernel = this.#kernels.get(key);
    if (kernel === undefined) {
      kernel = Kernel.compile(this, source);
      this.#kernels.set(key, kernel);
    }
    return kernel;
  }

  /** Copies a range of a buffer to the host, asynchronously. */
  async readBuffer(buffer: GPUBuffer, offset: number, bytes: number): Promise<ArrayBuffer> {
    this.check();
    const result = await this.#readback.read(buffer, offset, bytes);
    this.check();
    return result;
  }

  /** Submits commands and counts them. */
  submit(commands: GPUCommandBuffer[]): void {
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
    this.#kernels.clear();
    this.gpu.destroy();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/**
 * Opens the adapter at hand: the browser's, or in Node the driver that Dawn finds (package `webgpu`).
 *
 * @throws WebgfnError `no-adapter` with what to install when there is none; `argument` when the option `subgroups` asks for what
 * the adapter does not have.
 */
export async function openDevice(options: OpenOptions = {}): Promise<Device> {
  requireOptions("openDevice", options, OPTIONS);
  const device = new Device(await openAdapter(options.gpu), options);
  if (options.subgroups === true && device.subgroupSize === 0) {
    device.dispose();
    throw argumentError(`this adapter has no subgroups of one size of at least ${SHARED}`, "leave out the option subgroups");
  }
  return device;
}
