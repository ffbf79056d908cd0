/** How the numbers of a table become log R. */
export interface TableOptions {
  /** Whether the numbers are log R (`log`, the default) or R (`linear`). */
  scale?: "log" | "linear";
  /** Raises linear numbers below this to it, before all else. Default: none. */
  least?: number;
  /** Divides linear numbers by the largest of the table. Default false. */
  divideByLargest?: boolean;
  /** Raises linear numbers to this power, after the division. Default 1. */
  exponent?: number;
  /** Multiplies them, after the power. Default 1. */
  factor?: number;
  /** Least R of linear numbers, least log R of others, in the end. Default: none, so that R = 0 is refused. */
  floor?: number;
  /** The number, as those of the table, of objects that it lacks. Default: there must be none. */
  missing?: number;
}
