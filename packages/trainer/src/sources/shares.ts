import type { Rule } from "@webgfn/tensor";
import { argumentError, unknownWord } from "@webgfn/tensor/internal";

/** Where trajectories of a batch come from, in the order of their places in the batch. */
export const SOURCES = ["policy", "local-search", "replay", "objects", "target"] as const;
export type SourceName = (typeof SOURCES)[number];

/** The share of every batch that comes from each source; sources that are left out have none. */
export type Shares = Readonly<Partial<Record<SourceName, number>>>;

/** Largest distance of the sum of all shares from 1. */
const ROUNDING = 1e-6;

/** The rule of the option `source`. {@link parseShares} throws the specific error. */
export const sourceRule: Rule = {
  words: "sources with their shares, such as policy:0.5,replay:0.5",
  accepts: (value) => typeof value === "string" && value !== "",
};

/**
 * Parses sources with their shares: `policy:0.5,replay:0.5`, or the name of one source.
 *
 * @throws WebgfnError `argument` for an unknown source, a share that is not above 0, or shares that do not add up to 1.
 */
export function parseShares(text: string): Shares {
  const shares = new Map<SourceName, number>();
  const parts = text.split(",");
  for (const part of parts) {
    const [word = "", number = "1", ...rest] = part.trim().split(":");
    const name = SOURCES.find((known) => known === word);
    if (name === undefined) throw unknownWord("a source", word, SOURCES);
    const share = rest.length === 0 && number.trim() !== "" ? Number(number) : Number.NaN;
    if (!(share > 0 && share <= 1))
      throw argumentError(`the share of ${name} must be a number above 0 and at most 1, not "${part.slice(word.length + 1)}"`);
    if (shares.has(name)) throw argumentError(`source names ${name} twice`);
    shares.set(name, share);
  }
  const sum = [...shares.values()].reduce((total, share) => total + share, 0);
  if (Math.abs(sum - 1) > ROUNDING) {
    throw argumentError(`the shares of "${text}" add up to ${Number(sum.toPrecision(6))}, not to 1`, "for example policy:0.5,replay:0.5");
  }
  return Object.fromEntries(shares);
}

/**
 * The number of trajectories of a batch from each source: the shares rounded so that they add up to the batch.
 *
 * @throws WebgfnError `argument` if a source would get none.
 */
export function countsOf(shares: Shares, batch: number): Record<SourceName, number> {
  const exact = SOURCES.map((name) => (shares[name] ?? 0) * batch);
  const counts = exact.map(Math.floor);
  const missing = batch - counts.reduce((sum, count) => sum + count, 0);
  const byRemainder = SOURCES.map((_, i) => i).sort((a, b) => fraction(exact[b]) - fraction(exact[a]) || a - b);
  for (const i of byRemainder.slice(0, missing)) counts[i] = (counts[i] as number) + 1;
  const none = SOURCES.find((name, i) => (shares[name] ?? 0) > 0 && counts[i] === 0);
  if (none !== undefined) {
    throw argumentError(
      `a batchSize of ${batch} leaves no trajectory for source ${none} with a share of ${shares[none]}`,
      "take a larger batchSize or share",
    );
  }
  return Object.fromEntries(SOURCES.map((name, i) => [name, counts[i]])) as Record<SourceName, number>;
}

function fraction(value = 0): number {
  return value - Math.floor(value);
}
