import { environment, environmentNames, type ParameterValue } from "@webgfn/envs";
import { type CheckpointSource, type EnvironmentMakers, type LoadOptions, loadSampler as loadWith, type Sampler } from "@webgfn/sampler";

const EVERY: EnvironmentMakers = Object.fromEntries(
  environmentNames.map((name) => [name, (parameters: Record<string, ParameterValue>) => environment(name, parameters)]),
);

/** As `loadSampler` of `@webgfn/sampler`, with every environment of `@webgfn/envs`, beside those given. */
export function loadSampler(source: CheckpointSource, options: Partial<LoadOptions> = {}): Promise<Sampler> {
  return loadWith(source, { ...options, environments: { ...EVERY, ...options.environments } });
}
