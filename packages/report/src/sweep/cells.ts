import type { SweptRun } from "./swept-runs.js";
import type { Variant } from "./variants.js";

/** The states of runs, in the order of summaries. */
export const STATES = ["done", "running", "failed", "waiting"] as const;

/** Most runs of a combination that a cell names. */
const NAMED = 3;

export function countsOf(runs: readonly Pick<SweptRun, "state">[]): Record<(typeof STATES)[number], number> {
  const counts = { done: 0, running: 0, failed: 0, waiting: 0 };
  for (const { state } of runs) counts[state]++;
  return counts;
}

/** The state of a combination's runs: `done`, or `1 of 2 done, 1 failed`. */
export function stateText({ runs }: Variant): string {
  const counts = countsOf(runs);
  const found = STATES.filter((state) => counts[state] > 0);
  const [only] = found;
  if (found.length === 1 && only !== undefined) return only;
  return found.map((state) => (state === "done" ? `${counts.done} of ${runs.length} done` : `${counts[state]} ${state}`)).join(", ");
}

/** Number of seeds with a value, out of the planned ones. */
export function seedsText(valued: number, { planned }: Variant): string {
  return valued === planned ? String(planned) : `${valued} of ${planned}`;
}

export function stepText({ step, steps }: Variant): string {
  if (step === undefined) return "–";
  return step === steps ? String(step) : `${step} of ${steps ?? "–"}`;
}

/** Indices and folders of a combination's runs. */
export function runsText({ runs }: Variant): string {
  const named = runs.slice(0, NAMED).map(({ index, hash }) => `#${index} ${hash}`);
  return [...named, ...(runs.length > NAMED ? [`and ${runs.length - NAMED} more`] : [])].join(", ");
}
