import type { Parameter } from "@webgfn/tensor";
import { argumentError, requireKnown, requireRule } from "@webgfn/tensor/internal";
import type { Environment, ParameterValue } from "./environment.js";
import type { PlaneWindow } from "./objects.js";
import type { TrainingDefaults } from "./training-defaults.js";

/** Defaults of an environment that says nothing of training. */
export const TRAINING_DEFAULTS: TrainingDefaults = { batchSize: 128, steps: 625, hidden: [64, 64] };

/**
 * One parameter of an environment, declared once for checks, help and forms. Its value is the default, and is left out where another
 * parameter stands in for this one.
 */
export interface ParameterDeclaration extends Omit<Parameter, "value"> {
  readonly value?: ParameterValue;
  /** Whether the value is a file: the command line takes its path, and a configuration keeps `{ name, text }`. */
  readonly file?: true;
}

/** An environment's parameters by name. */
export type ParameterDeclarations = Readonly<Record<string, ParameterDeclaration>>;

/** A number in a form. */
export interface FormField {
  readonly name: string;
  readonly label: string;
  readonly least: number;
  readonly most: number;
  readonly step?: number;
}

/** How a target is changed while a page trains on it. The environment's shader and constants must stay the same. */
export type TargetEditor =
  /** Sliders over log10 of parameters. */
  | { readonly kind: "exponents"; readonly fields: readonly FormField[] }
  /** One slider for each number of a list, such as the scores of items. */
  | {
      readonly kind: "list";
      /** The parameter that holds the list. */
      readonly name: string;
      /** Which parameter holds the list's length, and which one it replaces. */
      readonly length: string;
      readonly replaces: string;
      /** What one entry is called. */
      readonly entry: string;
      readonly least: number;
      readonly most: number;
      /** Longer lists are not edited. */
      readonly mostEntries: number;
      /** The list where the parameters do not hold it. */
      values(environment: Environment): readonly number[];
    }
  /** Points of the plane that are moved by handles, each with a weight. */
  | {
      readonly kind: "points";
      /** The parameters that hold the points and their weights. */
      readonly name: string;
      readonly weights: string;
      /** What one point is called. */
      readonly entry: string;
      /** Where the points can be. */
      readonly window: PlaneWindow;
      readonly mostEntries: number;
      /** The parameters with room for `mostEntries` points, so that adding one changes no constant. */
      spare(parameters: Readonly<Record<string, ParameterValue>>): Readonly<Record<string, ParameterValue>>;
    };

/** An environment as a page offers it: small enough to train in seconds, and with objects that can all be listed. */
interface PageForm {
  readonly title: string;
  /** Whether a page opens with it. One environment has this mark. */
  readonly opening?: true;
  /** One or two sentences on what is learned. */
  readonly summary: string;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  readonly fields: readonly FormField[];
  /** Pairs of fields of which the first must not exceed the second. */
  readonly atMost?: readonly (readonly [smaller: string, larger: string])[];
  readonly editor?: TargetEditor;
}

/** A kind of environment, by its maker and what can be known before one is made. */
export interface EnvironmentDeclaration {
  readonly name: string;
  // biome-ignore lint/suspicious/noExplicitAny: each maker checks its own parameters, kinds included
  make(parameters: any): Environment;
  readonly parameters: ParameterDeclarations;
  readonly defaults: TrainingDefaults;
  readonly page: PageForm;
}

/**
 * Checks an environment's parameters against their declarations.
 *
 * @throws WebgfnError `argument` naming the first parameter that is unknown, null, or breaks its rule.
 */
export function checkParameters(environment: string, given: object, declared: ParameterDeclarations): void {
  requireKnown(environment, "parameter", given, Object.keys(declared));
  const values = given as Readonly<Record<string, unknown>>;
  for (const [name, value] of Object.entries(values)) {
    if (value === null) throw argumentError(`${environment}'s ${name} must be left out or have a value, not null`);
  }
  const owner = environment.endsWith("s") ? `${environment}'` : `${environment}'s`;
  for (const [name, { rule }] of Object.entries(declared)) {
    if (values[name] !== undefined) requireRule(`${owner} ${name}`, values[name], rule);
  }
}
