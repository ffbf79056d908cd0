/** One taxon as a parser found it; checks of the whole alignment come after. */
export interface SequenceRecord {
  name: string;
  /** Where it begins, for errors. */
  line: number;
  /** Sets of bases, see `nucleotides.ts`. */
  bases: number[];
}

/** Fewest taxa with more than one tree, and most that a state's six bits per slot can number. */
export const FEWEST_TAXA = 3;
export const MOST_TAXA = 64;
/** Keeps the sums of the reward's exponents well within 32 bits. */
export const MOST_SITES = 100_000;
