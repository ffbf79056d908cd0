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

const EVERY: EnvironmentMakers = Object.fromEntries(Object.values(environmentDeclarations).map(({ name, make }) => [name, make]));

/** Objects of the environments of `@webgfn/envs`; tell them apart by their keys: `"items" in object`. */
export type AnyObject = CellObject | GraphObject | PointObject | SequenceObject | SetObject | TreeObject;

/**
 * As `loadSampler` of `@webgfn/sampler`, with every environment of `@webgfn/envs`. Where makers are given in `environments`, they
 * are added, and the type of the objects is that of theirs: `{ environments: { sets } }` says that the checkpoint is one of sets.
 */
export function loadSampler<M extends EnvironmentMakers>(source: CheckpointSource, options: LoadOptions<M>): Promise<Sampler<ObjectOf<M>>>;
export function loadSampler(source: CheckpointSource, options?: Partial<LoadOptions>): Promise<Sampler<AnyObject>>;
export function loadSampler(source: CheckpointSource, options: Partial<LoadOptions> = {}): Promise<Sampler<never>> {
  requireArgument.object("the options of loadSampler", options);
  return loadWith(source, { ...options, environments: { ...EVERY, ...options.environments } }) as Promise<Sampler<never>>;
}
