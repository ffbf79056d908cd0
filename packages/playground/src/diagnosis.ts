import { largestOf, smallestOf } from "@webgfn/tensor/internal";
import { fraction, logFactor } from "@webgfn/trainer/internal";
import type { Frame, Point } from "./protocol.js";
import { takesEstimator } from "./settings.js";

/** Facts about one objective's model. */
export interface Facts {
  name: string;
  family: "divergence" | "balance";
  step: number;
  values: Point;
  /** Share of the target's mass that is sampled at less than a tenth of its rate; null if unknown. */
  missed: number | null;
  exactLogZ: number | null;
  /** The distance, L1 or JS, at two thirds of the steps taken; `undefined` if unknown. */
  earlier?: number | undefined;
}

/** The state of a model: `lost` misses a part of the target without noticing it, `far` does not come closer. */
export type Verdict = "untrained" | "good" | "lost" | "learning" | "far";

export interface Diagnosis {
  verdict: Verdict;
  /** The meaning of the numbers, in sentences that continue after the objective's name. */
  text: string;
}

/** Nats of log Z, and parts of the target, from which mass counts as lost. */
const LOST = { logZ: 0.05, mass: 0.05 };
/** Below this gap of log Z, the text states the gap instead of its factor. */
const SMALL = 0.4;
/** A distance below which a model is good. */
const GOOD = { l1: 0.15, js: 0.02 };
/** Shares of the earlier distance: below `STUCK` it falls slowly, below the second one learning is under way. */
const STUCK = 0.95;
const FALLING = 0.85;

/** Describes the state of one objective's model, from its log Z, its distance and its loss. */
export function diagnosisOf(facts: Facts): Diagnosis {
  const { step, missed, exactLogZ, values, earlier } = facts;
  if (step === 0) return { verdict: "untrained", text: "is untrained: its network is random." };
  const distance = distanceOf(values);
  const isFalling = earlier === undefined || (distance !== undefined && distance.value < STUCK * earlier);
  const gap = exactLogZ === null ? Number.NaN : exactLogZ - (values["logZEstimate"] ?? Number.NaN);
  if (!isFalling && missed !== null && missed > LOST.mass && gap > LOST.logZ && gap > -0.5 * Math.log(1 - missed)) {
    return { verdict: "lost", text: `${lostWords(gap)} ${blindness(facts)}` };
  }
  if (distance === undefined) return { verdict: "learning", text: "has no exact distance here: its samples are all that can be judged." };
  const { value, key } = distance;
  if (value < GOOD[key]) return { verdict: "good", text: goodWords(value, key) };
  const shown = `${labelOf(key)} is ${short(value)}`;
  const missing = missed !== null && missed > LOST.mass ? `; ${fraction(missed)} of the target is hardly sampled` : "";
  if (earlier === undefined || value < FALLING * earlier) {
    const fell = earlier === undefined ? "" : `, and fell from ${short(earlier)}`;
    return { verdict: "learning", text: `is still learning: ${shown}${fell}${missing}.` };
  }
  return { verdict: "far", text: `comes no closer: ${shown}${missing}. ${unevenness(values)}` };
}

/**
 * Describes the state of one objective's model at a frame.
 *
 * @param at index of the frame.
 * @param n index of the objective in each frame.
 */
export function diagnosisAt(
  frames: readonly Frame[],
  at: number,
  n: number,
  { name, objective }: { name: string; objective: string | undefined },
): Diagnosis {
  const frame = frames[at] as Frame;
  const { step, values, missed } = frame.runs[n] as Frame["runs"][number];
  const before = [...frames].reverse().find(({ runs }) => (runs[n]?.step ?? 0) <= (2 / 3) * step);
  const earlier = before === undefined ? undefined : distanceOf(before.runs[n]?.values ?? {})?.value;
  const family = objective !== undefined && takesEstimator(objective) ? "divergence" : "balance";
  return diagnosisOf({ name, family, step, values, missed, exactLogZ: frame.exactLogZ, earlier });
}

/** The exact distance, if there is one. */
export function distanceOf(values: Point): { value: number; key: "l1" | "js" } | undefined {
  for (const key of ["l1", "js"] as const) {
    const value = values[key];
    if (value !== undefined && Number.isFinite(value)) return { value, key };
  }
  return undefined;
}

export const labelOf = (key: "l1" | "js"): string => (key === "l1" ? "L1" : "JS");

/** Formats a number for a sentence: two digits, and at most three decimals. */
function short(value: number): string {
  if (Math.abs(value) < 5e-4) return "0";
  return Math.abs(value) >= 0.1 ? value.toFixed(2) : String(Number(value.toPrecision(1)));
}

function lostWords(gap: number): string {
  const share = 1 - Math.exp(-gap);
  const lost = fraction(share);
  const low = gap < SMALL ? gap.toFixed(2) : logFactor(gap);
  return `has lost a part of the target: log Z is ${low} too low, so ${lost} of the target ${/s$/.test(lost) ? "are" : "is"} never sampled.`;
}

/** Why the loss does not show it. */
function blindness({ family, values }: Facts): string {
  const loss = values["loss"] ?? Number.NaN;
  const where = "it is measured on what the policy samples, and that agrees with the reward up to a constant";
  if (!Number.isFinite(loss)) return `The loss cannot see it, because ${where}.`;
  if (family === "balance") return `Its loss cannot see it, and is ${short(loss)} where 0 is perfect, because ${where}.`;
  return `Its loss cannot see it, and has levelled off at ${short(loss)}, because ${where}.`;
}

function goodWords(value: number, key: "l1" | "js"): string {
  const scale = key === "l1" ? "0 is perfect, 2 the worst" : "0 is perfect, log 2 = 0.69 the worst";
  const share =
    key === "l1" ? ` ${(100 * (1 - value / 2)).toFixed(value < 0.02 ? 1 : 0)} % of its samples are where the target has them.` : "";
  return `samples the target: ${labelOf(key)} is ${short(value)} (${scale}).${share}`;
}

function unevenness(values: Point): string {
  const ess = values["effectiveSampleSize"] ?? Number.NaN;
  if (!(ess < 0.2)) return "The objects that it samples too often or too rarely show in the picture.";
  return `A few samples carry nearly all the weight (effective sample size ${(100 * ess).toFixed(0)} %): it samples some objects far too rarely.`;
}

/** One sentence on all objectives together, for a headline; empty if there is nothing to compare. */
export function summaryOf(diagnosed: readonly { name: string; verdict: Verdict; missed: number | null }[]): string {
  const named = (verdict: Verdict) => diagnosed.filter((each) => each.verdict === verdict);
  const [lost, good] = [named("lost"), named("good")];
  if (diagnosed.every(({ verdict }) => verdict === "untrained")) return "Nothing is trained yet.";
  if (lost.length > 0) {
    const shares = lost.map(({ missed }) => Math.round(100 * (missed ?? 0)));
    const [least, most] = [smallestOf(shares), largestOf(shares)];
    const have = lost.length === 1 ? "has" : "have";
    const others = good.length > 0 ? `; ${list(good)} ${good.length === 1 ? "has" : "have"} all of it` : "";
    return `${list(lost)} ${have} lost ${least < most ? `${least} to ` : ""}${most} % of the target, and the loss does not tell${others}.`;
  }
  if (good.length === diagnosed.length) return good.length === 1 ? "It samples the target." : "All of them sample the target.";
  if (good.length > 0) return `${list(good)} ${good.length === 1 ? "samples" : "sample"} the target; the others do not yet.`;
  return "They are still learning.";
}

/** `a`, `a and b`, `a, b and c` */
function list(entries: readonly { name: string }[]): string {
  const names = entries.map(({ name }) => name);
  return names.length < 2 ? (names[0] ?? "") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
