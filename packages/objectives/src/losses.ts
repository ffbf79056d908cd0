import cosh from "@webgfn/shaders/objectives/losses/cosh.wgsl";
import huber from "@webgfn/shaders/objectives/losses/huber.wgsl";
import linex from "@webgfn/shaders/objectives/losses/linex.wgsl";
import square from "@webgfn/shaders/objectives/losses/square.wgsl";
import { type Rule, rules } from "@webgfn/tensor";
import type { LossHost } from "./host.js";

/** g of a balance loss: a function of the residual whose only minimum is g(0) = 0 (method §5.1). */
interface RegressionLoss {
  /** The WGSL module `package::loss`. */
  wgsl: string;
  host(values: { delta: number; skew: number }): LossHost;
}

const LOSSES: Readonly<Record<string, RegressionLoss>> = {
  square: { wgsl: square, host: () => ({ loss: (d) => d * d, slope: (d) => 2 * d }) },
  huber: {
    wgsl: huber,
    host: ({ delta }) => ({
      loss: (d) => (Math.abs(d) <= delta ? (d * d) / 2 : delta * (Math.abs(d) - delta / 2)),
      slope: (d) => Math.max(-delta, Math.min(delta, d)),
    }),
  },
  cosh: { wgsl: cosh, host: () => ({ loss: (d) => 2 * Math.cosh(d) - 2, slope: (d) => 2 * Math.sinh(d) }) },
  linex: {
    wgsl: linex,
    host: ({ skew }) => ({
      loss: (d) => (Math.expm1(skew * d) - skew * d) / skew ** 2,
      slope: (d) => Math.expm1(skew * d) / skew,
    }),
  },
};

/**
 * The names of the functions g that a balance loss can use.
 *
 * @example
 * ```ts
 * import { lossNames } from "@webgfn/objectives";
 * console.log(lossNames); // [ 'square', 'huber', 'cosh', 'linex' ]
 * ```
 */
export const lossNames: readonly string[] = Object.keys(LOSSES);

const ABOVE_ZERO: Rule = rules.number(1e-6, 1e6);
const NOT_ZERO: Rule = {
  words: "a number from -100 to 100, but not within 1e-3 of 0",
  accepts: (value) => typeof value === "number" && Math.abs(value) >= 1e-3 && Math.abs(value) <= 100,
};

/** Parameters of every balance loss with a selectable g. */
export const LOSS_PARAMETERS = {
  loss: {
    value: "square",
    rule: rules.oneOf(...lossNames),
    help: "function g of a balance loss's residual: square, huber (mdb's default), cosh or linex",
  },
  delta: { value: 1, rule: ABOVE_ZERO, help: "size of the residual at which huber turns from a parabola into a line" },
  skew: {
    value: 1,
    rule: NOT_ZERO,
    help: "a of linex: above 0 weighs trajectories sampled too often more, below 0 those sampled too rarely",
  },
};

/** Looks up g by one of the {@link lossNames}: its WGSL module and its functions in float64. */
export function findLoss({ loss, delta, skew }: { loss: string; delta: number; skew: number }): { wgsl: string; host: LossHost } {
  const { wgsl, host } = LOSSES[loss] as RegressionLoss;
  return { wgsl, host: host({ delta, skew }) };
}
