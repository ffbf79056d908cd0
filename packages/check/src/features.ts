import { type Findings, stateText } from "./report.js";

/** For each start from 0 to the length: the first position from there on of a number that is not 0, or the length. */
export function nextNonZero(values: Float32Array): number[] {
  const next = Array<number>(values.length + 1).fill(values.length);
  for (let k = values.length - 1; k >= 0; k--) next[k] = values[k] === 0 ? (next[k + 1] as number) : k;
  return next;
}

/** Finds open states that look the same to the policy: equal features. */
export class EqualFeatures {
  readonly #states = new Map<string, number[]>();

  /** Compares a state with all before it; the policy sees only states that are not terminal. */
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
