import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { type Environment, hostReward, type RewardFunction } from "@webgfn/envs";
import { WebgfnError } from "@webgfn/tensor";
import { argumentError, requireRule } from "@webgfn/tensor/internal";
import type { Metric } from "@webgfn/trainer";
import type { Configuration } from "../configuration.js";
import { commandOf, isCommand, isFileReference, shortName, splitReference } from "../file-reference.js";
import { ENVIRONMENT_RULE, PART_RULES } from "../part-rules.js";
import { type OwnPart, ownParts, type Parts } from "../parts.js";
import { commandReward } from "./command-reward.js";
import { commandLine } from "./shell.js";
import { loadUserModule } from "./user-module.js";

type Role = OwnPart["role"];
/** The roles of parts. */
export const ROLES: readonly Role[] = ["environment", "objective", "policy", "estimator", "metric", "reward"];

/** Objects from the user's files, and the SHA-256 of each file by its path. */
export interface OwnFiles {
  parts: Parts;
  files: Record<string, string>;
}

/** Loads one part. The code of its file runs, so the file must have been named by the user. */
async function loadPart({ role, name }: OwnPart): Promise<unknown> {
  if (isCommand(name)) return commandReward(commandOf(name));
  const value = await loadUserModule(name);
  requireRule(name, value, PART_RULES[role]);
  if (role === "reward") return typeof value === "function" ? hostReward(value as RewardFunction, { name: shortName(name) }) : value;
  return typeof value === "function" ? maker(name, value as (parameters: object) => unknown) : value;
}

/** A function that makes an environment, with errors that name it. */
function maker(name: string, make: (parameters: object) => unknown): (parameters: object) => Environment {
  return (parameters) => {
    let made: unknown;
    try {
      made = make(parameters);
    } catch (cause) {
      if (cause instanceof WebgfnError) throw cause;
      throw argumentError(`${name} cannot make an environment: ${cause instanceof Error ? cause.message : String(cause)}`);
    }
    requireRule(`what ${name} returns`, made, ENVIRONMENT_RULE);
    return made as Environment;
  };
}

/** The path in `./knapsack.mjs#knapsack`. */
function pathOf(name: string): string {
  return splitReference(name).path;
}

function hashOf(name: string): string {
  return createHash("sha256")
    .update(readFileSync(pathOf(name)))
    .digest("hex");
}

/**
 * Loads parts from files that the user named.
 *
 * @throws WebgfnError `argument` for a file that is missing, cannot be loaded, or exports no such part.
 */
export async function loadOwnFiles(named: readonly OwnPart[]): Promise<OwnFiles> {
  const parts: Record<string, unknown> = {};
  const metrics: Metric[] = [];
  const files: Record<string, string> = {};
  for (const part of named) {
    const loaded = await loadPart(part);
    if (part.role === "metric") metrics.push(loaded as Metric);
    else parts[part.role] = loaded;
    if (!isCommand(part.name)) files[pathOf(part.name)] = hashOf(part.name);
  }
  return { parts: { ...parts, ...(metrics.length > 0 ? { metrics } : {}) }, files };
}

/** Facts about a run, for a command that reads it. */
interface RunToRead {
  /** Name of the run in errors: its folder. */
  where: string;
  /** The configuration as it was written. */
  configuration: Configuration;
  /** Roles of the parts that the command needs; others are not loaded. */
  roles: readonly Role[];
  /** The command without options for files, such as `["sample", "runs/knapsack"]`. */
  words: readonly string[];
  /** Whether files may have changed. */
  acceptsChanges: boolean;
}

/** A part of a run and the file that the user named for it. */
interface Match {
  recorded: OwnPart;
  named: OwnPart;
}

/** The name of an export; without one, the default export or the only one. */
function exportOf(name: string): string | undefined {
  return isFileReference(name) ? splitReference(name).name : name;
}

/** Finds the named part of the same role; if there are several, the one with the same export. */
function matchFor(recorded: OwnPart, named: readonly OwnPart[]): OwnPart | undefined {
  const candidates = named.filter(({ role }) => role === recorded.role);
  const same = candidates.find(({ name }) => exportOf(name) === exportOf(recorded.name));
  return same ?? (recorded.role !== "metric" && candidates.length === 1 ? candidates[0] : undefined);
}

/** The option that names a part. */
export function optionOf({ role, name }: OwnPart): string[] {
  if (isCommand(name)) return ["--reward-command", commandOf(name)];
  return [`--${role}`, isFileReference(name) ? name : `FILE.mjs#${name}`];
}

/** The error for a run whose files are not named; `undefined` if they all are. */
export function unnamedFiles({ where, configuration, roles, words }: RunToRead, named: readonly OwnPart[]): WebgfnError | undefined {
  const needed = ownParts(configuration, true).filter(({ role }) => roles.includes(role));
  const missing = needed.filter((part) => matchFor(part, named) === undefined);
  if (missing.length === 0) return undefined;
  const texts = missing.map(({ role, name }) => `${role} ${name}`);
  const options = needed.flatMap(optionOf);
  return argumentError(
    `${where} was trained with code of one's own (${texts.join(", ")}), which is only loaded where you name its file`,
    `run: ${commandLine(...words, ...options)}`,
  );
}

/**
 * Loads the parts of a run from files that the user named, and compares the files with those at the start of the run.
 *
 * @throws WebgfnError `argument` if a file is not named, has changed, or is not the run's.
 */
export async function partsOfRun(run: RunToRead, named: readonly OwnPart[]): Promise<OwnFiles> {
  const { where, configuration, roles, acceptsChanges } = run;
  const unnamed = unnamedFiles(run, named);
  if (unnamed !== undefined) throw unnamed;
  const needed = ownParts(configuration, true).filter(({ role }) => roles.includes(role));
  const matches = needed.map((recorded): Match => ({ recorded, named: matchFor(recorded, named) as OwnPart }));
  const files = { ...configuration.files };
  for (const match of matches) requireSameExport(where, match);
  const loaded = await loadOwnFiles(matches.map(({ named: { name }, recorded: { role } }) => ({ role, name })));
  for (const { recorded, named: part } of matches) {
    if (isCommand(recorded.name)) continue;
    const path = pathOf(recorded.name);
    const hash = loaded.files[pathOf(part.name)] as string;
    const before = configuration.files?.[path];
    if (before !== undefined && before !== hash && !acceptsChanges) {
      throw argumentError(
        `${pathOf(part.name)} has changed since ${where} began with it`,
        "restore it, start a new run, or go on with the new file by --accept-changed-files",
      );
    }
    files[path] = hash;
  }
  return { parts: loaded.parts, files };
}

function requireSameExport(where: string, { recorded, named }: Match): void {
  const [before, now] = [exportOf(recorded.name), exportOf(named.name)];
  if (before === undefined || now === undefined || before === now) return;
  throw argumentError(`${where} was trained with the ${recorded.role} ${recorded.name}, not with ${named.name}`);
}

/** @throws WebgfnError `argument` for a file that is named in place of a built-in part. */
export function requireOwn(where: string, configuration: Configuration, named: readonly OwnPart[]): void {
  const own = ownParts(configuration, true);
  const isOf = ({ role, name }: OwnPart) =>
    own.some((part) => part.role === role && (role !== "metric" || exportOf(part.name) === exportOf(name)));
  const strange = named.find((part) => !isOf(part));
  if (strange === undefined) return;
  const trained = strange.role === "metric" ? "other metrics" : `the ${strange.role} ${configuration[strange.role]}`;
  throw argumentError(`${where} was trained with ${trained}, not with ${strange.name}`, `leave --${strange.role} out`);
}
