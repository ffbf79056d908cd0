import { link, withLoggerAsync } from "wesl/core";
import { COMPUTE_STAGE } from "./constants.js";
import { argumentError, WebgfnError } from "./errors.js";
import type { GpuContext } from "./gpu-context.js";
import type { KernelSource } from "./kernel-source.js";
import { linkError } from "./link-error.js";
import { Tensor } from "./tensor.js";
import type { GpuBindGroup, GpuBuffer, GpuBufferBinding, GpuComputePipeline } from "./webgpu.js";

/** Where a kernel's variable is bound, read off its own declaration. */
export interface Binding {
  name: string;
  group: number;
  binding: number;
  type: "uniform" | "read-only-storage" | "storage";
}

/** What a binding can be given: a tensor, a buffer, or a range of one (WebGPU's offset alignment applies). */
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
 * The bindings of a linked text, by the names in their own modules. The linker renames a variable (`weights0`) where another module
 * declares something of the same name, such as a function of the caller's.
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

/** A compiled compute pipeline, with its bindings by the names they have in WGSL. */
export class Kernel {
  readonly device: GpuContext;
  readonly name: string;
  readonly pipeline: GpuComputePipeline;
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
   * @throws WebgfnError `shader`, with module, line and the compiler's words; `device-lost` where the device was lost meanwhile.
   */
  static async compile(device: GpuContext, source: KernelSource): Promise<Kernel> {
    const name = source.root.split("/").at(-1) as string;
    const linked = await linkSource(source);
    const wgsl = linked.dest;
    const bindings = originalBindings(wgsl, source.modules);
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
    if (compiled.status === "rejected" || rejected !== undefined) {
      // A device that is lost rejects every kernel.
      const loss = await device.loss();
      if (loss !== undefined) throw loss;
      device.requireOpen();
      if (rejected?.code === "out-of-memory") throw rejected;
      const cause = rejected?.cause ?? (compiled as PromiseRejectedResult).reason;
      const words = cause instanceof Error || rejected !== undefined ? (cause as Error).message : String(cause);
      throw new WebgfnError("shader", await explain(module, linked, source.root, words), { cause });
    }
    return new Kernel(device, name, compiled.value, layouts, bindings, wgsl);
  }

  /** Those of the resources that this kernel binds. */
  pick(resources: Readonly<Record<string, Resource | undefined>>): Record<string, Resource> {
    return Object.fromEntries(
      this.bindings.flatMap(({ name }): [string, Resource][] => (resources[name] === undefined ? [] : [[name, resources[name]]])),
    );
  }

  /**
   * Bind groups for the named resources; every binding of the kernel must be given, and nothing else.
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

interface Linked {
  dest: string;
  /** Module and 1-based line of a position in `dest`. */
  locate(position: number): string;
}

/** Resolves the imports of a kernel's modules into one WGSL text. */
export async function linkSource(source: KernelSource): Promise<Linked> {
  const weslSrc: Record<string, string> = {};
  for (const [path, text] of Object.entries(source.modules)) weslSrc[`./${path}.wgsl`] = text;
  try {
    // The linker prints what it throws; standard output belongs to the program.
    const linked = await withLoggerAsync(
      () => {},
      () =>
        link({
          weslSrc,
          rootModuleName: `./${source.root}.wgsl`,
          constants: { ...source.constants },
          conditions: { ...source.conditions },
          keepComments: false,
        }),
    );
    const map = linked.sourceMap;
    return {
      dest: linked.dest,
      locate(position) {
        const { src, position: at } = map.destToSrc(position);
        const path = (src.path ?? source.root).replace(/^\.\//, "").replace(/\.wesl$/, ".wgsl");
        return `${path}:${src.text.slice(0, at).split("\n").length}`;
      },
    };
  } catch (cause) {
    throw linkError(source, cause);
  }
}

async function explain(module: GPUShaderModule, linked: Linked, root: string, fallback: string): Promise<string> {
  const info = await module.getCompilationInfo();
  const errors = info.messages.filter((message) => message.type === "error");
  if (errors.length === 0) return `${root}.wgsl was rejected: ${fallback}`;
  const lines = errors.map((message) => `${linked.locate(message.offset)}: ${message.message}`);
  return `${root}.wgsl does not compile: ${lines.join("; ")}`;
}
