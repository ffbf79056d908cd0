import { type Environment, environment, type ParameterValue } from "@webgfn/envs";

/** Gaussians that a mixture has room for: kernels are compiled for this many, so that adding one does not stop the training. */
export const MOST_GAUSSIANS = 16;
/** Weight of those not in use, beside 1 for the lightest in use: nothing, but not zero. */
const NOTHING = 1e-30;

/** The environment that is trained on: a mixture has spare Gaussians, all others are what they are. */
export function liveEnvironment(name: string, parameters: Readonly<Record<string, ParameterValue>>): Environment {
  if (name !== "gaussian-mixture") return environment(name, parameters);
  const means = (parameters["means"] ?? [[0, 0]]) as [number, number][];
  const weights = (parameters["weights"] ?? means.map(() => 1)) as number[];
  const spare = Math.max(0, MOST_GAUSSIANS - means.length);
  const lightest = Math.min(...weights);
  return environment(name, {
    ...parameters,
    means: [...means, ...Array.from({ length: spare }, () => means[0] ?? [0, 0])],
    weights: [...weights, ...Array.from({ length: spare }, () => NOTHING * lightest)],
  });
}
