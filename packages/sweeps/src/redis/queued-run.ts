import { environmentDeclarations } from "@webgfn/envs";
import { type Configuration, parseConfiguration } from "@webgfn/runs";
import { isCommand, type OwnPart, ownParts } from "@webgfn/runs/internal";
import { optionOf, shellLine } from "@webgfn/runs/node/internal";
import { rules } from "@webgfn/tensor";
import { argumentError } from "@webgfn/tensor/internal";
import { configurationHash } from "../configuration-hash.js";
import type { Settings } from "../description.js";
import type { PlannedRun } from "../plan.js";

/** The default queue. */
export const QUEUE = "webgfn";
/** The name of the jobs, shown in a queue's dashboard. */
export const JOB = "run";
const VERSION = 1;

/** The data of a job in a queue. */
export interface QueuedRun {
  readonly version: number;
  /** The index in the sweep's plan, and the run's own settings, for people. */
  readonly index: number;
  readonly settings: Settings;
  readonly configuration: Configuration;
  /** Whether the submitter has a folder of the unfinished run, from which a worker can resume. */
  readonly isBegun?: boolean;
}

/** A job that a worker may carry out, with the name of its folder. */
export interface AcceptedRun extends QueuedRun {
  readonly hash: string;
}

/** The id of a run's job. BullMQ refuses ids of digits only, which a hash may be. */
export function jobIdOf({ hash }: Pick<PlannedRun, "hash">): string {
  return `run-${hash}`;
}

/** The name of the queue. Runs that are sent back through Redis have a separate queue, because their workers need no shared disk. */
export function queueNameOf(name: string, collects: boolean): string {
  if (!/^[\w.-]{1,100}$/.test(name)) {
    throw argumentError(`--queue must be a name of letters, digits, points and dashes, not "${name}"`);
  }
  return collects ? `${name}-collect` : name;
}

export function queuedRun(index: number, settings: Settings, configuration: Configuration, isBegun: boolean): QueuedRun {
  return { version: VERSION, index, settings, configuration, ...(isBegun && { isBegun }) };
}

/**
 * Reads a job from Redis, which anybody with the password may have written. It must be a configuration with the hash of its id. It must not
 * name files to read, and code and commands only if the worker's command line names them, too.
 *
 * @param allowed code and commands that the worker's command line names.
 * @throws WebgfnError `argument` for anything else.
 */
export function readQueuedRun(id: string | undefined, data: unknown, allowed: readonly OwnPart[]): AcceptedRun {
  const { version, index, settings, configuration, isBegun } = (
    typeof data === "object" && data !== null ? data : {}
  ) as Partial<QueuedRun>;
  if (version !== VERSION || !rules.whole(0).accepts(index) || typeof settings !== "object" || settings === null) {
    throw argumentError("the job is none of this version of webgfn", "submit with the version that the workers have");
  }
  const parsed = parseConfiguration(JSON.stringify(configuration) ?? "", "the job's configuration") as Configuration;
  const hash = configurationHash(parsed);
  if (id !== jobIdOf({ hash })) throw argumentError("the job's configuration is not the one that its id names", "submit it again");
  requireNoPaths(parsed);
  requireNamed(parsed, allowed);
  return { version, index: index as number, settings, configuration: parsed, hash, isBegun: isBegun === true };
}

/** A planned configuration contains the contents of its files. A path would make the worker read a file of its own machine. */
function requireNoPaths(configuration: Configuration): void {
  const { environment, env } = configuration;
  const { parameters = {} } = Object.hasOwn(environmentDeclarations, environment) ? (environmentDeclarations[environment] ?? {}) : {};
  const isPath = (value: unknown) => value !== undefined && typeof value !== "object";
  const fields = (["objects", "prior", "rewardTable", "rewardNetwork"] as const).filter((field) => isPath(configuration[field]));
  const files = Object.entries(parameters).filter(([name, { file }]) => file === true && isPath(env?.[name]));
  const [field] = [...fields, ...files.map(([name]) => `env.${name}`)];
  if (field === undefined) return;
  throw argumentError(
    `the job names a file by ${field}, and workers read no files`,
    "submit it by `webgfn sweep submit`, which sends the contents",
  );
}

function requireNamed(configuration: Configuration, allowed: readonly OwnPart[]): void {
  const missing = ownParts(configuration, true).filter(
    ({ role, name }) => !allowed.some((part) => part.role === role && part.name === name),
  );
  if (missing.length === 0) return;
  const names = missing.map(({ role, name }) => (isCommand(name) ? `a ${name}` : `${role} ${name}`));
  throw argumentError(
    `the run needs code of one's own (${names.join(", ")}), which a worker only loads where its command line names it`,
    `start the worker with ${missing.map((part) => shellLine(...optionOf(part))).join(" ")}`,
  );
}
