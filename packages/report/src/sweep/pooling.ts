import { largestOf, smallestOf } from "@webgfn/tensor/internal";
import { STATISTICS, type SweepData, type VariantData } from "./sweep-data.js";

/** A combination in the page's script. */
export interface Candidate extends VariantData {
  readonly index: number;
  readonly steps: readonly number[];
  readonly values: Float32Array;
}

/** A metric's curve over the seeds of one or more combinations. */
export interface PooledCurve {
  readonly steps: number[];
  readonly mean: number[];
  readonly sd: number[];
  readonly low: number[];
  readonly high: number[];
  /** Most seeds at any step. */
  readonly seeds: number;
}

interface Point {
  mean: number;
  sd: number;
  low: number;
  high: number;
  count: number;
}

export function candidatesOf({ variants, grids }: SweepData): Candidate[] {
  return variants.map((variant, index) => {
    const bytes = Uint8Array.from(atob(variant.curves), (letter) => letter.charCodeAt(0));
    return { ...variant, index, steps: grids[variant.grid] ?? [], values: new Float32Array(bytes.buffer) };
  });
}

/** The mean of a metric after training; `undefined` if there is none. */
export function finalOf({ final }: Candidate, metric: number): number | undefined {
  return final[metric]?.[0];
}

/** Candidates from the best to the worst; unfinished ones only if none is finished. */
export function inRank(candidates: readonly Candidate[], metric: number, direction: "lower" | "higher"): Candidate[] {
  const valued = candidates.filter((each) => finalOf(each, metric) !== undefined);
  const done = valued.filter(({ isDone }) => isDone);
  const sign = direction === "lower" ? 1 : -1;
  return [...(done.length > 0 ? done : valued)].sort((a, b) => sign * ((finalOf(a, metric) as number) - (finalOf(b, metric) as number)));
}

/**
 * A metric over the seeds of all candidates, at every step at which any of them was evaluated. Curves are interpolated linearly between their
 * own steps.
 */
export function pooled(candidates: readonly Candidate[], metric: number, metrics: number): PooledCurve {
  const curve: PooledCurve & { seeds: number } = { steps: [], mean: [], sd: [], low: [], high: [], seeds: 0 };
  const tracks = candidates.map((candidate) => trackOf(candidate, metric, metrics));
  const steps = [...new Set(tracks.flatMap((track) => [...track.keys()]))].sort((a, b) => a - b);
  const full = tracks.map((track) => filled(track, steps));
  for (const [n, step] of steps.entries()) {
    const points = full.flatMap((track) => track[n] ?? []);
    const count = points.reduce((sum, point) => sum + point.count, 0);
    if (count === 0) continue;
    const mean = points.reduce((sum, point) => sum + point.count * point.mean, 0) / count;
    const variance = points.reduce((sum, point) => sum + point.count * (point.sd ** 2 + (point.mean - mean) ** 2), 0) / count;
    curve.steps.push(step);
    curve.mean.push(mean);
    curve.sd.push(Math.sqrt(variance));
    curve.low.push(smallestOf(points.map(({ low }) => low)));
    curve.high.push(largestOf(points.map(({ high }) => high)));
    curve.seeds = Math.max(curve.seeds, count);
  }
  return curve;
}

/** The points of a candidate that have a value, by step. */
function trackOf({ steps, counts, values }: Candidate, metric: number, metrics: number): Map<number, Point> {
  const statistics = values.length === metrics * STATISTICS * steps.length ? STATISTICS : 1;
  const at = (statistic: number, n: number) => values[(metric * statistics + statistic) * steps.length + n] as number;
  const track = new Map<number, Point>();
  for (const [n, step] of steps.entries()) {
    const mean = at(0, n);
    if (!Number.isFinite(mean)) continue;
    const [sd, low, high] = statistics === 1 ? [0, mean, mean] : [at(1, n), at(2, n), at(3, n)];
    track.set(step, { mean, sd, low, high, count: counts[n] ?? 1 });
  }
  return track;
}

/** The points of a track at all these steps: interpolated between its own points, `undefined` outside of them. */
function filled(track: ReadonlyMap<number, Point>, steps: readonly number[]): (Point | undefined)[] {
  const own = [...track];
  let next = 0;
  return steps.map((step) => {
    while (next < own.length && (own[next]?.[0] as number) < step) next++;
    const [after, before] = [own[next], own[next - 1]];
    if (after === undefined || after[0] === step || before === undefined) return after?.[0] === step ? after[1] : undefined;
    const share = (step - before[0]) / (after[0] - before[0]);
    const between = (name: keyof Point) => before[1][name] + share * (after[1][name] - before[1][name]);
    return { mean: between("mean"), sd: between("sd"), low: between("low"), high: between("high"), count: before[1].count };
  });
}
