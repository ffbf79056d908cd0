import { ADAPTER_RULE } from "#platform";
import { type OpenedAdapter, openAdapter, SHARED } from "./adapter.js";
import type { AdapterChoice } from "./adapter-choice.js";
import { argumentError } from "./errors.js";
import { GpuContext } from "./gpu-context.js";
import { Kernel } from "./kernel.js";
import type { KernelSource } from "./kernel-source.js";
import { requireOptions, rules, type Schema } from "./schema.js";
import { type DType, Tensor, type TensorOptions, type TypedArray } from "./tensor.js";
import { type TensorPlan, type TensorPlans, tensorExcess } from "./tensor-plan.js";
import type { GpuImplementation } from "./webgpu.js";

/** Options of {@link openDevice}. */
export interface OpenOptions {
  /** A WebGPU implementation. Default: the browser's; in Node, Dawn. */
  gpu?: GpuImplementation;
  /**
   * The adapter to open, in Node: its index in the list of `webgfn doctor`, a part of its name such as `llvmpipe`, or its PCI address such as
   * `0000:65:00.0`. Default: the environment variable WEBGFN_ADAPTER; if it is not set, the first adapter of that list.
   */
  adapter?: AdapterChoice;
  /**
   * Whether the lanes of a subgroup share loads, in kernels with such a variant. Default: on software adapters whose subgroups all have one
   * size of at least 8. It changes the time of a kernel but, on software adapters, not its results.
   */
  subgroups?: boolean;
}

const OPTIONS: Schema<OpenOptions> = {
  gpu: rules.having("a WebGPU implementation such as navigator.gpu", "requestAdapter"),
  adapter: ADAPTER_RULE,
  subgroups: rules.oneOf(true, false),
};

/**
 * One GPU device and everything made on it: buffers, tensors, compiled kernels, read-backs, statistics.
 * Make one with {@link openDevice}; `dispose()` (or `using`) frees all of it.
 *
 * @example
 * ```ts
 * import { openDevice } from "@webgfn/tensor";
 * const device = await openDevice();
 * const x = device.tensorFrom(new Float32Array([1, 2, 3, 4, 5, 6]), [2, 3]);
 * console.log(await x.read(3, 2)); // Float32Array(2) [ 4, 5 ]
 * device.dispose(); // frees x, too
 * ```
 */
export class Device extends GpuContext {
  /**
   * Lanes of a subgroup if kernels let them share loads, otherwise 0. Every kernel gets it as the constant SUBGROUP, and the condition
   * `subgroups` is on unless it is 0.
   */
  readonly subgroupSize: number;
  readonly #kernels = new Map<string, Promise<Kernel>>();
  readonly #options: OpenOptions;

  /** Use {@link openDevice}. */
  constructor(opened: OpenedAdapter, options: OpenOptions = {}) {
    super(opened);
    this.#options = options;
    this.subgroupSize = (options.subgroups ?? this.isSoftware) ? opened.subgroupSize : 0;
  }

  /** Opens a new device on the same implementation, with the same options. It shares nothing with this one. */
  reopen(): Promise<Device> {
    return openDevice(this.#options);
  }

  /**
   * A zero-initialised tensor of 32-bit elements.
   *
   * @throws WebgfnError `limit` if it exceeds this adapter's largest binding.
   */
  tensor(shape: readonly number[], options: TensorOptions = {}): Tensor {
    return new Tensor(this, shape, options);
  }

  /**
   * A tensor that holds `values`, row-major.
   *
   * @throws WebgfnError `argument` if there are more values than the shape has elements, `limit` as {@link tensor}.
   */
  tensorFrom(values: TypedArray, shape: readonly number[] = [values.length], label?: string): Tensor {
    const dtype: DType = values instanceof Float32Array ? "f32" : values instanceof Uint32Array ? "u32" : "i32";
    const tensor = this.tensor(shape, { dtype, ...(label === undefined ? {} : { label }) });
    tensor.write(values);
    return tensor;
  }

  /**
   * Makes several tensors: either all of them or, if one is refused, none.
   *
   * @param fix advice in the error if one of them does not fit.
   * @throws WebgfnError `limit`, before any allocation, if one of them does not fit this adapter.
   */
  tensors<Plans extends TensorPlans>(plans: Plans, fix?: string): { [Name in keyof Plans]: Tensor } {
    const excess = tensorExcess(this.limits, plans);
    if (excess !== undefined) throw this.refusal(excess, fix);
    const make = ({ shape, values, ...options }: TensorPlan) => {
      const tensor = this.tensor(shape, { ...options, fix });
      if (values !== undefined) tensor.write(values());
      return tensor;
    };
    const made = Object.entries(plans).map(([name, plan]) => [name, make(plan)]);
    return Object.fromEntries(made) as { [Name in keyof Plans]: Tensor };
  }

  /**
   * Compiles a kernel, or returns the one compiled earlier from the same source, constants and conditions.
   *
   * @throws WebgfnError `shader` if a module does not link or compile, `device-lost` if the device was lost, `disposed` if it was disposed
   * of.
   */
  kernel({ constants, conditions, ...modules }: KernelSource): Promise<Kernel> {
    this.check();
    const source = {
      ...modules,
      constants: { SUBGROUP: this.subgroupSize, ...constants },
      conditions: { subgroups: this.subgroupSize > 0, software: this.isSoftware, ...conditions },
    };
    const key = JSON.stringify([source.root, source.constants, source.conditions, source.modules]);
    let kernel = this.#kernels.get(key);
    if (kernel === undefined) {
      kernel = Kernel.compile(this, source);
      this.#kernels.set(key, kernel);
      // A compilation that failed once may succeed later.
      kernel.catch(() => this.#kernels.delete(key));
    }
    return kernel;
  }

  override dispose(): void {
    super.dispose();
    this.#kernels.clear();
  }
}

/**
 * Opens a GPU device: on the browser's adapter, or in Node on an adapter that Dawn finds (package `webgpu`).
 *
 * @throws WebgfnError `no-adapter`, with what to install, if there is none; `argument` if `adapter` fits none or several, or if the adapter
 * does not support the option `subgroups`.
 *
 * @example
 * ```ts
 * import { openDevice } from "@webgfn/tensor";
 * const device = await openDevice(); // or openDevice({ adapter: "llvmpipe" }), one of several in Node
 * console.log(device.adapter.name, device.limits.maxBufferSize);
 * device.dispose();
 * ```
 */
export async function openDevice(options: OpenOptions = {}): Promise<Device> {
  requireOptions("openDevice", options, OPTIONS);
  const { gpu, adapter } = options;
  if (gpu !== undefined && adapter !== undefined) {
    throw argumentError("a gpu of your own chooses its adapter itself", "leave out one of the options gpu and adapter");
  }
  const device = new Device(await openAdapter(options), options);
  if (options.subgroups === true && device.subgroupSize === 0) {
    device.dispose();
    throw argumentError(`this adapter has no subgroups of one size of at least ${SHARED}`, "leave out the option subgroups");
  }
  return device;
}
