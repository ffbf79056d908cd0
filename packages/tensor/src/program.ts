import { BufferUsage } from "./constants.js";
import type { Device } from "./device.js";
import type { Kernel, Resource } from "./kernel.js";

/** Workgroups along x, y and z. */
export type Workgroups = readonly [number, number?, number?];

interface Dispatch {
  kernel: Kernel;
  bindGroups: GPUBindGroup[];
  workgroups: [number, number, number];
}

/** Milliseconds on the GPU, by kernel in the order of recording. */
export interface KernelTime {
  kernel: string;
  milliseconds: number;
}

/** Dispatches per submission: enough that the host never waits, few enough that no driver's watchdog bites. */
const DISPATCHES_PER_SUBMIT = 192;
/** Submissions in flight before the host waits for the oldest. */
const IN_FLIGHT = 2;

/**
 * A fixed sequence of dispatches: recorded once, with its pipelines and bind groups, and replayed many times.
 * Nothing is allocated, bound or written by the host between replays; whatever changes from one to the next (step
 * counters, schedules) changes on the GPU.
 */
export class Program {
  readonly device: Device;
  readonly label: string;
  readonly #dispatches: Dispatch[] = [];
  readonly #fix: string;

  /** @param options.fix what the caller's user can do where a dispatch has more workgroups than the adapter allows. */
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
   * Appends a kernel with its resources, by the names that they have in WGSL.
   *
   * @throws WebgfnError `limit` when a dimension has more workgroups than the adapter allows.
   */
  add(kernel: Kernel, resources: Readonly<Record<string, Resource>>, [x, y = 1, z = 1]: Workgroups): this {
    const limit = this.device.limits.maxComputeWorkgroupsPerDimension;
    if (Math.max(x, y, z) > limit) {
      const [what, needs] = [`kernel ${kernel.name}`, `${x}×${y}×${z} workgroups`];
      throw this.device.refusal({ what, needs, limit: "maxComputeWorkgroupsPerDimension" }, this.#fix);
    }
    this.#dispatches.push({ kernel, bindGroups: kernel.bind(resources), workgroups: [x, y, z] });
    return this;
  }

  /** Appends everything that another program does. */
  append(other: Program): this {
    for (const dispatch of other.#dispatches) this.#dispatches.push(dispatch);
    return this;
  }

  /**
   * Replays the sequence `times` times, many replays per submission. Resolves when the last submission is at most
   * two submissions away; await {@link Device.idle} or a read for the end.
   */
  async run(times = 1): Promise<void> {
    const perSubmit = Math.max(1, Math.floor(DISPATCHES_PER_SUBMIT / Math.max(1, this.length)));
    const inFlight: Promise<void>[] = [];
    for (let done = 0; done < times; done += perSubmit) {
      const encoder = this.device.gpu.createCommandEncoder({ label: this.label });
      const pass = encoder.beginComputePass({ label: this.label });
      const replays = Math.min(perSubmit, times - done);
      for (let replay = 0; replay < replays; replay++) for (const dispatch of this.#dispatches) encode(pass, dispatch);
      pass.end();
      this.device.submit([encoder.finish()]);
      this.device.statistics.dispatches += replays * this.length;
      if (done + perSubmit < times) {
        const submission = this.device.idle();
        // Swallow the rejection: if the device was lost, the next submit throws, and this promise may have no listener.
        submission.catch(() => {});
        inFlight.push(submission);
        if (inFlight.length >= IN_FLIGHT) await inFlight.shift();
      }
    }
    await Promise.all(inFlight);
  }

  /**
   * Replays the sequence once with a timestamp around every dispatch.
   *
   * @returns one entry per dispatch, or `undefined` where the adapter has no timestamp queries.
   */
  async profile(): Promise<KernelTime[] | undefined> {
    const { gpu } = this.device;
    if (!gpu.features.has("timestamp-query")) return undefined;
    const count = 2 * this.length;
    const querySet = gpu.createQuerySet({ label: `${this.label} times`, type: "timestamp", count });
    const resolved = this.device.createBuffer(`${this.label} times`, count * 8, BufferUsage.QUERY_RESOLVE | BufferUsage.COPY_SRC);
    const encoder = gpu.createCommandEncoder({ label: `${this.label} profile` });
    this.#dispatches.forEach((dispatch, index) => {
      const timestampWrites = { querySet, beginningOfPassWriteIndex: 2 * index, endOfPassWriteIndex: 2 * index + 1 };
      const pass = encoder.beginComputePass({ label: dispatch.kernel.name, timestampWrites });
      encode(pass, dispatch);
      pass.end();
    });
    encoder.resolveQuerySet(querySet, 0, count, resolved, 0);
    this.device.submit([encoder.finish()]);
    this.device.statistics.dispatches += this.length;
    const times = new BigUint64Array(await this.device.readBuffer(resolved, 0, count * 8));
    querySet.destroy();
    this.device.destroyBuffer(resolved);
    return this.#dispatches.map(({ kernel }, index) => ({
      kernel: kernel.name,
      milliseconds: Number((times[2 * index + 1] as bigint) - (times[2 * index] as bigint)) / 1e6,
    }));
  }
}

function encode(pass: GPUComputePassEncoder, { kernel, bindGroups, workgroups }: Dispatch): void {
  pass.setPipeline(kernel.pipeline);
  bindGroups.forEach((bindGroup, group) => {
    pass.setBindGroup(group, bindGroup);
  });
  pass.dispatchWorkgroups(...workgroups);
}
