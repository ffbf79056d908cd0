import { alternatives, digits } from "./words.js";

/** The settings of a training that advice depends on. A run's configuration has these fields. */
export interface DiagnosedSettings {
  /** The objective's name. */
  readonly objective?: string;
  /** Whether the objective is a divergence, which takes an estimator. */
  readonly family?: "divergence" | "balance" | undefined;
  /** α of a divergence that has an order. */
  readonly alpha?: number | null;
  /** The estimator's name. */
  readonly estimator?: string;
  /** ε of exploration at the first step, and at the last. */
  readonly exploration?: number | null;
  /** See `exploration`. */
  readonly explorationEnd?: number | null;
  /** Softmax temperature of the policy that training samples from; 1 leaves the policy as it is. */
  readonly temperature?: number | null;
  /** β, the exponent of the reward, at the first step. 1: no annealing. */
  readonly anneal?: number | null;
  /** The part of the steps after which β is 1. */
  readonly annealUntil?: number | null;
  /** Sources of trajectories. Default: the policy. */
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

/** Whether the policy was fitted to given objects instead of R/Z, so that its distance to R/Z means nothing. */
export function fitsData({ objective, source }: DiagnosedSettings = {}): boolean {
  return objective === "maximum-likelihood" && source !== "target";
}

/** Whether the target at this step was still R^β with β below 1, so that the distance to R/Z means little. */
export function isAnnealing({ anneal, annealUntil, steps }: DiagnosedSettings = {}, step: number): boolean {
  return (anneal ?? 1) < 1 && steps !== undefined && step < (annealUntil ?? 1) * steps;
}

/**
 * Whether uneven importance weights mean that a policy is far from the target. Flow matching fixes the probability of each object, but not of
 * each trajectory to it. Weights under p_B may then be uneven although p_T is right.
 */
export function weightsTell({ objective }: DiagnosedSettings = {}): boolean {
  return objective !== "fm";
}

function largestExploration({ exploration, explorationEnd }: DiagnosedSettings): number {
  return Math.max(exploration ?? 0, explorationEnd ?? 0);
}

/** Whether the forward KL, which penalises missed objects most, is worth a try: the objective covers less. */
function coversLess({ objective, alpha }: DiagnosedSettings): boolean {
  return objective !== undefined && objective !== "forward-kl" && (alpha ?? 1) > 0.2;
}

/** Advice that makes trajectories reach more objects. */
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

/** Advice while training still makes progress. */
export function toTrainLonger({ steps }: DiagnosedSettings): string {
  return steps === undefined ? "more steps" : `more steps (--steps ${2 * steps})`;
}

/** Advice when training no longer makes progress. */
export function toChange(settings: DiagnosedSettings): string {
  const { family, hidden, estimator } = settings;
  const isOther = family === "divergence" && estimator !== undefined && estimator !== "balance";
  return alternatives([
    ...(isOther ? ["another estimator (--estimator balance)"] : []),
    ...(isOnPolicy(settings) ? [EXPLORE] : []),
    hidden && hidden.length > 0 ? `wider layers (--hidden ${hidden.map((width) => 2 * width).join(",")})` : "wider layers",
  ]);
}
