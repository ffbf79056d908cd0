import type { Ambient } from "./ambient.js";
import { BufferUsage } from "./constants.js";
import type { Device } from "./device.js";
import { argumentError, WebgfnError } from "./errors.js";
import { bufferOf, type Kernel, type Resource } from "./kernel.js";
import type { GpuBuffer } from "./webgpu.js";

/** Workgroups along x, y and z. */
export type Workgroups = readonly [number, number?, number?];

interface Dispatch {
  kernel: Kernel;
  bindGroups: GPUBindGroup[];
  workgroups: [number, number, number];
}

/** Milliseconds on the GPU, by kernel in the order of recording. */
export interface KernelTime {
  /** The kernel's name. */
  kernel: string;
  /** Time of its dispatch in milliseconds. */
  milliseconds: number;
}

/** Work of the host between two dispatches: it may read and write tensors, and the following dispatches wait for its end. */
export type HostStage = () => Promise<void>;

/** Dispatches per submission: enough that the host never waits, few enough not to trigger a driver's watchdog. */
const DISPATCHES_PER_SUBMIT = 192;
/** Submissions in flight before the host waits for the oldest. */
const IN_FLIGHT = 2;

/**
 * A fixed sequence of dispatches: recorded once, with its pipelines and bind groups, and replayed many times. Between replays the host
 * allocates, binds and writes nothing; values that change from one replay to the next (step counters, schedules) change on the GPU. Only a
 * program with host stages ({@link addHostStage}) waits for the host.
 *
 * @example
 * ```ts
 * import { advance, openDevice, Program } from "@webgfn/tensor";
 * const device = await openDevice();
 * const counter = device.tensor([1], { dtype: "u32" });
 * const program = new Program(device, "two counts"); // recorded once …
 * for (let n = 0; n < 2; n++) await advance(program, { counter });
 * await program.run(1000); // … and replayed
 * console.log(program.length, await counter.read()); // 2 Uint32Array(1) [ 2000 ]
 * ```
 */
export class Program {
  /** The device that it runs on. */
  readonly device: Device;
  /** Its name in errors and in WebGPU's own messages. */
  readonly label: string;
  readonly #dispatches: Dispatch[] = [];
  /** Host stages, each with the number of dispatches before it. */
  readonly #stages: { after: number; work: HostStage }[] = [];
  /** Every buffer that a dispatch binds, with its name in the kernel's WGSL. */
  readonly #buffers = new Map<GpuBuffer, string>();
  /** Errors of the recording: buffers that could not be made, and bindings that WebGPU rejects. */
  readonly #recording: Promise<WebgfnError | undefined>[] = [];
  readonly #fix: string;

  /** `fix` in the options: advice in the error if a dispatch has more workgroups than the adapter allows. */
  constructor(device: Device, label: string, { fix = "dispatch fewer workgroups that do more each" }: { fix?: string } = {}) {
    this.device = device;
    this.label = label;
    this.#fix = fix;
  }

  /** Number of dispatches in one replay. */
  get length(): number {
    return this.#dispatches.length;
  }

  /**
   * Appends a kernel with its resources, by their names in WGSL.
   *
   * @throws WebgfnError `limit` if a dimension has more workgroups than the adapter allows; `argument` for a kernel or tensor of another
   * device, or a binding without a resource; `disposed` for a tensor that was disposed of. {@link run} throws the errors that WebGPU itself
   * reports.
   */
  add(kernel: Kernel, resources: Readonly<Record<string, Resource>>, [x, y = 1, z = 1]: Workgroups): this {
    const limit = this.device.limits.maxComputeWorkgroupsPerDimension;
    if (Math.max(x, y, z) > limit) {
      const [what, needs] = [`kernel ${kernel.name}`, `${x}×${y}×${z} workgroups`];
      throw this.device.refusal({ what, needs, limit: "maxComputeWorkgroupsPerDimension" }, this.#fix);
    }
    this.#requireSameDevice(`the kernel ${kernel.name}`, kernel.device);
    const { result: bindGroups, error } = this.device.scoped(() => kernel.bind(resources));
    this.#dispatches.push({ kernel, bindGroups, workgroups: [x, y, z] });
    for (const { name } of kernel.bindings) {
      const buffer = bufferOf(resources[name] as Resource);
      if (this.#buffers.has(buffer)) continue;
      this.#buffers.set(buffer, name);
      this.#recording.push(this.device.creationError(buffer));
    }
    this.#recording.push(error);
    return this;
  }

  /**
   * Appends work of the host: every replay submits the dispatches before it, awaits `work`, and then submits the dispatches after it. An
   * error of `work` ends the run.
   */
  addHostStage(work: HostStage): this {
    this.#stages.push({ after: this.length, work });
    return this;
  }

  /**
   * Appends all dispatches and host stages of another program.
   *
   * @throws WebgfnError `argument` for a program of another device.
   */
  append(other: Program): this {
    this.#requireSameDevice(`the program "${other.label}"`, other.device);
    for (const { after, work } of other.#stages) this.#stages.push({ after: this.length + after, work });
    for (const dispatch of other.#dispatches) this.#dispatches.push(dispatch);
    for (const [buffer, name] of other.#buffers) this.#buffers.set(buffer, name);
    for (const error of other.#recording) this.#recording.push(error);
    return this;
  }

  #requireSameDevice(what: string, device: unknown): void {
    if (device === this.device) return;
    throw argumentError(
      `${what} belongs to another device than the program "${this.label}"`,
      "make tensors, kernels and programs that work together on one device",
    );
  }

  /**
   * @throws WebgfnError `disposed` if the device, or a buffer that a dispatch binds, was disposed of (WebGPU would reject the whole
   * submission); `device-lost`.
   */
  #requireUsable(): void {
    this.device.requireOpen();
    for (const [buffer, name] of this.#buffers) {
      this.device.requireLive(buffer, () => `"${buffer.label}", which the program "${this.label}" binds as ${name},`);
    }
  }

  /**
   * Replays the sequence `times` times, many replays per submission. Resolves when at most two submissions are still unfinished; await
   * {@link Device.idle} or a read for the end.
   *
   * `signal` in the options ends the run before its next submission; the promise then rejects with the signal's reason.
   *
   * @throws WebgfnError before any submission: `disposed` if the device or a tensor of the program was disposed of, or `device-lost`.
   * `validation` or `out-of-memory` if WebGPU rejects the commands; other programs of the device are not affected.
   */
  async run(times = 1, { signal }: { signal?: Ambient<"AbortSignal", { readonly aborted: boolean }> } = {}): Promise<void> {
    this.device.check();
    if (this.#stages.length > 0) return this.#runInStages(times, signal);
    const perSubmit = Math.max(1, Math.floor(DISPATCHES_PER_SUBMIT / Math.max(1, this.length)));
    const inFlight: Promise<unknown>[] = [];
    try {
      for (let done = 0; done < times; done += perSubmit) {
        if (signal?.aborted) throw signal.reason;
        const replays = Math.min(perSubmit, times - done);
        const submitted = this.#submit(replays);
        const isLast = done + perSubmit >= times;
        const submission = isLast ? submitted : Promise.all([submitted, this.device.idle()]);
        // If an earlier submission fails, this one has no listener: swallow its rejection.
        submission.catch(() => {});
        inFlight.push(submission);
        if (!isLast && inFlight.length >= IN_FLIGHT) await inFlight.shift();
      }
      await Promise.all(inFlight);
    } catch (error) {
      throw await this.#causeOf(error);
    }
  }

  /**
   * Runs one replay after the other, with the host's work in between. The dispatches after a replay's last stage are submitted together with
   * those before the first stage of the next replay.
   */
  async #runInStages(times: number, signal: { readonly aborted: boolean; readonly reason?: unknown } | undefined): Promise<void> {
    let next: Dispatch[] = [];
    /** Submits the dispatches collected so far; the promise rejects if WebGPU finds an error. */
    const submit = (): Promise<unknown> => {
      const dispatches = next;
      next = [];
      return dispatches.length === 0 ? Promise.resolve() : this.#submit(1, dispatches).catch((error: unknown) => error);
    };
    const complete = async (submitted: Promise<unknown>) => {
      const error = await submitted;
      if (error !== undefined) throw error;
    };
    try {
      let done = 0;
      for (; done < times && !signal?.aborted; done++) {
        let first = 0;
        for (const { after, work } of this.#stages) {
          next = [...next, ...this.#dispatches.slice(first, after)];
          first = after;
          const submitted = submit();
          try {
            await work();
          } finally {
            await complete(submitted);
          }
        }
        next = this.#dispatches.slice(first);
      }
      await complete(submit());
      if (done < times) throw signal?.reason;
    } catch (error) {
      throw await this.#causeOf(error);
    }
  }

  #submit(replays: number, dispatches: readonly Dispatch[] = this.#dispatches): Promise<void> {
    this.#requireUsable();
    this.device.statistics.dispatches += replays * dispatches.length;
    return this.device.record(this.label, (encoder) => {
      const pass = encoder.beginComputePass({ label: this.label });
      for (let replay = 0; replay < replays; replay++) for (const dispatch of dispatches) encode(pass, dispatch);
      pass.end();
    });
  }

  /** The reason of a rejected submission: a buffer that could not be made, or a binding that was rejected at recording. */
  async #causeOf(error: unknown): Promise<unknown> {
    if (!(error instanceof WebgfnError) || error.code !== "validation") return error;
    return (await Promise.all(this.#recording)).find((cause) => cause !== undefined) ?? error;
  }

  /**
   * Replays the sequence once with a timestamp around every dispatch; host stages are left out.
   *
   * @returns one entry per dispatch, or `undefined` if the adapter has no timestamp queries.
   * @throws WebgfnError as {@link run} does.
   */
  async profile(): Promise<KernelTime[] | undefined> {
    const { gpu } = this.device;
    this.device.check();
    if (!gpu.features.has("timestamp-query")) return undefined;
    this.#requireUsable();
    const count = 2 * this.length;
    const resolved = this.device.createBuffer(`${this.label} times`, count * 8, BufferUsage.QUERY_RESOLVE | BufferUsage.COPY_SRC);
    const { result: querySet } = this.device.scoped(() => gpu.createQuerySet({ label: `${this.label} times`, type: "timestamp", count }));
    try {
      const submitted = this.device.record(`${this.label} profile`, (encoder) => {
        this.#dispatches.forEach((dispatch, index) => {
          const timestampWrites = { querySet, beginningOfPassWriteIndex: 2 * index, endOfPassWriteIndex: 2 * index + 1 };
          const pass = encoder.beginComputePass({ label: dispatch.kernel.name, timestampWrites });
          encode(pass, dispatch);
          pass.end();
        });
        encoder.resolveQuerySet(querySet, 0, count, resolved, 0);
      });
      this.device.statistics.dispatches += this.length;
      await submitted;
      const times = new BigUint64Array(await this.device.readBuffer(resolved, 0, count * 8));
      return this.#dispatches.map(({ kernel }, index) => ({
        kernel: kernel.name,
        milliseconds: Number((times[2 * index + 1] as bigint) - (times[2 * index] as bigint)) / 1e6,
      }));
    } catch (error) {
      throw await this.#causeOf(error);
    } finally {
      querySet.destroy();
      this.device.destroyBuffer(resolved);
    }
  }
}

function encode(pass: GPUComputePassEncoder, { kernel, bindGroups, workgroups }: Dispatch): void {
  pass.setPipeline(kernel.pipeline);
  bindGroups.forEach((bindGroup, group) => {
    pass.setBindGroup(group, bindGroup);
  });
  pass.dispatchWorkgroups(...workgroups);
}
