import type { BalanceHost, Divergence, LossHost, Objective, Weighting } from "@webgfn/objectives";
import { integrandOf, stretchWeights } from "@webgfn/objectives/internal";
import { type MadeUpTrajectory, madeUpStates, SIZES, sizesFor } from "./made-up-batch.js";
import { LOG_Z } from "./objective-kernel.js";

/** The coefficients and the loss of a batch, computed by an objective's float64 functions. */
export interface HostReduction {
  /** Coefficients in the kernel's layout; `undefined` if the kernel writes nothing there. */
  coefficients: (number | undefined)[];
  /** Undefined if the objective has no float64 loss. */
  loss: number | undefined;
}

type FlowHost = Extract<BalanceHost, { decay?: number }>;
type StateHost = LossHost & { residual(logInflow: number, logOutflow: number): number };
type TrajectoryHost = LossHost & { residual(logWeight: number, logZ: number, meanLogWeight: number, logReward: number): number };

const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const logWeightOf = ({ logForward, logBackward, logReward }: MadeUpTrajectory) => logReward + logBackward - logForward;

/**
 * Reduces a batch like the objective's kernel, in float64.
 *
 * @param shift log r̄.
 * @returns undefined if the objective has no float64 functions.
 */
export function reduceOnHost(objective: Objective, batch: readonly MadeUpTrajectory[], shift: number): HostReduction | undefined {
  if (objective.family === "divergence") return divergence(objective, batch, shift);
  if (objective.host === undefined) return undefined;
  if (objective.residual === "trajectory") return trajectories(objective.host as unknown as TrajectoryHost, batch);
  if (objective.residual === "state") return states(objective.host as unknown as StateHost, batch, shift, sizesFor(objective).ROWS);
  const residuals = batch.map((trajectory) => transitionResiduals(trajectory, objective.host as FlowHost, shift));
  const stops = objective.flow === "stop";
  return objective.residual === "transition"
    ? transitions(objective.host as FlowHost, stops ? residuals.map((d) => [...d.slice(0, -1), 0]) : residuals, stops ? batch.length : 0)
    : stretches(objective.host as FlowHost, residuals, objective.weighting);
}

/** Coefficients c_n = scale · ((κ_f + 1) f_n + κ_1) / N, without a control variate. */
function divergence({ host }: Divergence, batch: readonly MadeUpTrajectory[], shift: number): HostReduction | undefined {
  if (host === undefined) return undefined;
  const logWeights = batch.map(logWeightOf);
  const integrand = integrandOf(
    host,
    Float64Array.from(logWeights, (weight) => weight - shift),
    { logRewardShift: shift },
  );
  const f = [...integrand.f];
  const [slope, constant] = integrand.gradientTerms;
  const exponentOf = (n: number) => (host.exponent?.((logWeights[n] as number) - shift, shift) ?? 0) - integrand.shift;
  const terms = f.map((value, n) => host.term?.(value, exponentOf(n)) ?? value * (logWeights[n] as number));
  return {
    coefficients: f.flatMap((value) => [(integrand.scale * ((slope + 1) * value + constant)) / batch.length, undefined]),
    loss: host.loss?.(meanOf(f), meanOf(terms), integrand.shift, meanOf(logWeights), shift),
  };
}

/** Coefficients c_n = g′(d_n) / N of ∇log p_F, and −c_n of ∇log p_B. */
function trajectories(host: TrajectoryHost, batch: readonly MadeUpTrajectory[]): HostReduction {
  const logWeights = batch.map(logWeightOf);
  const mean = meanOf(logWeights);
  const d = logWeights.map((weight, n) => host.residual(weight, LOG_Z, mean, (batch[n] as MadeUpTrajectory).logReward));
  return {
    coefficients: d.flatMap((each) => [host.slope(each) / batch.length, -host.slope(each) / batch.length]),
    loss: meanOf(d.map((each) => host.loss(each))),
  };
}

/** The residual d of every transition of a trajectory, with F(x) = R(x) / r̄ at its terminal state. */
function transitionResiduals({ steps, logReward }: MadeUpTrajectory, host: FlowHost, shift: number): number[] {
  return steps.map(({ logFlow, logForward, logBackward }, time) =>
    host.residual(logFlow, logForward, steps[time + 1]?.logFlow ?? logReward - shift, logBackward),
  );
}

/** Coefficients ±g′(d) / M of log of the flows into and out of M states, the first by the share of each edge. */
function states(host: StateHost, batch: readonly MadeUpTrajectory[], shift: number, rows: number): HostReduction {
  const count = batch.reduce((sum, { steps }) => sum + steps.length, 0);
  let loss = 0;
  const coefficients = batch.flatMap((trajectory) => {
    const pairs = madeUpStates(trajectory).flatMap(({ into, out }): [number, number][] => {
      const inflow = into.reduce((sum, logFlow) => sum + Math.exp(logFlow), 0);
      const d = host.residual(Math.log(inflow), out ?? trajectory.logReward - shift);
      loss += host.loss(d) / count;
      const slope = host.slope(d) / count;
      return [
        ...into.map((logFlow): [number, number] => [(slope * Math.exp(logFlow)) / inflow, 0]),
        ...(out === undefined ? [] : [[-slope, 0] as [number, number]]),
      ];
    });
    return padded(pairs, rows);
  });
  return { coefficients, loss };
}

/** The coefficients of all rows of a trajectory; undefined in the rows after its end, which the kernel does not write. */
function padded(pairs: readonly (readonly [number, number])[], rows = SIZES.ROWS): (number | undefined)[] {
  return Array.from({ length: 2 * rows }, (_, i) => pairs[Math.floor(i / 2)]?.[i % 2]);
}

/** @param stops number of transitions whose residual is 0 and which do not count in the mean. */
function transitions(host: FlowHost, residuals: readonly number[][], stops: number): HostReduction {
  const count = residuals.flat().length - stops;
  const coefficients = residuals.flatMap((d) => {
    const slopes = d.map((each) => host.slope(each));
    return padded(slopes.map((slope, time) => [slope / count, (slope - (slopes[time - 1] ?? 0)) / count]));
  });
  return { coefficients, loss: residuals.flat().reduce((sum, each) => sum + host.loss(each), 0) / count };
}

/** Adds up the subtrajectories one by one: each has coefficients of log F at both ends, and of log p_F of its transitions. */
function stretches(host: FlowHost, residuals: readonly number[][], weighting: Weighting = "geometric-within"): HostReduction {
  const lengths = residuals.map((d) => d.length);
  const weightOf = stretchWeights(lengths, host.decay ?? 1, weighting);
  let loss = 0;
  const coefficients = residuals.flatMap((d, n) => {
    const onForward = d.map(() => 0);
    const onFlow = d.map(() => 0);
    for (let start = 0; start < d.length; start++) {
      let residual = 0;
      for (let end = start + 1; end <= d.length; end++) {
        residual += d[end - 1] as number;
        const weight = weightOf(n, end - start);
        const slope = weight * host.slope(residual);
        loss += weight * host.loss(residual);
        onFlow[start] = (onFlow[start] as number) + slope;
        if (end < d.length) onFlow[end] = (onFlow[end] as number) - slope;
        for (let time = start; time < end; time++) onForward[time] = (onForward[time] as number) + slope;
      }
    }
    return padded(d.map((_, time) => [onForward[time] as number, onFlow[time] as number]));
  });
  return { coefficients, loss };
}
