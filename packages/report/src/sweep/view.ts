import type { Candidate } from "./pooling.js";
import type { SweepData } from "./sweep-data.js";

/** The reader's choices. */
export interface View {
  readonly data: SweepData;
  /** Combinations that pass the filters. */
  readonly candidates: readonly Candidate[];
  /** Index of the metric. */
  readonly metric: number;
  /** Index of the setting whose values have colours; -1 if nothing varies. */
  readonly colour: number;
  readonly logarithmic: boolean;
}

/** The class of a combination's value on an axis, which is also its colour. */
export function classAt({ axes }: SweepData, { at }: Candidate, a: number): number {
  return a < 0 ? 0 : (axes[a]?.classOf[at[a] as number] ?? 0);
}

/** Settings of a combination as text, such as `tb, learningRate 0.001`. `named`: which axes to name. */
export function describe({ axes }: SweepData, { at }: Candidate, named: (a: number) => boolean = () => true): string {
  return axes
    .flatMap(({ key, values }, a) => (named(a) ? [`${key === "objective" ? "" : `${key} `}${values[at[a] as number]}`] : []))
    .join(", ");
}
