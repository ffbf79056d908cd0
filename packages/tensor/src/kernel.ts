import { COMPUTE_STAGE } from "./constants.js";
import { argumentError, WebgfnError } from "./errors.js";
import type { GpuContext } from "./gpu-context.js";
import type { KernelSource } from "./kernel-source.js";
import { linkWhole } from "./linking/link.js";
import { linkPlain } from "./linking/plain-linker.js";
import { Tensor } from "./tensor.js";
import type { GpuBindGroup, GpuBuffer, GpuBufferBinding, GpuComputePipeline } from "./webgpu.js";

/** The binding of a kernel's variable, read from its declaration. */
export interface Binding {
  /** The variable's name in WGSL. */
  name: string;
  /** The number in `@group`. */
  group: number;
  /** The number in `@binding`. */
  binding: number;
  /** Its address space and access: `storage` can be written. */
  type: "uniform" | "read-only-storage" | "storage";
}

/** A resource for a binding: a tensor, a buffer, or a range of a buffer (WebGPU's offset alignment applies). */
export type Resource = Tensor | GpuBuffer | GpuBufferBinding;

/** The buffer that a resource is, or is part of. */
export function bufferOf(resource: Resource): GpuBuffer {
  return bufferBinding(resource).buffer;
}

function bufferBinding(resource: Resource): GpuBufferBinding {
  if (resource instanceof Tensor) return { buffer: resource.buffer };
  return "buffer" in resource ? resource : { buffer: resource };
}

const BINDING = /@group\((\d+)\)\s*@binding\((\d+)\)\s*var<\s*(uniform|storage)\s*(?:,\s*(read|read_write)\s*)?>\s*(\w+)/g;

/**
 * The bindings of a linked text, by the names in their own modules. The linker renames a variable (`weights0`) if another module declares the
 * same name, such as a function of the caller.
 */
function originalBindings(wgsl: string, modules: Readonly<Record<string, string>>): Binding[] {
  const declared = Object.values(modules).flatMap(findBindings);
  return findBindings(wgsl).map((binding) => {
    const isOriginal = ({ name, group, binding: slot }: Binding) =>
      group === binding.group && slot === binding.binding && binding.name.replace(/\d*$/, "") === name.replace(/\d*$/, "");
    return { ...binding, name: declared.find(isOriginal)?.name ?? binding.name };
  });
}

function findBindings(wgsl: string): Binding[] {
  const bindings: Binding[] = [];
  for (const [, group, binding, space, access, name] of wgsl.matchAll(BINDING)) {
    const type = space === "uniform" ? "uniform" : access === "read_write" ? "storage" : "read-only-storage";
    bindings.push({ name: name as string, group: Number(group), binding: Number(binding), type });
  }
  return bindings;
}

/** Why a text does not compile. */
interface Rejected {
  module: GPUShaderModule;
  /** WebGPU's message. */
  words: string;
  cause: unknown;
}

/**
 * A compiled compute pipeline, with its bindings by the names they have in WGSL.
 *
 * @example
 * ```ts
 * import { readFile } from "node:fs/promises";
 * import { openDevice, Program } from "@webgfn/tensor";
 * const device = await openDevice();
 * const kernel = await device.kernel({ root: "double", modules: { double: await readFile("double.wgsl", "utf8") } });
 * const x = device.tensorFrom(new Float32Array([1, 2, 3]));
 * await new Program(device, "double").add(kernel, { x }, [1]).run(); // x by its name in WGSL, one workgroup
 * console.log(kernel.bindings, await x.read());
 * device.dispose();
 * ```
 */
export class Kernel {
  /** The device that it was compiled on. */
  readonly device: GpuContext;
  /** The last part of its root module's name. */
  readonly name: string;
  /** WebGPU's pipeline. */
  readonly pipeline: GpuComputePipeline;
  /** The bindings that {@link bind} needs. */
  readonly bindings: readonly Binding[];
  /** The linked WGSL, as compiled. */
  readonly wgsl: string;
  readonly #layouts: readonly GPUBindGroupLayout[];

  private constructor(
    device: GpuContext,
    name: string,
    pipeline: GPUComputePipeline,
    layouts: GPUBindGroupLayout[],
    bindings: Binding[],
    wgsl: string,
  ) {
    this.device = device;
    this.name = name;
    this.pipeline = pipeline;
    this.#layouts = layouts;
    this.bindings = bindings;
    this.wgsl = wgsl;
  }

  /**
   * Links the modules and compiles them.
   *
   * @throws WebgfnError `shader`, with module, line and the compiler's message; `device-lost` if the device was lost meanwhile.
   */
  static async compile(device: GpuContext, source: KernelSource): Promise<Kernel> {
    const plain = linkPlain(source);
    const built = plain === undefined ? undefined : await Kernel.#build(device, source, plain);
    if (built instanceof Kernel) return built;
    // The whole linker finds mistakes that the plain one passed on, and the module and line of the compiler's messages.
    const { wgsl, locate } = await linkWhole(source);
    const rebuilt = await Kernel.#build(device, source, wgsl);
    if (rebuilt instanceof Kernel) return rebuilt;
    const { module, words, cause } = rebuilt;
    const { messages } = await module.getCompilationInfo();
    const errors = messages.filter(({ type }) => type === "error").map(({ offset, message }) => `${locate(offset)}: ${message}`);
    const reason = errors.length === 0 ? `was rejected: ${words}` : `does not compile: ${errors.join("; ")}`;
    throw new WebgfnError("shader", `${source.root}.wgsl ${reason}`, { cause });
  }

  /** @throws WebgfnError `device-lost`, `disposed` or `out-of-memory`. */
  static async #build(device: GpuContext, { root, modules }: KernelSource, wgsl: string): Promise<Kernel | Rejected> {
    const name = root.split("/").at(-1) as string;
    const bindings = originalBindings(wgsl, modules);
    const groups = bindings.reduce((count, binding) => Math.max(count, binding.group + 1), 0);
    device.requireOpen();
    const { result, error } = device.scoped(() => {
      const layouts = Array.from({ length: groups }, (_, group) =>
        device.gpu.createBindGroupLayout({
          label: `${name} ${group}`,
          entries: bindings
            .filter((binding) => binding.group === group)
            .map(({ binding, type }) => ({ binding, visibility: COMPUTE_STAGE, buffer: { type } })),
        }),
      );
      const layout = device.gpu.createPipelineLayout({ label: name, bindGroupLayouts: layouts });
      const module = device.gpu.createShaderModule({ label: name, code: wgsl });
      return { layouts, module, compiling: device.gpu.createComputePipelineAsync({ label: name, layout, compute: { module } }) };
    });
    const { layouts, module, compiling } = result;
    const [compiled] = await device.waitFor(Promise.allSettled([compiling]));
    const rejected = await error;
    if (compiled.status === "fulfilled" && rejected === undefined) return new Kernel(device, name, compiled.value, layouts, bindings, wgsl);
    // A lost device rejects every kernel.
    const loss = await device.loss();
    if (loss !== undefined) throw loss;
    device.requireOpen();
    if (rejected?.code === "out-of-memory") throw rejected;
    const cause = rejected?.cause ?? (compiled as PromiseRejectedResult).reason;
    return { module, words: cause instanceof Error || rejected !== undefined ? (cause as Error).message : String(cause), cause };
  }

  /** The resources that this kernel binds. */
  pick(resources: Readonly<Record<string, Resource | undefined>>): Record<string, Resource> {
    return Object.fromEntries(
      this.bindings.flatMap(({ name }): [string, Resource][] => (resources[name] === undefined ? [] : [[name, resources[name]]])),
    );
  }

  /**
   * Makes bind groups for the named resources, which must be exactly the bindings of the kernel.
   *
   * @throws WebgfnError `argument` for a resource that is missing, not bound by the kernel, or of another device; `disposed` for a
   * tensor or device that was disposed of; `device-lost`.
   */
  bind(resources: Readonly<Record<string, Resource>>): GpuBindGroup[] {
    this.device.requireOpen();
    for (const [name, resource] of Object.entries(resources)) {
      if (resource instanceof Tensor) this.#requireUsable(resource);
      if (!this.bindings.some((binding) => binding.name === name)) {
        throw argumentError(`kernel ${this.name} has no binding "${name}"; it has ${this.bindings.map((b) => b.name).join(", ")}`);
      }
    }
    return this.#layouts.map((layout, group) =>
      this.device.gpu.createBindGroup({
        label: `${this.name} ${group}`,
        layout,
        entries: this.bindings
          .filter((binding) => binding.group === group)
          .map(({ name, binding }) => {
            const resource = resources[name];
            if (resource === undefined) throw argumentError(`kernel ${this.name} needs a resource for its binding "${name}"`);
            return { binding, resource: bufferBinding(resource) };
          }),
      }),
    );
  }

  #requireUsable(tensor: Tensor): void {
    if (tensor.device !== this.device) {
      throw argumentError(
        `the tensor "${tensor.label}" lies on another device than the kernel ${this.name}`,
        "make tensors, kernels and programs that work together on one device",
      );
    }
    tensor.requireLive();
  }
}
