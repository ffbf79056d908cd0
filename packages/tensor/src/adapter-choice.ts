import type { Rule } from "./schema.js";
import { isPlainLine } from "./show-value.js";

/** Chooses an adapter by its index in the list of adapters, a part of its name, or its PCI address. */
export type AdapterChoice = string | number;

function accepts(value: unknown): boolean {
  if (typeof value === "number") return Number.isSafeInteger(value) && value >= 0;
  if (typeof value !== "string" || !isPlainLine(value) || !/[\p{L}\p{N}]/u.test(value)) return false;
  // A number that is not an index is a mistake, not a part of a name.
  return /^\d+$/.test(value) || Number.isNaN(Number(value));
}

/**
 * The rule for the choice of an adapter.
 *
 * @example
 * ```ts
 * import { ADAPTER_RULE } from "@webgfn/tensor/node";
 * console.log(ADAPTER_RULE.accepts("0000:65:00.0"), ADAPTER_RULE.accepts(0), ADAPTER_RULE.accepts(1.5)); // true true false
 * ```
 */
export const ADAPTER_RULE: Rule = {
  words: "an index such as 0, a part of an adapter's name such as llvmpipe, or a PCI address such as 0000:65:00.0",
  accepts,
};
