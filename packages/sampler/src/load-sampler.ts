import { type Ambient, type Device, openDevice, WebgfnError } from "@webgfn/tensor";
import { argumentError, inBrief, requireArgument } from "@webgfn/tensor/internal";
import { decodeCheckpoint } from "./checkpoint.js";
import { Sampler, type SamplerOptions } from "./sampler.js";
import { type EnvironmentMakers, type ObjectOf, type OwnPolicies, trainedModel } from "./trained-model.js";

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
  /** Cancels the download. */
  signal?: Ambient<"AbortSignal", { readonly aborted: boolean }>;
}

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
 *     const sampler = await loadSampler("sets.safetensors", { environments: { sets } });
 *     for (const { object } of await sampler.sample(5)) console.log(object.items);
 *
 * The type of the samples' objects follows from the makers given; for several of them it is a union.
 *
 * @throws WebgfnError `file` when the checkpoint cannot be fetched or read, `argument` when its environment is not among those
 * given, `numbers` when the replica is broken or a weight is not finite, `no-adapter` where there is no WebGPU, with what to do about it.
 * Weights that overflow while they are sampled end the call with `numbers`.
 */
export async function loadSampler<M extends EnvironmentMakers>(
  source: CheckpointSource,
  options: LoadOptions<M>,
): Promise<Sampler<ObjectOf<M>>> {
  requireArgument.object("the options of loadSampler", options);
  const { environments, policies, replica = 0, device: given, signal, ...rest } = options;
  requireArgument.object("environments", environments);
  const name = nameOf(source);
  const checkpoint = decodeCheckpoint(await bytesOf(source, name, signal), name);
  const model = await trainedModel(checkpoint, environments, replica, name, policies);
  const settings = { ...model, ...rest, name: `replica ${replica} of ${name}` };
  if (given !== undefined) return Sampler.create(given, settings);
  const device = await openDevice();
  try {
    return await Sampler.create(device, { ...settings, ownsDevice: true });
  } catch (cause) {
    device.dispose();
    throw cause;
  }
}

function nameOf(source: CheckpointSource): string {
  if (typeof source !== "string" && !(source instanceof URL)) return source instanceof File ? source.name : "the checkpoint";
  const address = String(source);
  // A data URL is as long as its file.
  return address.length > 200 ? `${address.slice(0, 60)}…` : address;
}

async function bytesOf(source: CheckpointSource, name: string, signal?: AbortSignal): Promise<Uint8Array> {
  if (source instanceof Uint8Array) return source;
  if (typeof source !== "string" && (typeof source !== "object" || source === null)) {
    throw argumentError(`a checkpoint is loaded from an address, a file or its bytes, not from ${inBrief(source)}`);
  }
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (source instanceof Blob) return new Uint8Array(await source.arrayBuffer());
  let response: Response;
  try {
    response = await fetch(source, signal === undefined ? {} : { signal });
  } catch (cause) {
    if (signal?.aborted) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new WebgfnError("file", `${name} could not be fetched: ${reason}`, {
      fix: "check the address, and that its server allows this page to read it (CORS); a file of one's own is given by its bytes",
      cause,
    });
  }
  if (!response.ok) throw new WebgfnError("file", `${name} could not be fetched: the server answered ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}
