import type { Choice, Settings } from "./settings.js";

/** For each new objective: the index of the old one whose model continues, or null for a new model. */
export type Keep = readonly (number | null)[];

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/**
 * Decides which models continue after a change of the settings. Another target, width, seed or number of replicas needs new models. Another
 * batch size, learning rate, exploration, α or estimator continues to train the same ones.
 */
export function keptBetween(old: Settings, now: Settings): Keep {
  const fixed = ["environment", "env", "reward", "beta", "seed", "backward"] as const;
  if (fixed.some((name) => !same(old[name], now[name]))) return now.choices.map(() => null);
  const used = new Set<number>();
  const find = (fits: (choice: Choice) => boolean): number | null => {
    const at = old.choices.findIndex((choice, k) => !used.has(k) && fits(choice));
    if (at < 0) return null;
    used.add(at);
    return at;
  };
  const keep = now.choices.map((choice) => find((other) => same(other, choice)));
  // Remaining cases: the same objective with other parameters.
  now.choices.forEach((choice, n) => {
    keep[n] ??= find(({ objective, file }) => objective === choice.objective && file === choice.file);
  });
  // A model from a file keeps its own width and replicas.
  const isSameSize = now.width === old.width && now.replicas === old.replicas;
  return keep.map((from, n) => (isSameSize || now.choices[n]?.file !== undefined ? from : null));
}
