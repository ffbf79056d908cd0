import type { Arguments, OptionTable } from "./arguments.js";

/** One command of the command line. */
export interface Command {
  name: string;
  /** One line for the list of commands. */
  summary: string;
  /** What stands between the name and the options, such as `DIR`. */
  operands: string;
  /** The most operands it takes. */
  mostOperands: number;
  options: OptionTable;
  /** Whether `--env.NAME VALUE`, `--objective.NAME VALUE` and `--policy.NAME VALUE` are taken. */
  takesParameters: boolean;
  /** Command lines that work as they stand. */
  examples: readonly string[];
  /** @returns the exit status. */
  run(given: Arguments): Promise<number>;
}
