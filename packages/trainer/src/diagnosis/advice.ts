import { alternatives, digits } from "./words.js";

/** How a policy was trained, as far as advice depends on it. The configuration of a run has these fields. */
export interface DiagnosedSettings {
  /** The objective's name. */
  readonly objective?: string;
  /** Whether the objective is a divergence, which takes an estimator. */
  readonly family?: "divergence" | "balance" | undefined;
  /** The order of a divergence that has one. */
  readonly alpha?: number | null;
  /** The estimator's name. */
  readonly estimator?: string;
  /** ε of exploration at the first step, and at the last. */
  readonly exploration?: number | null;
  /** See `exploration`. */
  readonly explorationEnd?: number | null;
  /** Of the logits that training samples from; 1 leaves the policy as it is. */
  readonly temperature?: number | null;
  /** Inverse temperature of the reward at the first step, and the part of the steps after which it is 1. */
  readonly anneal?: number | null;
  /** See `anneal`. */
  readonly annealUntil?: number | null;
  /** Where trajectories come from; without it, from the policy. */
  readonly source?: string | null;
  /** Training steps of the whole run. */
  readonly steps?: number;
  /** Widths of the policy's hidden layers. */
  readonly hidden?: readonly number[] | null;
}

const EXPLORE = "--exploration 0.2:0";

/** Whether every trajectory of training was the policy's own. */
export function isOnPolicy(settings: DiagnosedSettings): boolean {
  const { source, temperature } = settings;
  const isTempered = (temperature ?? 1) !== 1;
  return largestExploration(settings) === 0 && !isTempered && (source === undefined || source === null || source === "policy");
}

/** Whether the policy was fitted to given objects in place of R/Z, so that its distance to R/Z says nothing. */
export function fitsData({ objective, source }: DiagnosedSettings = {}): boolean {
  return objective === "maximum-likelihood" && source !== "target";
}

/** Whether the target of this step was still R^β with β below 1, to which the distance says little. */
export function isAnnealing({ anneal, annealUntil, steps }: DiagnosedSettings = {}, step: number): boolean {
  return (anneal ?? 1) < 1 && steps !== undefined && step < (annealUntil ?? 1) * steps;
}

/**
 * Whether uneven importance weights say that a policy is far from the target. Flow matching leaves open by which trajectories the policy comes
 * to an object, and weights under p_B are uneven where these are not p_B's.
 */
export function weightsTell({ objective }: DiagnosedSettings = {}): boolean {
  return objective !== "fm";
}

function largestExploration({ exploration, explorationEnd }: DiagnosedSettings): number {
  return Math.max(exploration ?? 0, explorationEnd ?? 0);
}

/** Whether the forward KL, which is punished most for what the policy misses, is another choice. */
function coversLess({ objective, alpha }: DiagnosedSettings): boolean {
  return objective !== undefined && objective !== "forward-kl" && (alpha ?? 1) > 0.2;
}

/** What makes trajectories reach more of the objects. */
export function toReachMore(settings: DiagnosedSettings): string {
  const most = largestExploration(settings);
  const more = digits(Math.min(0.5, 2 * most));
  return alternatives([
    most === 0 ? `${EXPLORE} (ε of uniform actions, falling from 0.2 to 0)` : `more exploration (--exploration ${more}:0)`,
    ...((settings.anneal ?? 1) === 1 ? ["an annealed reward, which is flat at first (--anneal 0.05)"] : []),
    ...(coversLess(settings) ? ["an objective that covers mass (--objective forward-kl)"] : []),
    ...(settings.source?.includes("replay") ? [] : ["a replay buffer, which keeps what was found (--source policy:0.5,replay:0.5)"]),
  ]);
}

/** What to do while training still makes progress. */
export function toTrainLonger({ steps }: DiagnosedSettings): string {
  return steps === undefined ? "more steps" : `more steps (--steps ${2 * steps})`;
}

/** What to change where training no longer makes progress. */
export function toChange(settings: DiagnosedSettings): string {
  const { family, hidden, estimator } = settings;
  const isOther = family === "divergence" && estimator !== undefined && estimator !== "balance";
  return alternatives([
    ...(isOther ? ["another estimator (--estimator balance)"] : []),
    ...(isOnPolicy(settings) ? [EXPLORE] : []),
    hidden && hidden.length > 0 ? `wider layers (--hidden ${hidden.map((width) => 2 * width).join(",")})` : "wider layers",
  ]);
}
