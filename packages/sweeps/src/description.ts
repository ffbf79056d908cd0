import type { PartialConfiguration } from "@webgfn/runs";
import { parseConfiguration } from "@webgfn/runs";
import { flattened, overlay, SETTINGS } from "@webgfn/runs/internal";
import { type Rule, rules } from "@webgfn/tensor";
import { argumentError, requireRule, unknownWord } from "@webgfn/tensor/internal";
import { type Draw, drawn, parseDraw } from "./random-draws.js";

/** Settings by their keys: fields of a configuration, and parameters such as `env.items`. */
export type Settings = Readonly<Record<string, unknown>>;

/**
 * The content of a sweep file: settings that all runs share, and settings that vary. A run takes one value of each grid setting, one entry of
 * the zipped lists, one entry of the list, one random draw and one pack of seeds; all combinations are runs.
 */
export interface SweepDescription {
  /** Settings of all runs. */
  readonly fixed: PartialConfiguration;
  /** Values of single settings, of which all combinations run. */
  readonly grid: Readonly<Record<string, readonly unknown[]>>;
  /** Values of settings that change together: lists of equal length. */
  readonly zip: Readonly<Record<string, readonly unknown[]>>;
  /** Settings of single runs. */
  readonly list: readonly Settings[];
  /** Random search: the number of draws, their seed, and the settings with their distributions. */
  readonly random: { readonly draws: number; readonly seed: number; readonly settings: Readonly<Record<string, Draw>> } | undefined;
  /** Packs of seeds: a run has `replicas` consecutive seeds from `seed` on. */
  readonly packs: readonly { readonly seed: number; readonly replicas: number }[];
}

/** Fields of a sweep file with varying settings. */
const VARYING = ["grid", "zip", "list", "random", "seeds"] as const;
/** Prefixes of parameters, and the configuration's fields that hold them. */
const PREFIXES: Readonly<Record<string, keyof PartialConfiguration>> = {
  env: "env",
  objective: "objectiveParameters",
  policy: "policyParameters",
  reward: "rewardParameters",
};
/** Default for the most seeds that one run has as replicas. */
const PACK = 8;

const isPlain = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
const OBJECT: Rule = { accepts: isPlain, words: 'an object, such as {"learningRate": [0.001, 0.003]}' };
const RANDOM: Rule = { accepts: isPlain, words: 'an object, such as {"draws": 20, "learningRate": {"logUniform": [0.0001, 0.01]}}' };
const LIST: Rule = {
  accepts: (value) => Array.isArray(value) && value.length > 0 && value.every(isPlain),
  words: 'a list of at least one object with settings, such as [{"objective": "tb"}]',
};
const VALUES: Rule = {
  accepts: (value) => Array.isArray(value) && value.length > 0,
  words: "a list of at least one value, such as [0.001, 0.003]",
};

/**
 * Reads the content of a sweep file.
 *
 * @param name name of the file in errors.
 * @param replicas most seeds per run, if the command line sets it.
 * @throws WebgfnError `argument` that names the first setting that is unknown or has a value of the wrong type.
 */
export function parseDescription(value: unknown, name: string, replicas?: number): SweepDescription {
  if (Array.isArray(value)) return parseDescription({ list: value }, name, replicas);
  if (!isPlain(value)) throw argumentError(`${name} must hold one object, such as {"environment": "sets", "grid": {"seed": [0, 1]}}`);
  const unknown = Object.keys(value).find((field) => !isField(field) && settingOf(field) === undefined);
  if (unknown !== undefined) throw unknownWord(`a field that ${name} may have`, unknown, [...Object.keys(SETTINGS), ...VARYING]);
  const { grid = {}, zip = {}, list, random, seeds, ...shared } = value;
  const valuesIn = (field: "grid" | "zip", given: unknown): Record<string, readonly unknown[]> => {
    requireRule(`${name}: ${field}`, given, OBJECT);
    for (const [key, values] of Object.entries(given as Settings)) {
      requireSetting(key, `${name}: ${field}`);
      requireRule(`${name}: ${field}.${key}`, values, VALUES);
      for (const [k, each] of (values as unknown[]).entries()) requireValue(key, each, `${name}: ${field}.${key}[${k}]`);
    }
    return given as Record<string, readonly unknown[]>;
  };
  const zipped = valuesIn("zip", zip);
  const lengths = Object.entries(zipped).map(([key, values]) => ({ key, length: values.length }));
  const other = lengths.find(({ length }) => length !== lengths[0]?.length);
  if (other !== undefined) {
    throw argumentError(
      `${name}: zip needs lists of one length, and ${lengths[0]?.key} has ${lengths[0]?.length}, ${other.key} ${other.length}`,
      "settings that vary on their own belong into grid",
    );
  }
  if (list !== undefined) requireRule(`${name}: list`, list, LIST);
  const listed = (list ?? []) as Settings[];
  for (const [k, settings] of listed.entries()) {
    for (const [key, each] of Object.entries(settings)) {
      requireSetting(key, `${name}: list[${k}]`);
      requireValue(key, each, `${name}: list[${k}].${key}`);
    }
  }
  const fixed = configurationOf(shared);
  const ofAll = parseConfiguration(JSON.stringify(fixed), name);
  const described = {
    fixed: ofAll,
    grid: valuesIn("grid", grid),
    zip: zipped,
    list: listed,
    random: random === undefined ? undefined : parseRandom(random, name),
    packs: packsOf(seeds, ofAll, name, replicas),
  };
  requireOnce(described, shared, name);
  return described;
}

function isField(field: string): boolean {
  return (VARYING as readonly string[]).includes(field);
}

/** The rule of a setting's value; `undefined` for a key that is not a setting. Parameters are checked by the part that they belong to. */
function settingOf(key: string): Rule | undefined {
  const [prefix = "", ...rest] = key.split(".");
  if (rest.length === 1 && rest[0] !== "" && Object.hasOwn(PREFIXES, prefix)) return ANYTHING;
  return Object.hasOwn(SETTINGS, key) ? SETTINGS[key]?.rule : undefined;
}

const ANYTHING: Rule = { accepts: (value) => value !== undefined, words: "a value" };

function requireSetting(key: string, where: string): void {
  if (settingOf(key) !== undefined && key !== "files") return;
  throw unknownWord(`a setting in ${where}`, key, [...Object.keys(SETTINGS), ...Object.keys(PREFIXES).map((prefix) => `${prefix}.NAME`)]);
}

function requireValue(key: string, value: unknown, where: string): void {
  requireRule(where, value, settingOf(key) as Rule);
}

function parseRandom(value: unknown, name: string): NonNullable<SweepDescription["random"]> {
  requireRule(`${name}: random`, value, RANDOM);
  const { draws, seed = 0, ...settings } = value as Record<string, unknown>;
  requireRule(`${name}: random.draws`, draws, rules.whole(1));
  requireRule(`${name}: random.seed`, seed, rules.whole(0));
  const entries = Object.entries(settings).map(([key, draw]): [string, Draw] => {
    requireSetting(key, `${name}: random`);
    return [key, parseDraw(draw, `${name}: random.${key}`)];
  });
  if (entries.length === 0) {
    throw argumentError(`${name}: random names no setting`, 'add one, such as "learningRate": {"logUniform": [0.0001, 0.01]}');
  }
  return { draws: draws as number, seed: seed as number, settings: Object.fromEntries(entries) };
}

/** Seeds as replicas: consecutive ones are one run, up to `replicas` of them. */
function packsOf(seeds: unknown, fixed: PartialConfiguration, name: string, replicas: number | undefined): SweepDescription["packs"] {
  if (seeds === undefined) {
    if (replicas === undefined) return [];
    throw argumentError(`--replicas says how many seeds a run has, and ${name} has no seeds`, 'add "seeds": 8, or "replicas": 8');
  }
  const isList = Array.isArray(seeds);
  if (isList) for (const [k, seed] of seeds.entries()) requireRule(`${name}: seeds[${k}]`, seed, rules.whole(0));
  else requireRule(`${name}: seeds`, seeds, rules.whole(1, 1e6));
  const all = isList ? [...new Set(seeds as number[])] : Array.from({ length: seeds as number }, (_, k) => (fixed.seed ?? 0) + k);
  all.sort((a, b) => a - b);
  const most = replicas ?? fixed.replicas ?? PACK;
  const packs: { seed: number; replicas: number }[] = [];
  for (const seed of all) {
    const last = packs.at(-1);
    if (last !== undefined && last.replicas < most && last.seed + last.replicas === seed) last.replicas++;
    else packs.push({ seed, replicas: 1 });
  }
  return packs;
}

/** @throws WebgfnError `argument` for a setting that the file gives twice: one of them would have no effect. */
function requireOnce({ grid, zip, list, random, packs }: SweepDescription, shared: Settings, name: string): void {
  const inValues = (values: SweepDescription["grid"]) =>
    Object.entries(values).flatMap(([key, all]) => [...new Set(all.flatMap((each) => settingsIn({ [key]: each })))]);
  for (const [k, settings] of list.entries()) requireDifferent([[`in list[${k}]`, settingsIn(settings)]], name);
  const places: Place[] = [
    ["in list", [...new Set(list.flatMap(settingsIn))]],
    ["in zip", inValues(zip)],
    ["in grid", inValues(grid)],
    ["in random", Object.keys(random?.settings ?? {})],
    ["by seeds", packs.length > 0 ? ["seed", "replicas"] : []],
  ];
  requireDifferent(places, name);
  // An entry of `list` may override fixed settings; `seed` and `replicas` determine how seeds are packed.
  requireDifferent(
    [["for all runs", settingsIn(shared)], ...places.filter(([place]) => place !== "in list" && place !== "by seeds")],
    name,
  );
}

/** The name of a part of a sweep file in messages, and the settings in it. */
type Place = readonly [place: string, settings: readonly string[]];

function requireDifferent(places: readonly Place[], name: string): void {
  const seen = new Map<string, string>();
  for (const [place, settings] of places) {
    for (const setting of settings) {
      const before = seen.get(setting);
      const where = before === place ? `twice ${place}` : `both ${before} and ${place}`;
      if (before !== undefined) throw argumentError(`${name}: ${setting} is set ${where}`, "leave one of them out");
      seen.set(setting, place);
    }
  }
}

/** The single settings that an object sets: `"env": {"items": 8}` sets `env.items`. */
function settingsIn(settings: Settings): string[] {
  return Object.entries(settings).flatMap(([key, value]) => {
    const prefix = Object.keys(PREFIXES).find((each) => PREFIXES[each] === key);
    return prefix === undefined || !isPlain(value) ? [key] : Object.keys(value).map((name) => `${prefix}.${name}`);
  });
}

/** Settings as fields of a configuration: `env.items` goes into `env`. */
function configurationOf(settings: Settings): PartialConfiguration {
  const fields: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(settings)) {
    const [prefix = "", name] = key.split(".");
    const field = name === undefined ? undefined : PREFIXES[prefix];
    if (field === undefined || name === undefined)
      fields[key] = isPlain(value) ? { ...(fields[key] as object | undefined), ...value } : value;
    else fields[field] = { ...(fields[field] as object | undefined), [name]: value };
  }
  return fields as PartialConfiguration;
}

/** The number of combinations, before refused and repeated ones are left out. */
export function sizeOf(description: SweepDescription): number {
  return axesOf(description).reduce((product, { size }) => product * size, 1);
}

/** The varying axes, the slowest first. */
function axesOf({ grid, zip, list, random, packs }: SweepDescription): { size: number; at(k: number): Settings }[] {
  const axes = [];
  if (list.length > 0) axes.push({ size: list.length, at: (k: number) => list[k] as Settings });
  const [zipped] = Object.values(zip);
  if (zipped !== undefined) {
    axes.push({ size: zipped.length, at: (k: number) => Object.fromEntries(Object.entries(zip).map(([key, values]) => [key, values[k]])) });
  }
  for (const [key, values] of Object.entries(grid)) axes.push({ size: values.length, at: (k: number) => ({ [key]: values[k] }) });
  if (random !== undefined) {
    const { draws, seed, settings } = random;
    const at = (k: number) => Object.fromEntries(Object.entries(settings).map(([key, draw]) => [key, drawn(draw, seed, key, k)]));
    axes.push({ size: draws, at });
  }
  if (packs.length > 0) axes.push({ size: packs.length, at: (k: number) => packs[k] as Settings });
  return axes;
}

/** The varying settings of combination `index`. */
export function settingsAt(description: SweepDescription, index: number): Settings {
  let rest = index;
  let settings: Settings = {};
  for (const { size, at } of axesOf(description).reverse()) {
    settings = { ...at(rest % size), ...settings };
    rest = Math.floor(rest / size);
  }
  return settings;
}

/** The settings of a combination together with the fixed ones. */
export function combined({ fixed }: SweepDescription, settings: Settings): PartialConfiguration {
  return overlay(fixed, flattened(configurationOf(settings)));
}
