/** A value that an environment may offer, or the reason why it does not. Both fields can be read without testing `available`. */
export type Capability<T> =
  | { readonly available: true; readonly value: T; readonly reason?: undefined }
  | { readonly available: false; readonly reason: string; readonly value?: undefined };

/** A capability with this value. */
export function available<T>(value: T): Capability<T> {
  return { available: true, value };
}

/** A missing capability, with the reason why it is missing. */
export function unavailable<T>(reason: string): Capability<T> {
  return { available: false, reason };
}
