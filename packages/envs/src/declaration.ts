import type { Parameter } from "@webgfn/tensor";
import { argumentError, requireKnown, requireRule } from "@webgfn/tensor/internal";
import type { Capability } from "./capability.js";
import type { Environment, ParameterValue } from "./environment.js";
import type { PlaneWindow } from "./objects.js";
import type { TrainingDefaults } from "./training-defaults.js";

/** Training defaults of an environment that declares none. */
export const TRAINING_DEFAULTS: TrainingDefaults = { batchSize: 128, steps: 625, hidden: [64, 64] };

/**
 * One parameter of an environment, declared once for checks, help and forms. `value` is the default. A parameter without a default
 * replaces another parameter when it is given.
 */
export interface ParameterDeclaration extends Omit<Parameter, "value"> {
  /** The default. */
  readonly value?: ParameterValue;
  /** Whether the value is a file: the command line takes its path, and a configuration stores `{ name, text }`. */
  readonly file?: true;
}

/** An environment's parameters by name. */
export type ParameterDeclarations = Readonly<Record<string, ParameterDeclaration>>;

/** A field for a number in a form. */
export interface FormField {
  /** Name of the parameter. */
  readonly name: string;
  /** Label of the field. */
  readonly label: string;
  /** The smallest number. */
  readonly least: number;
  /** The largest number. */
  readonly most: number;
  /** Step between numbers. Default 1. */
  readonly step?: number;
  /** Whether it only changes the environment's own reward, so that it has no effect with another reward. */
  readonly ofOwnReward?: true;
}

/** An editor with which a page changes the target during training. An edit must not change the environment's shader or constants. */
export type TargetEditor =
  /** Sliders over log10 of parameters. */
  | { readonly kind: "exponents"; readonly fields: readonly FormField[] }
  /** One slider for each number of a list, such as the scores of items. */
  | {
      readonly kind: "list";
      /** Name of the parameter with the list. */
      readonly name: string;
      /** Name of the parameter with the list's length. */
      readonly length: string;
      /** Name of the parameter that the list replaces, such as the seed that it was drawn with. */
      readonly replaces: string;
      /** Label of one entry. */
      readonly entry: string;
      readonly least: number;
      readonly most: number;
      /** Longest list that can be edited. */
      readonly mostEntries: number;
      /** Returns the current list of an environment. */
      values(environment: Environment): readonly number[];
    }
  /** Handles that move points of the plane, each with a weight. */
  | {
      readonly kind: "points";
      /** Name of the parameter with the points. */
      readonly name: string;
      /** Name of the parameter with their weights. */
      readonly weights: string;
      /** Label of one point. */
      readonly entry: string;
      /** The part of the plane to which points can move. */
      readonly window: PlaneWindow;
      readonly mostEntries: number;
      /** Returns the parameters with room for `mostEntries` points, so that adding one changes no constant. */
      spare(parameters: Readonly<Record<string, ParameterValue>>): Readonly<Record<string, ParameterValue>>;
    };

/** A JavaScript expression that a page's users write for log R of one object. */
export interface RewardExpression {
  /** The fields of an object, which the expression names. */
  readonly names: readonly string[];
  /** A few words about what these fields hold, shown after the names. */
  readonly help: string;
  /** An expression to begin with. */
  readonly example: string;
}

/** A data file that a page's users may give in place of simulated data. */
export interface FileField {
  /** Name of the parameter that takes the file. */
  readonly name: string;
  /** Label of the field. */
  readonly label: string;
  /** A sentence about the file's content. */
  readonly help: string;
  /** File name endings for the dialog that opens it, such as `.csv,.txt`. */
  readonly accept: string;
  /** A parameter that is chosen with the file, and its values. The first one is the default. */
  readonly choice?: { readonly name: string; readonly label: string; readonly values: readonly string[] };
  /** Whether a page can show the environment's exact target, or the reason why it is too large for that. */
  fits(environment: Environment): Capability<true>;
}

/** The form of an environment in the playground. Its sizes are small: training takes seconds, and all objects can be listed. */
interface PageForm {
  readonly title: string;
  /** One or two sentences about the objects. */
  readonly summary: string;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  readonly fields: readonly FormField[];
  /** Pairs of fields of which the first must not exceed the second. */
  readonly atMost?: readonly (readonly [smaller: string, larger: string])[];
  readonly editor?: TargetEditor;
  /** How users write their own reward. Absent if the page does not offer that. */
  readonly expression?: RewardExpression;
  /** A data file that users may open. Absent if there is none. */
  readonly file?: FileField;
}

/** A kind of environment: its maker, and everything known before one is made. */
export interface EnvironmentDeclaration {
  /** Name of the environment on the command line. */
  readonly name: string;
  /** Makes an environment from its parameters, as {@link makeEnvironment} does. */
  // biome-ignore lint/suspicious/noExplicitAny: each maker checks its own parameters, kinds included
  make(parameters: any): Environment;
  /** The parameters with their defaults and rules. */
  readonly parameters: ParameterDeclarations;
  /** Training settings that suit it. */
  readonly defaults: TrainingDefaults;
  /** The playground's form. Absent if the environment has too many objects for a page. */
  readonly page?: PageForm;
}

/**
 * Checks an environment's parameters against their declarations.
 *
 * @throws WebgfnError `argument` that names the first parameter that is unknown, is null, or breaks its rule.
 */
export function checkParameters(environment: string, given: object, declared: ParameterDeclarations): void {
  requireKnown(environment, "parameter", given, [...Object.keys(declared), "reward", "beta"]);
  const values = given as Readonly<Record<string, unknown>>;
  for (const [name, value] of Object.entries(values)) {
    if (value === null) throw argumentError(`${environment}'s ${name} must not be null; give a value, or leave it out`);
  }
  const owner = environment.endsWith("s") ? `${environment}'` : `${environment}'s`;
  for (const [name, { rule }] of Object.entries(declared)) {
    if (values[name] !== undefined) requireRule(`${owner} ${name}`, values[name], rule);
  }
}
