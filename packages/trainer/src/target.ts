import { type Capability, type Environment, unavailable } from "@webgfn/envs";

/** What a policy learns to sample: R(x)/Z, or p_prior(x) R(x)/Z if there is a prior, in whatever form. */
export interface Target {
  environment: Environment;
  prior?: unknown;
}

/** The exact log Z of the target. That of a target with a prior is unknown: Z = Σ_x p_prior(x) R(x). */
export function exactLogZOf({ environment, prior }: Target): Capability<number> {
  return prior === undefined ? environment.exactLogZ : unavailable("the target has a prior");
}
