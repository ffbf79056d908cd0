import type { Environment } from "@webgfn/envs";
import { argumentError, type TensorPlan } from "@webgfn/tensor/internal";

/** What an environment may offer, and how the lack of it is told. */
const LACKING = {
  enumeration: "cannot be enumerated",
  exactLogZ: "has no exact log Z",
  exactSampling: "cannot be sampled exactly",
} as const satisfies Partial<Record<keyof Environment, string>>;

type ValueOf<C> = C extends { available: true; value: infer T } ? T : never;

/**
 * What an environment offers.
 *
 * @throws WebgfnError `argument` where it does not, with its reason.
 */
export function required<K extends keyof typeof LACKING>(environment: Environment, offer: K): ValueOf<Environment[K]> {
  const capability = environment[offer];
  if (!capability.available) throw argumentError(`${environment.title} ${LACKING[offer]}: ${capability.reason}`);
  return capability.value as ValueOf<Environment[K]>;
}

/** The environment's exact log Z [4], of which the kernels of evaluators read the first. */
export function exactLogZTensor(environment: Environment): TensorPlan {
  const logZ = required(environment, "exactLogZ");
  return { shape: [4], label: "exact log Z", values: () => Float32Array.of(logZ, 0, 0, 0) };
}
