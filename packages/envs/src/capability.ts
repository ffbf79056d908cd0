/** A value that an environment may offer, or the reason why it does not. Both fields can be read without testing `available`. */
export type Capability<T> =
  | { readonly available: true; readonly value: T; readonly reason?: undefined }
  | { readonly available: false; readonly reason: string; readonly value?: undefined };

/**
 * A capability with this value.
 *
 * @example
 * ```ts
 * import { available } from "@webgfn/envs";
 * const exactLogZ = available(Math.log(8));
 * console.log(exactLogZ.available && exactLogZ.value.toFixed(3)); // 2.079
 * ```
 */
export function available<T>(value: T): Capability<T> {
  return { available: true, value };
}

/**
 * A missing capability, with the reason why it is missing.
 *
 * @example
 * ```ts
 * import { type Capability, unavailable } from "@webgfn/envs";
 * const exactLogZ: Capability<number> = unavailable("10^12 objects are too many to list");
 * if (!exactLogZ.available) console.log(exactLogZ.reason); // 10^12 objects are too many to list
 * ```
 */
export function unavailable<T>(reason: string): Capability<T> {
  return { available: false, reason };
}
