import { type Ambient, type Device, openDevice, rules } from "@webgfn/tensor";
import { argumentError, inBrief, requireOptions, type Schema } from "@webgfn/tensor/internal";
import { decodeCheckpoint } from "./checkpoint.js";
import { type DownloadProgress, download } from "./download.js";
import { SAMPLING_OPTIONS, Sampler, type SamplerOptions } from "./sampler.js";
import { type EnvironmentMakers, type ObjectOf, type OwnPolicies, trainedModel } from "./trained-model.js";

/** Options of {@link loadSampler}. */
export interface LoadOptions<M extends EnvironmentMakers = EnvironmentMakers>
  extends Pick<SamplerOptions, "seed" | "batchSize" | "allowBroken"> {
  /** The environments that a checkpoint may be of, such as `{ sets }`: only those named here reach a bundle. */
  environments: M;
  /** Policies of one's own that a checkpoint may be of, such as `{ residual }`. The built-in ones are always at hand. */
  policies?: OwnPolicies;
  /** Which of the checkpoint's models. Default 0. */
  replica?: number;
  /** A device to sample on, which stays open. Default: one of the sampler's own, which goes with it. */
  device?: Device;
  /** Cancels loading: its reason is thrown, and nothing is left on the GPU. */
  signal?: Ambient<"AbortSignal", { readonly aborted: boolean }>;
  /** Called while a checkpoint is fetched from an address. */
  onProgress?: (progress: DownloadProgress) => void;
}

const OPTIONS: Schema<LoadOptions> = {
  environments: rules.having("an object of environments, such as { sets }"),
  policies: rules.having("an object of policies, such as { residual }"),
  replica: rules.whole(0),
  device: rules.having("a Device, as openDevice opens", "gpu", "limits", "adapter"),
  ...SAMPLING_OPTIONS,
  signal: rules.having("the signal of an AbortController", "aborted", "throwIfAborted"),
  onProgress: rules.callback,
};

/** Where a checkpoint comes from: an address to fetch, a file that a visitor chose, or its bytes. */
export type CheckpointSource =
  | string
  | Ambient<"URL", { readonly href: string }>
  | Ambient<"Blob", { arrayBuffer(): Promise<ArrayBuffer> }>
  | Uint8Array
  | ArrayBuffer;

/**
 * A sampler from a checkpoint that `webgfn train`, the playground or `encodeCheckpoint` wrote.
 *
 * The type of the samples' objects follows from the makers given; for several of them it is a union.
 *
 * Without a `seed` it is 0: every visitor of a page gets the same objects, at every visit. Draw one for others each time:
 *
 *     const [seed = 0] = crypto.getRandomValues(new Uint32Array(1));
 *
 * @throws WebgfnError `file` when the checkpoint cannot be fetched or read, `argument` when its environment is not among those
 * given, `numbers` when the replica is broken or a weight is not finite, `no-adapter` where there is no WebGPU, with what to do about it.
 * Weights that overflow while they are sampled end the call with `numbers`.
 *
 * @example
 * ```ts
 * import { sets } from "@webgfn/envs";
 * import { loadSampler } from "@webgfn/sampler";
 * const sampler = await loadSampler("sets.safetensors", { environments: { sets } });
 * for (const { object, logReward } of await sampler.sample(5)) console.log(object.items, logReward);
 * sampler.dispose();
 * ```
 */
export async function loadSampler<M extends EnvironmentMakers>(
  source: CheckpointSource,
  options: LoadOptions<M>,
): Promise<Sampler<ObjectOf<M>>> {
  requireOptions<LoadOptions>("loadSampler", options, OPTIONS, "environments");
  const { environments, policies, replica = 0, device: given, signal, onProgress: _, ...rest } = options;
  const name = nameOf(source);
  const checkpoint = decodeCheckpoint(await bytesOf(source, name, options), name);
  const model = await trainedModel(checkpoint, environments, replica, name, policies);
  signal?.throwIfAborted();
  const settings = { ...model, ...rest, name: `replica ${replica} of ${name}` };
  const device = given ?? (await openDevice());
  try {
    const sampler = await Sampler.create(device, { ...settings, ownsDevice: given === undefined });
    if (signal?.aborted) sampler.dispose();
    signal?.throwIfAborted();
    return sampler;
  } catch (cause) {
    if (given === undefined) device.dispose();
    throw cause;
  }
}

function nameOf(source: CheckpointSource): string {
  if (typeof source !== "string" && !(source instanceof URL)) return source instanceof File ? source.name : "the checkpoint";
  const address = String(source);
  // A data URL is as long as its file.
  return address.length > 200 ? `${address.slice(0, 60)}…` : address;
}

async function bytesOf(source: CheckpointSource, name: string, { signal, onProgress }: LoadOptions): Promise<Uint8Array> {
  if (source instanceof Uint8Array) return source;
  if (typeof source !== "string" && (typeof source !== "object" || source === null)) {
    throw argumentError(`a checkpoint is loaded from an address, a file or its bytes, not from ${inBrief(source)}`);
  }
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (source instanceof Blob) return new Uint8Array(await source.arrayBuffer());
  return download(source, name, signal, onProgress);
}
