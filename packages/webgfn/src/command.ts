/** An option as its command's help shows it. */
interface Option {
  /** What its value is, such as `N`; switches have none. */
  value?: string;
  text: string;
  /** Whether it may be given several times. */
  repeated?: true;
}

/** A command's options by name, without the dashes. */
export type OptionTable = Readonly<Record<string, Option>>;

/** What was given on the command line, checked against the command's options but not yet read as numbers. */
export interface Arguments {
  operands: string[];
  values: Map<string, string>;
  /** Every value of the options that may be given several times, in their order. */
  lists: Map<string, string[]>;
  switches: Set<string>;
  /** `--env.NAME VALUE`, a parameter of the environment. */
  env: Map<string, string>;
  /** `--objective.NAME VALUE` */
  objective: Map<string, string>;
  /** `--policy.NAME VALUE` */
  policy: Map<string, string>;
}

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
