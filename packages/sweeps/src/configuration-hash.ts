import { createHash } from "node:crypto";
import type { Configuration } from "@webgfn/runs";

/** Letters of a hash: 48 bits, so that two of 100,000 configurations share one with probability 2e-5. */
export const HASH_LENGTH = 12;

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** Digests of texts of files, which many configurations share. */
const digests = new Map<string, string>();

function digestOf(text: string): string {
  const known = digests.get(text);
  if (known !== undefined) return known;
  const digest = sha256(text);
  digests.set(text, digest);
  return digest;
}

/** Longer texts are replaced by their digest before hashing. */
const LONG = 256;

/** JSON whose text depends only on the values: keys are sorted, and long texts are replaced by their digests. */
function canonical(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > LONG ? digestOf(value) : value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  const fields = Object.keys(value).sort();
  return `{${fields.map((field) => `${JSON.stringify(field)}:${canonical((value as Record<string, unknown>)[field])}`).join()}}`;
}

/**
 * The name of a configuration's folder: the same for equal configurations, regardless of the order of their fields. It depends on the number
 * of steps and on the contents of files.
 *
 * @example
 * ```ts
 * import { completeConfiguration } from "@webgfn/runs";
 * import { configurationHash } from "@webgfn/sweeps";
 * const hashOf = (steps: number) => configurationHash(completeConfiguration({ environment: "sets", steps }));
 * console.log(hashOf(100) === hashOf(100), hashOf(100) === hashOf(200)); // true false
 * ```
 */
export function configurationHash(configuration: Configuration): string {
  return sha256(canonical(configuration)).slice(0, HASH_LENGTH);
}
