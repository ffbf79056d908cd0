import type { Environment } from "@webgfn/envs";
import { argumentError, type TensorPlan } from "@webgfn/tensor/internal";

/** Capabilities that an environment may lack, and how errors say that. */
const LACKING = {
  enumeration: "cannot be enumerated",
  exactLogZ: "has no exact log Z",
  exactSampling: "cannot be sampled exactly",
} as const satisfies Partial<Record<keyof Environment, string>>;

type ValueOf<C> = C extends { available: true; value: infer T } ? T : never;

/**
 * The value of a capability of an environment.
 *
 * @throws WebgfnError `argument` if the environment lacks it, with the reason.
 */
export function required<K extends keyof typeof LACKING>(environment: Environment, offer: K): ValueOf<Environment[K]> {
  const capability = environment[offer];
  if (!capability.available) throw argumentError(`${environment.title} ${LACKING[offer]}: ${capability.reason}`);
  return capability.value as ValueOf<Environment[K]>;
}

/** The environment's exact log Z as a tensor [4]; evaluators' kernels read the first entry. */
export function exactLogZTensor(environment: Environment): TensorPlan {
  const logZ = required(environment, "exactLogZ");
  return { shape: [4], label: "exact log Z", values: () => Float32Array.of(logZ, 0, 0, 0) };
}
