/** Something an environment offers, or the reason why it does not. `value` and `reason` can be read without a look at `available`. */
export type Capability<T> =
  | { readonly available: true; readonly value: T; readonly reason?: undefined }
  | { readonly available: false; readonly reason: string; readonly value?: undefined };

export function available<T>(value: T): Capability<T> {
  return { available: true, value };
}

export function unavailable<T>(reason: string): Capability<T> {
  return { available: false, reason };
}
