/** How the numbers of a table become log R. */
export interface TableOptions {
  /** Whether the table's numbers are log R (`log`, the default) or R (`linear`). */
  scale?: "log" | "linear";
  /** Replaces smaller linear numbers by this one, before everything else. Default: none. */
  least?: number;
  /** Whether linear numbers are divided by the largest of the table. Default false. */
  divideByLargest?: boolean;
  /** Raises linear numbers to this power, after the division. Default 1. */
  exponent?: number;
  /** Multiplies linear numbers by this factor, after the power. Default 1. */
  factor?: number;
  /** Smallest result: of R for linear numbers, of log R for others. Default: none, so that R = 0 is refused. */
  floor?: number;
  /** Value of an object that the table lacks, on the same scale as the table's numbers. Default: the table must have all objects. */
  missing?: number;
}
