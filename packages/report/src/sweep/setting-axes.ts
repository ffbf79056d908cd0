import type { Configuration } from "@webgfn/runs";
import { shownName } from "@webgfn/tensor/internal";
import { numberText } from "../numbers.js";
import { parameterText } from "../runs.js";

/** Settings by their keys, as in the plan of a sweep. */
export type Settings = Readonly<Record<string, unknown>>;

/** A setting that varies, with its values. */
export interface SettingAxis {
  readonly key: string;
  /** The values as text; numbers in ascending order, other values in order of occurrence. */
  readonly values: readonly string[];
  /** The values as numbers; `undefined` if one of them is not a number. */
  readonly numbers: readonly number[] | undefined;
  /** Classes of values, for filters and colours: the values themselves, or ranges if there are many numbers. */
  readonly classes: readonly string[];
  /** The class of each value. */
  readonly classOf: readonly number[];
}

/** Prefixes of parameters, and the configuration's fields that hold them. */
const PREFIXES: Readonly<Record<string, "env" | "objectiveParameters" | "policyParameters" | "rewardParameters">> = {
  env: "env",
  objective: "objectiveParameters",
  policy: "policyParameters",
  reward: "rewardParameters",
};

/** Most numbers of a setting that are separate classes. */
const MOST_CLASSES = 12;
const RANGES = 5;
/** Most letters of a value. */
const LONGEST = 80;
/** Stands for a run's default value that is not known yet. */
const DEFAULT = "default";

/** Settings with parameters as separate keys: `env.items` in place of `env`. */
export function flattened(settings: Settings): Settings {
  const flat = Object.entries(settings).flatMap(([key, value]): [string, unknown][] => {
    const prefix = Object.keys(PREFIXES).find((each) => PREFIXES[each] === key);
    if (prefix === undefined || typeof value !== "object" || value === null) return [[key, value]];
    return Object.entries(value).map(([name, each]) => [`${prefix}.${name}`, each]);
  });
  return Object.fromEntries(flat);
}

/** A setting's value in a complete configuration. */
export function settingIn(configuration: Configuration, key: string): unknown {
  const at = key.indexOf(".");
  const field = at < 0 ? undefined : PREFIXES[key.slice(0, at)];
  if (field === undefined) return configuration[key as keyof Configuration];
  return (configuration[field] as Settings | undefined)?.[key.slice(at + 1)];
}

/** A text that is equal only for equal values. */
export function identityOf(value: unknown): string {
  return JSON.stringify(value) ?? "undefined";
}

/** The axis of a setting, and the index of each given value on it. */
export function axisOf(key: string, given: readonly unknown[]): { axis: SettingAxis; at: number[] } {
  const distinct = new Map<string, unknown>();
  for (const value of given) distinct.set(identityOf(value), value);
  const isNumeric = [...distinct.values()].every((value) => typeof value === "number");
  const entries = [...distinct];
  if (isNumeric) entries.sort(([, a], [, b]) => (a as number) - (b as number));
  const numbers = isNumeric ? entries.map(([, value]) => value as number) : undefined;
  const values = distinctTexts(entries.map(([, value]) => (value === undefined ? DEFAULT : shownName(parameterText(value), LONGEST))));
  const place = new Map(entries.map(([identity], k) => [identity, k]));
  return {
    axis: { key, values, numbers, ...classesOf(values, numbers) },
    at: given.map((value) => place.get(identityOf(value)) as number),
  };
}

/** Numbers texts that are equal: two files may have one name. */
function distinctTexts(texts: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return texts.map((text) => {
    const count = (seen.get(text) ?? 0) + 1;
    seen.set(text, count);
    return count === 1 ? text : `${text} (${count})`;
  });
}

function classesOf(values: readonly string[], numbers: readonly number[] | undefined): Pick<SettingAxis, "classes" | "classOf"> {
  if (numbers === undefined || numbers.length <= MOST_CLASSES) return { classes: values, classOf: values.map((_, k) => k) };
  const classOf = numbers.map((_, k) => Math.floor((k * RANGES) / numbers.length));
  const classes = Array.from({ length: RANGES }, (_, c) => {
    const [first, last] = [numbers[classOf.indexOf(c)] as number, numbers[classOf.lastIndexOf(c)] as number];
    return `${numberText(first)} to ${numberText(last)}`;
  });
  return { classes, classOf };
}
