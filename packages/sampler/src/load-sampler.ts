import { type Ambient, type Device, openDevice, rules } from "@webgfn/tensor";
import { argumentError, inBrief, requireOptions, type Schema } from "@webgfn/tensor/internal";
import { decodeCheckpoint } from "./checkpoint.js";
import { type DownloadProgress, download } from "./download.js";
import { SAMPLING_OPTIONS, Sampler, type SamplerOptions } from "./sampler.js";
import { type EnvironmentMakers, type ObjectOf, type OwnPolicies, trainedModel } from "./trained-model.js";

/** Options of {@link loadSampler}. */
export interface LoadOptions<M extends EnvironmentMakers = EnvironmentMakers>
  extends Pick<SamplerOptions, "seed" | "batchSize" | "allowBroken"> {
  /** The environments that a checkpoint may have, such as `{ sets }`. A bundle contains only those named here. */
  environments: M;
  /** User-defined policies that a checkpoint may have, such as `{ residual }`. The built-in ones are always available. */
  policies?: OwnPolicies;
  /** Number of the model (replica) in the checkpoint, from 0. Default 0. */
  replica?: number;
  /** A device to sample on; it stays open. Default: the sampler opens its own device and disposes of it. */
  device?: Device;
  /** Cancels loading: `loadSampler` throws the signal's reason, and leaves nothing on the GPU. */
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

/** The source of a checkpoint: an address to fetch, a file that a visitor chose, or its bytes. */
export type CheckpointSource =
  | string
  | Ambient<"URL", { readonly href: string }>
  | Ambient<"Blob", { arrayBuffer(): Promise<ArrayBuffer> }>
  | Uint8Array
  | ArrayBuffer;

/**
 * Makes a sampler from a checkpoint that `webgfn train`, the playground or `encodeCheckpoint` wrote.
 *
 * The given makers determine the type of the samples' objects; for several makers it is a union.
 *
 * The default `seed` is 0: every visitor of a page gets the same objects at every visit. Draw a seed to get others each time:
 *
 *     const [seed = 0] = crypto.getRandomValues(new Uint32Array(1));
 *
 * @throws WebgfnError `file` if the checkpoint cannot be fetched or read, `argument` if its environment is not among those given, `numbers`
 * if the replica is broken or a weight is not finite, `no-adapter` without WebGPU, with advice. If weights overflow during sampling, the
 * sampling call throws `numbers`.
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
