import type { Fault } from "@webgfn/sampler";
import { adviceOn, describeFault } from "@webgfn/sampler/internal";
import { requireArgument } from "@webgfn/tensor/internal";
import { TRAJECTORIES } from "../evaluation/statistics.js";
import { columnValue, type MeasuredReplica } from "../metrics/spread.js";
import { type DiagnosedSettings, fitsData, isAnnealing, isOnPolicy, toChange, toReachMore, toTrainLonger, weightsTell } from "./advice.js";
import { digits, fraction, logFactor, percent } from "./words.js";

/** What is wrong with a policy. */
export type FindingKind = "fault" | "lost-mass" | "log-z" | "heavy-tails" | "far";

/** Something that is wrong with some of the replicas. */
export interface Finding {
  /** What is wrong. */
  readonly kind: FindingKind;
  /** Which replicas, from 0. */
  readonly replicas: readonly number[];
  /** What the numbers mean, and what to change. */
  readonly text: string;
}

/** An evaluation of one moment, possibly read from JSON. */
export interface DiagnosedEvaluation {
  /** Training steps taken. */
  readonly step: number;
  /** What was measured of each replica. */
  readonly replicas: readonly MeasuredReplica[];
}

/** Options of {@link diagnose}. */
export interface DiagnosisOptions {
  /** The environment's exact log Z, if it is known. Without it, mass that no replica samples goes unnoticed. */
  exactLogZ?: number | undefined;
  /** How the policy was trained. */
  settings?: DiagnosedSettings;
  /** Earlier evaluations, in the order of steps. They show whether a policy that is far from the target still comes closer. */
  history?: readonly DiagnosedEvaluation[];
  /** Number of trajectories behind `effectiveSampleSize`. Default 1024, as in training. */
  samples?: number;
}

/** Smallest effective share at which the weights are even enough to estimate the error of log Z. */
const EVEN = 0.2;
/** Fewer effective trajectories than this count as heavy tails. */
const FEW = 20;
/** Largest error of log Z, in nats, that is not reported. */
const SLACK = 0.05;
/** The same for a learned log Z, which follows the policy with a delay. */
const LEARNED_SLACK = 0.2;
/** Smallest difference that is reported, in standard errors. */
const ERRORS = 5;
/** Distances that count as far, from `from` on. The maximum of L1 is 2, of the Jensen–Shannon divergence log 2, of FCS 1. */
const FAR: readonly { key: string; errorKey: string; label: string; from: number }[] = [
  { key: "l1", errorKey: "l1Error", label: "L1", from: 0.3 },
  { key: "js", errorKey: "jsError", label: "the Jensen–Shannon divergence", from: 0.1 },
  { key: "fcs", errorKey: "fcsError", label: "FCS", from: 0.15 },
];
/** Most replicas that a sentence names one by one. */
const NAMED = 4;

/** What is wrong with one replica. */
interface Symptom {
  kind: FindingKind;
  /** The sentence about this replica. */
  said: string;
  /** How bad it is: the worst are named first. */
  size: number;
  /** For a policy far from the target: whether it still comes closer. */
  falls?: boolean;
}

/**
 * Describes what is wrong with trained policies, as far as the numbers of an evaluation support it, and what to change. The list is empty if
 * all is well or too little was measured.
 *
 * - `fault`: training of a replica stopped at a number that is not finite.
 * - `lost-mass`: the importance weights of a policy's samples are even, yet their mean is below Z. The policy never samples the rest of Z,
 *   and an on-policy loss cannot see it. Without the exact log Z, replicas are compared with each other.
 * - `log-z`: a learned log Z differs from the estimate from samples.
 * - `heavy-tails`: a few trajectories carry the importance weights, so that estimates of log Z are unreliable.
 * - `far`: the distance to the target is large. The text says whether it still falls.
 *
 * While the reward is annealed, the policy has another target, and only faults are reported.
 *
 * @param evaluation the evaluation to explain: from training, from {@link fullEvaluation}, or from a run folder.
 * @returns at most one finding of each kind, the gravest kinds first.
 * @throws WebgfnError `argument` for an evaluation without a list of replicas.
 *
 * @example
 * ```ts
 * import { diagnose } from "@webgfn/trainer";
 * const replica = { seed: 0, l1: 1.3, logZEstimate: 7, effectiveSampleSize: 0.9 };
 * const [finding] = diagnose({ step: 500, replicas: [replica] }, { exactLogZ: 8 });
 * console.log(finding?.kind, finding?.replicas); // lost-mass [ 0 ]
 * ```
 */
export function diagnose(evaluation: DiagnosedEvaluation, options: DiagnosisOptions = {}): Finding[] {
  requireArgument.object("the evaluation", evaluation);
  const { replicas } = evaluation;
  requireArgument.list("the evaluation's replicas", replicas);
  const symptoms = replicas.map((replica, r) => symptomOf(evaluation, replica, r, options));
  const kinds: FindingKind[] = ["fault", "lost-mass", "log-z", "heavy-tails", "far"];
  return kinds.flatMap((kind) => {
    const found = symptoms.flatMap((symptom, r) => (symptom?.kind === kind ? [{ r, ...symptom }] : []));
    if (found.length === 0) return [];
    const text = `${together(found, replicas)}${remedy(kind, found, options)}`;
    return [{ kind, replicas: found.map(({ r }) => r), text }];
  });
}

/** One replica's worst finding. A policy that misses mass is also far from the target; only the first is reported. */
function symptomOf(
  { step, replicas }: DiagnosedEvaluation,
  replica: MeasuredReplica,
  r: number,
  options: DiagnosisOptions,
): Symptom | undefined {
  const fault = (replica as { fault?: Fault | null } | null)?.fault ?? undefined;
  if (fault !== undefined) {
    const said = `${describeFault(fault, r, seedOf(replica, r))}, and was trained no further: ${adviceOn(fault)}`;
    return { kind: "fault", said, size: 0 };
  }
  if (fitsData(options.settings) || isAnnealing(options.settings, step)) return undefined;
  return (
    lostMass(replica, replicas, options) ?? wrongLogZ(replica, options) ?? heavyTails(replica, options) ?? far(replica, r, step, options)
  );
}

function seedOf(replica: MeasuredReplica, r: number): number {
  return columnValue(replica, "seed") ?? r;
}

/** A finite value of a column. */
function finiteValue(replica: MeasuredReplica, key: string): number | undefined {
  const value = columnValue(replica, key);
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}

/** The estimate of log Z from a replica's samples and its standard error, if the weights are even. */
function evenEstimate(replica: MeasuredReplica, { samples = TRAJECTORIES }: DiagnosisOptions): { logZ: number; error: number } | undefined {
  const [logZ, ess] = [finiteValue(replica, "logZEstimate"), finiteValue(replica, "effectiveSampleSize")];
  if (logZ === undefined || ess === undefined || ess < EVEN) return undefined;
  // Var(mean w) / (E w)² = (1/ESS − 1) / N.
  return { logZ, error: Math.sqrt(Math.max(0, 1 / ess - 1) / samples) };
}

/** Whether a difference of log Z is more than noise, and enough to be worth a sentence. */
function isClear(difference: number, error: number): boolean {
  return difference > Math.max(SLACK, ERRORS * error);
}

function lostMass(replica: MeasuredReplica, replicas: readonly MeasuredReplica[], options: DiagnosisOptions): Symptom | undefined {
  const { exactLogZ } = options;
  const estimate = evenEstimate(replica, options);
  if (exactLogZ === undefined) return estimate && lessThanAnother(replica, estimate, replicas, options);
  const [l1, l1Error = 0] = [finiteValue(replica, "l1"), finiteValue(replica, "l1Error")];
  // L1 is at least twice the lost share. If L1 is measured and smaller, no mass is lost.
  const isLost = estimate !== undefined && isClear(exactLogZ - estimate.logZ, estimate.error);
  if (isLost && (l1 === undefined || l1 + 3 * l1Error >= lostShare(exactLogZ - estimate.logZ))) {
    return lostSymptom(exactLogZ - estimate.logZ, "never", l1);
  }
  // A learned log Z has no standard error. It counts only if L1 is just twice the lost share, so that nothing else is wrong.
  const [logZ, sampled] = [finiteValue(replica, "logZ"), finiteValue(replica, "logZEstimate")];
  if (l1 === undefined || logZ === undefined || logZ === sampled || exactLogZ - logZ < LEARNED_SLACK) return undefined;
  const least = 2 * lostShare(exactLogZ - logZ);
  return Math.abs(l1 - least) < 0.1 * least + 3 * l1Error ? lostSymptom(exactLogZ - logZ, "hardly ever", l1) : undefined;
}

/** The share of Z that is missing if log Z is too low by `gap`. */
function lostShare(gap: number): number {
  return 1 - Math.exp(-gap);
}

function lostSymptom(gap: number, howOften: string, l1: number | undefined): Symptom {
  const lost = fraction(lostShare(gap));
  const beside = l1 === undefined ? "" : ` (L1 ${digits(l1)})`;
  return {
    kind: "lost-mass",
    said: `log Z is ${logFactor(gap)} too low: ${lost} of the target ${isOrAre(lost)} ${howOften} sampled${beside}`,
    size: gap,
  };
}

/** The same without an exact log Z: another replica samples mass that this one does not. */
function lessThanAnother(
  replica: MeasuredReplica,
  { logZ, error }: { logZ: number; error: number },
  replicas: readonly MeasuredReplica[],
  options: DiagnosisOptions,
): Symptom | undefined {
  const others = replicas.flatMap((other, r) => {
    const estimate = other === replica || isBroken(other) ? undefined : evenEstimate(other, options);
    return estimate === undefined ? [] : [{ ...estimate, seed: seedOf(other, r) }];
  });
  const best = others.reduce<(typeof others)[0] | undefined>((high, each) => (high && high.logZ >= each.logZ ? high : each), undefined);
  if (best === undefined || !isClear(best.logZ - logZ, Math.hypot(error, best.error))) return undefined;
  const gap = best.logZ - logZ;
  const lost = fraction(lostShare(gap));
  return {
    kind: "lost-mass",
    said: `log Z is ${logFactor(gap)} lower than with seed ${best.seed}: ${lost} of what that one samples ${isOrAre(lost)} never sampled`,
    size: gap,
  };
}

function isBroken(replica: MeasuredReplica): boolean {
  return ((replica as { fault?: unknown } | null)?.fault ?? undefined) !== undefined;
}

/** Two thirds are, a third is. */
function isOrAre(share: string): string {
  return /(thirds|quarters)$/.test(share) ? "are" : "is";
}

function wrongLogZ(replica: MeasuredReplica, options: DiagnosisOptions): Symptom | undefined {
  const [estimate, logZ, elbo] = [evenEstimate(replica, options), finiteValue(replica, "logZ"), finiteValue(replica, "elbo")];
  if (estimate === undefined || logZ === undefined || elbo === undefined) return undefined;
  // The log Z that is best for a policy lies between its ELBO (squared residuals on its own samples) and the estimate (forward KL).
  const [above, below] = [logZ - estimate.logZ, elbo - logZ];
  const difference = Math.max(above, below);
  if (!isClear(difference - LEARNED_SLACK, estimate.error)) return undefined;
  return {
    kind: "log-z",
    said: `the learned log Z is ${digits(difference)} too ${above > below ? "high" : "low"} for the policy, whose samples give ${digits(estimate.logZ)}`,
    size: difference,
  };
}

function heavyTails(replica: MeasuredReplica, { samples = TRAJECTORIES, settings }: DiagnosisOptions): Symptom | undefined {
  const ess = finiteValue(replica, "effectiveSampleSize");
  if (!weightsTell(settings) || ess === undefined || ess * samples >= FEW) return undefined;
  const count = Math.max(1, Math.round(ess * samples));
  return {
    kind: "heavy-tails",
    said: `${count === 1 ? "one" : count} of ${samples} trajectories ${count === 1 ? "carries" : "carry"} the importance weights (ESS ${percent(ess)})`,
    size: -ess,
  };
}

function far(replica: MeasuredReplica, r: number, step: number, options: DiagnosisOptions): Symptom | undefined {
  const measured = FAR.find(({ key }) => finiteValue(replica, key) !== undefined);
  if (measured === undefined) {
    const ess = finiteValue(replica, "effectiveSampleSize");
    if (!weightsTell(options.settings) || ess === undefined || ess >= EVEN) return undefined;
    return { kind: "far", said: `the effective sample size is ${percent(ess)}, so that the policy is still far from the target`, size: 1 };
  }
  const { key, errorKey, label, from } = measured;
  const value = finiteValue(replica, key) as number;
  if (value - 3 * (finiteValue(replica, errorKey) ?? 0) < from) return undefined;
  const trend = trendOf(key, value, r, step, options);
  return {
    kind: "far",
    said: `${label} is ${digits(value)}${trend === undefined ? "" : `, ${trend.words}`}`,
    size: value,
    ...(trend && { falls: trend.falls }),
  };
}

/** Whether a distance, or the loss, has fallen over the second half of training; `undefined` if too little was measured. */
function trendOf(
  key: string,
  value: number,
  r: number,
  step: number,
  { history = [] }: DiagnosisOptions,
): { falls: boolean; words: string } | undefined {
  const earlier = history.filter((each) => each.step < step);
  const halfway = earlier.filter((each) => each.step > 0 && 2 * each.step <= step).at(-1);
  const before = halfway && finiteValue(halfway.replicas[r] ?? null, key);
  if (halfway === undefined || before === undefined) return undefined;
  if (value <= 0.8 * before) return { falls: true, words: `and was still falling (${digits(before)} at step ${halfway.step})` };
  if (
    lossFalls(
      earlier.filter((each) => 2 * each.step > step),
      r,
    )
  )
    return { falls: true, words: "and the loss was still falling" };
  return { falls: false, words: `and no longer falls (${digits(before)} at step ${halfway.step})` };
}

/** Whether the loss is lower in the later half of evaluations than in the earlier one, by twice the standard error of the difference. */
function lossFalls(evaluations: readonly DiagnosedEvaluation[], r: number): boolean {
  const losses = evaluations.flatMap(({ replicas }) => finiteValue(replicas[r] ?? null, "loss") ?? []);
  const middle = Math.floor(losses.length / 2);
  if (middle < 3) return false;
  const [first, second] = [moments(losses.slice(0, middle)), moments(losses.slice(-middle))];
  return first.mean - second.mean > 2 * Math.sqrt((first.variance + second.variance) / middle);
}

function moments(values: readonly number[]): { mean: number; variance: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1) };
}

/** One sentence about the replicas that have the same symptom. */
function together(found: readonly ({ r: number } & Symptom)[], replicas: readonly MeasuredReplica[]): string {
  const worst = [...found].sort((a, b) => b.size - a.size);
  if (worst[0]?.kind === "fault") return `${worst.map(({ said }) => said).join("; ")}.`;
  if (replicas.length === 1) return `${capitalised(worst[0]?.said ?? "")}.`;
  const named = worst.slice(0, NAMED).map(({ r, said }) => `with seed ${seedOf(replicas[r] ?? null, r)}, ${said}`);
  const rest = worst.length - named.length;
  const more = rest === 0 ? "" : `; and with ${rest} more seed${rest === 1 ? "" : "s"} it is less bad`;
  return `${found.length} of ${replicas.length} replicas: ${named.join("; ")}${more}.`;
}

function capitalised(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** The consequence of a finding, and what to change. */
function remedy(kind: FindingKind, found: readonly Symptom[], { settings = {} }: DiagnosisOptions): string {
  switch (kind) {
    case "fault":
      return "";
    case "lost-mass":
      return `${settings.objective !== undefined && isOnPolicy(settings) ? " The loss cannot see it: it is measured on what the policy samples." : ""} Try ${toReachMore(settings)}.`;
    case "log-z":
      return ` Try ${toTrainLonger(settings)}, a higher --log-z-learning-rate, or that estimate as --log-z-initial.`;
    case "heavy-tails":
      return ` Estimates of log Z are unreliable then: the policy rarely samples what has most of the weight. Try ${toTrainLonger(settings)}, ${toReachMore(settings)}.`;
    case "far": {
      return found.some(({ falls }) => falls === false)
        ? ` More steps alone may not help. Try ${toChange(settings)}.`
        : ` Try ${toTrainLonger(settings)}.`;
    }
  }
}
