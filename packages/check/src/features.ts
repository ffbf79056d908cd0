import { type Findings, stateText } from "./report.js";

/** For each start from 0 to `values.length`: the first index at or after it with a value other than 0, or `values.length`. */
export function nextNonZero(values: Float32Array): number[] {
  const next = Array<number>(values.length + 1).fill(values.length);
  for (let k = values.length - 1; k >= 0; k--) next[k] = values[k] === 0 ? (next[k + 1] as number) : k;
  return next;
}

/** Finds non-terminal states with equal features, which a policy cannot tell apart. */
export class EqualFeatures {
  readonly #states = new Map<string, number[]>();

  /** Compares a non-terminal state with all states added before. A policy never evaluates terminal states, so do not add those. */
  add(findings: Findings, state: ArrayLike<number>, features: Float32Array): void {
    const key = features.join(",");
    const words = Array.from(state);
    const other = this.#states.get(key);
    if (other === undefined) {
      this.#states.set(key, words);
    } else if (words.some((word, i) => word !== other[i])) {
      const message = `states ${stateText(other)} and ${stateText(words)} have the same features, so the policy cannot tell them apart`;
      findings.warning("feature", message, { state: words });
    }
  }
}

/** Checks that features are finite numbers. */
export function checkFinite(findings: Findings, state: ArrayLike<number>, features: Float32Array): void {
  const k = features.findIndex((value) => !Number.isFinite(value));
  if (k >= 0) findings.problem("feature", `feature(s, ${k}) is ${features[k]} at state ${stateText(state)}`, { state: Array.from(state) });
}
