import { createHash } from "node:crypto";
import type { Rule } from "@webgfn/tensor";
import { argumentError, inBrief, unknownWord } from "@webgfn/tensor/internal";

/** The distribution of a setting. Bounds are inclusive, but numbers are rounded to {@link DIGITS} digits. */
export type Draw =
  | { readonly uniform: readonly [number, number] }
  | { readonly logUniform: readonly [number, number] }
  | { readonly integer: readonly [number, number] }
  | { readonly choose: readonly unknown[] };

/** Digits of a drawn number: more would clutter tables and names. */
const DIGITS = 4;
const KINDS = ["uniform", "logUniform", "integer", "choose"];

const isBounds = (value: unknown): value is [number, number] =>
  Array.isArray(value) &&
  value.length === 2 &&
  value.every((each) => typeof each === "number" && Number.isFinite(each)) &&
  value[0] <= value[1];

const RULES: Readonly<Record<string, Rule>> = {
  uniform: { accepts: isBounds, words: "two numbers, the smaller first" },
  logUniform: { accepts: (value) => isBounds(value) && value[0] > 0, words: "two numbers above 0, the smaller first" },
  integer: { accepts: (value) => isBounds(value) && value.every(Number.isSafeInteger), words: "two whole numbers, the smaller first" },
  choose: { accepts: (value) => Array.isArray(value) && value.length > 0, words: "a list of at least one value" },
};

/** Checks a distribution. @throws WebgfnError `argument` if it is invalid. */
export function parseDraw(value: unknown, where: string): Draw {
  const entries = typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
  const [[kind, bounds] = []] = entries;
  if (kind === undefined || entries.length !== 1) {
    throw argumentError(
      `${where} must be one of {"uniform": [0, 1]}, {"logUniform": [0.0001, 0.01]}, {"integer": [1, 8]} and {"choose": […]}, not ${inBrief(value)}`,
    );
  }
  const rule = RULES[kind];
  if (rule === undefined) throw unknownWord(`a way to draw ${where}`, kind, KINDS);
  if (!rule.accepts(bounds)) throw argumentError(`${where}.${kind} must be ${rule.words}, not ${inBrief(bounds)}`);
  return value as Draw;
}

/** The value of a setting in draw `k`. It depends only on the seed, the setting's name and `k`, so more draws do not change the first ones. */
export function drawn(draw: Draw, seed: number, key: string, k: number): unknown {
  const u = uniform01(`${seed}/${key}/${k}`);
  if ("choose" in draw) return draw.choose[Math.floor(u * draw.choose.length)];
  if ("integer" in draw) return draw.integer[0] + Math.floor(u * (draw.integer[1] - draw.integer[0] + 1));
  const [low, high] = "uniform" in draw ? draw.uniform : draw.logUniform;
  const value = "uniform" in draw ? low + u * (high - low) : low * (high / low) ** u;
  return Math.min(high, Math.max(low, Number(value.toPrecision(DIGITS))));
}

/** A number in [0, 1) from a text: the first 48 bits of its SHA-256. */
function uniform01(text: string): number {
  return createHash("sha256").update(text).digest().readUIntBE(0, 6) / 2 ** 48;
}
