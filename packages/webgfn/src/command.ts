/** An option of a command. */
interface Option {
  /** Placeholder of its value in the help, such as `N`. A switch has none. */
  value?: string;
  /** Help text. */
  text: string;
  /** Whether the option may be given several times. */
  repeated?: true;
}

/** A command's options by name, without the dashes. */
export type OptionTable = Readonly<Record<string, Option>>;

/** Prefixes of options for parameters, such as `--env.items`. */
export const PREFIXES = ["env", "objective", "policy", "reward"] as const;
export type Prefix = (typeof PREFIXES)[number];

/** The parsed command line. Option names are checked; values are still text. */
export interface Arguments {
  operands: string[];
  values: Map<string, string>;
  /** The values of options that may be given several times, in order. */
  lists: Map<string, string[]>;
  switches: Set<string>;
  /** Parameters of the environment, from `--env.NAME VALUE`. */
  env: Map<string, string>;
  /** Parameters of the objective, from `--objective.NAME VALUE`. */
  objective: Map<string, string>;
  /** Parameters of the policy, from `--policy.NAME VALUE`. */
  policy: Map<string, string>;
  /** How the numbers of a table of rewards become log R, from `--reward.NAME VALUE`. */
  reward: Map<string, string>;
}

/** One command of the command line. */
export interface Command {
  name: string;
  /** One line for the list of commands. */
  summary: string;
  /** Placeholder of the operands in the help, such as `DIR`. */
  operands: string;
  /** Largest number of operands. */
  mostOperands: number;
  options: OptionTable;
  /** Whose parameters the command takes, as `--env.NAME VALUE`. */
  parameters: readonly Prefix[];
  /** Complete command lines for the help, without `webgfn`. */
  examples: readonly string[];
  /** @returns the exit status. */
  run(given: Arguments): Promise<number>;
}
