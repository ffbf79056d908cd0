import {
  type CellObject,
  environmentDeclarations,
  type GraphObject,
  type PointObject,
  type SequenceObject,
  type SetObject,
  type TreeObject,
} from "@webgfn/envs";
import {
  type CheckpointSource,
  type EnvironmentMakers,
  type LoadOptions,
  loadSampler as loadWith,
  type ObjectOf,
  type Sampler,
} from "@webgfn/sampler";
import { requireArgument } from "@webgfn/tensor/internal";

/** The maker of every environment of `@webgfn/envs`. */
export const environmentMakers: EnvironmentMakers = Object.fromEntries(
  Object.values(environmentDeclarations).map(({ name, make }) => [name, make]),
);

/** An object of any environment of `@webgfn/envs`. Distinguish them by their keys, such as `"items" in object`. */
export type AnyObject = CellObject | GraphObject | PointObject | SequenceObject | SetObject | TreeObject;

/**
 * Loads a sampler from a checkpoint. It knows every environment of `@webgfn/envs`, unlike `loadSampler` of `@webgfn/sampler`.
 *
 * Factories in `options.environments` are added, and determine the type of the objects: with `{ environments: { sets } }`, the type assumes a
 * checkpoint of the environment `sets`.
 *
 * @throws WebgfnError `file` if the checkpoint cannot be fetched or read, `argument` if its environment is unknown, `no-adapter` if there is
 * no WebGPU adapter.
 *
 * @example
 * ```ts
 * import { loadSampler } from "@webgfn/runs";
 * const sampler = await loadSampler("run.safetensors"); // of any environment of this project
 * for (const { object, logReward } of await sampler.sample(5)) console.log(object, logReward);
 * sampler.dispose();
 * ```
 */
export function loadSampler<M extends EnvironmentMakers>(source: CheckpointSource, options: LoadOptions<M>): Promise<Sampler<ObjectOf<M>>>;
export function loadSampler(source: CheckpointSource, options?: Partial<LoadOptions>): Promise<Sampler<AnyObject>>;
export function loadSampler(source: CheckpointSource, options: Partial<LoadOptions> = {}): Promise<Sampler<never>> {
  requireArgument.object("the options of loadSampler", options);
  return loadWith(source, { ...options, environments: { ...environmentMakers, ...options.environments } }) as Promise<Sampler<never>>;
}
