import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from "@webgfn/sampler";
import { type AdapterDescription, WebgfnError } from "@webgfn/tensor";
import { inBrief } from "@webgfn/tensor/internal";
import type { Column, Progress } from "@webgfn/trainer";
import { columns, inOrder, requireColumn } from "@webgfn/trainer/internal";
import { recordedConfiguration } from "../complete-configuration.js";
import { type Configuration, parseConfiguration } from "../configuration.js";
import { line } from "../json.js";
import { FolderLock } from "./folder-lock.js";
import { replaceFile } from "./replace-file.js";

const CONFIGURATION = "config.json";
const METRICS = "metrics.jsonl";
const COLUMNS = "columns.json";
const CHECKPOINT = "checkpoint.safetensors";

/** One line of the metrics. */
export interface Evaluation extends Progress {
  /** Where the steps before it ran: without it, seconds say little. */
  adapter?: AdapterDescription;
}

/** A folder that holds one run: its configuration, what is measured, one line per evaluation, and its latest checkpoint. */
export class RunFolder {
  readonly path: string;
  #configuration: Configuration;
  #lock: FolderLock | undefined;

  private constructor(path: string, configuration: Configuration) {
    this.path = path;
    this.#configuration = configuration;
  }

  /** As it was written: parts of one's own are names of files, whose code is not loaded. */
  get configuration(): Configuration {
    return this.#configuration;
  }

  /** Whether a folder holds a run, which may have ended before its first checkpoint. */
  static holdsRun(path: string): boolean {
    return existsSync(join(path, CONFIGURATION));
  }

  /**
   * Says early, before an adapter is opened, whether a run can be written to `path`.
   *
   * @throws WebgfnError `file` when it holds a run already, or cannot be written.
   */
  static checkVacant(path: string): void {
    for (const name of [CONFIGURATION, COLUMNS, METRICS, CHECKPOINT]) {
      if (existsSync(join(path, name))) {
        const isWhole = RunFolder.holdsRun(path);
        throw new WebgfnError("file", `${path} already holds a run (${name}${isWhole ? "" : `, without its ${CONFIGURATION}`})`, {
          fix: isWhole
            ? `continue it with \`webgfn train --resume ${path}\`, or choose another --out`
            : `put its ${CONFIGURATION} back, or choose another folder`,
        });
      }
    }
    let ancestor = resolve(path);
    while (!existsSync(ancestor) && dirname(ancestor) !== ancestor) ancestor = dirname(ancestor);
    try {
      if (!statSync(ancestor).isDirectory()) throw new Error("it is not a folder");
      accessSync(ancestor, constants.W_OK);
    } catch (cause) {
      throw notWritable(path, `${ancestor}: ${reason(cause)}`);
    }
  }

  /** Makes the folder of a new run, for this process to write. */
  static create(path: string, configuration: Configuration): RunFolder {
    const folder = new RunFolder(path, configuration);
    folder.#writing(() => mkdirSync(path, { recursive: true }));
    folder.claim();
    try {
      RunFolder.checkVacant(path);
      folder.#writing(() => replaceFile(join(path, CONFIGURATION), `${JSON.stringify(configuration, null, 2)}\n`));
    } catch (error) {
      folder.release();
      throw error;
    }
    return folder;
  }

  /** Writes another configuration of the same run: one with more steps, or with files of one's own that have changed. */
  reconfigure(configuration: Configuration): void {
    this.#writing(() => replaceFile(join(this.path, CONFIGURATION), `${JSON.stringify(configuration, null, 2)}\n`));
    this.#configuration = configuration;
  }

  /**
   * Makes this process the one that writes the folder, until {@link release}.
   *
   * @throws WebgfnError `file` when another one is, or the folder cannot be written.
   */
  claim(): void {
    this.#writing(() => {
      this.#lock ??= FolderLock.take(this.path);
    });
  }

  release(): void {
    this.#lock?.release();
    this.#lock = undefined;
  }

  /**
   * Opens the folder of a run that was begun earlier.
   *
   * @throws WebgfnError `file` when it is missing, or not the folder of a run.
   */
  static open(path: string): RunFolder {
    if (!existsSync(path))
      throw new WebgfnError("file", `${path} does not exist`, { fix: "give the folder that a `webgfn train --out` wrote" });
    if (!statSync(path).isDirectory())
      throw new WebgfnError("file", `${path} is not a folder`, { fix: "give the folder that holds the run" });
    if (!existsSync(join(path, CONFIGURATION))) {
      throw new WebgfnError("file", `${path} is not the folder of a run: it has no ${CONFIGURATION}`, {
        fix: "give the folder that a `webgfn train --out` wrote",
      });
    }
    const file = join(path, CONFIGURATION);
    try {
      return new RunFolder(path, recordedConfiguration(parseConfiguration(readText(file), file)));
    } catch (cause) {
      if (cause instanceof WebgfnError && cause.code === "argument") {
        throw new WebgfnError("file", `${path} is not the folder of a run: ${cause.message}`, { cause });
      }
      throw cause;
    }
  }

  /** @throws WebgfnError `file` when there is none, it is damaged, or it belongs to another configuration. */
  readCheckpoint(): Checkpoint {
    const checkpoint = this.findCheckpoint();
    if (checkpoint !== undefined) return checkpoint;
    throw new WebgfnError("file", `${this.path} has no ${CHECKPOINT}: its run ended before the first one`, {
      fix: `begin it again with \`webgfn train --resume ${this.path}\``,
    });
  }

  /**
   * The latest checkpoint; `undefined` where the run ended before the first one.
   *
   * @throws WebgfnError `file` when it is damaged, or belongs to another configuration.
   */
  findCheckpoint(): Checkpoint | undefined {
    const file = join(this.path, CHECKPOINT);
    if (!existsSync(file)) return undefined;
    const { checkpoint, configuration: written } = readCheckpoint(file);
    const difference = differenceOf(written, this.configuration);
    if (difference !== undefined) {
      throw new WebgfnError(
        "file",
        `${this.path}/${CONFIGURATION} is not the configuration that ${CHECKPOINT} was written with: ${difference}`,
        { fix: "put the old one back; a run's configuration is fixed" },
      );
    }
    return checkpoint;
  }

  /** Replaces the checkpoint in one go: a reader sees the old one or the new one, never a part. */
  writeCheckpoint(checkpoint: Checkpoint): void {
    this.#writing(() => replaceFile(join(this.path, CHECKPOINT), encodeCheckpoint(checkpoint)));
  }

  /**
   * Says what the evaluations measure, so that reports need no code of a metric. Columns that an earlier session measured stay:
   * its evaluations have them.
   */
  writeColumns(measured: readonly Column[]): void {
    const earlier = this.readColumns([]).columns.filter(({ key }) => !measured.some((column) => column.key === key));
    this.#writing(() => replaceFile(join(this.path, COLUMNS), `${JSON.stringify(inOrder([...measured, ...earlier]), null, 2)}\n`));
  }

  /**
   * What the evaluations measure, for whoever only reads them. Where the file is missing or damaged: the built-in columns that
   * the evaluations have, and what is wrong with the file, if it is damaged.
   */
  readColumns(evaluations: readonly Evaluation[]): { columns: Column[]; fault?: string } {
    const file = join(this.path, COLUMNS);
    const builtIn = Object.values(columns).filter(({ key }) => evaluations.some(({ replicas }) => replicas.some((each) => key in each)));
    if (!existsSync(file)) return { columns: builtIn };
    try {
      return { columns: parseColumns(readText(file)) };
    } catch {
      return { columns: builtIn, fault: `${COLUMNS} is damaged, so that metrics of one's own are left out` };
    }
  }

  /** Adds an evaluation to the metrics. It is on the disk before any checkpoint of the same step. */
  appendMetrics(evaluation: Evaluation): void {
    this.#writing(() => {
      const file = openSync(join(this.path, METRICS), "a");
      try {
        writeFileSync(file, line(evaluation));
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
    });
  }

  /**
   * Removes the evaluations after `step`, which a continued run makes again, and returns the others.
   *
   * @throws WebgfnError `file` when a line is damaged other than by an interruption.
   */
  truncateMetrics(step: number): Evaluation[] {
    const file = join(this.path, METRICS);
    const text = existsSync(file) ? readText(file) : "";
    // The last line was cut off if no line feed ends it.
    const kept = text
      .split("\n")
      .slice(0, -1)
      .map((written, index) => ({ written, evaluation: parseEvaluation(written, `line ${index + 1} of ${file}`) }))
      .filter(({ evaluation }) => evaluation.step <= step);
    this.#writing(() => replaceFile(file, kept.map(({ written }) => `${written}\n`).join("")));
    return kept.map(({ evaluation }) => evaluation);
  }

  /**
   * The evaluations for whoever only reads them: those before the first line that is cut off or damaged, and what is wrong
   * with it.
   */
  readMetrics(): { evaluations: Evaluation[]; fault?: string } {
    const file = join(this.path, METRICS);
    if (!existsSync(file)) return { evaluations: [], fault: `there is no ${METRICS}` };
    const written = readText(file).split("\n");
    // An unfinished run may be writing its next line.
    const unfinished = written.pop() !== "";
    const evaluations: Evaluation[] = [];
    for (const [index, text] of written.entries()) {
      try {
        evaluations.push(parseEvaluation(text, METRICS));
      } catch {
        return { evaluations, fault: `line ${index + 1} of ${METRICS} is damaged` };
      }
    }
    return { evaluations, ...(unfinished ? { fault: `the last line of ${METRICS} is cut off` } : {}) };
  }

  #writing(action: () => void): void {
    try {
      action();
    } catch (cause) {
      throw cause instanceof WebgfnError ? cause : notWritable(this.path, reason(cause));
    }
  }
}

/**
 * A checkpoint by itself, with the configuration that it holds.
 *
 * @throws WebgfnError `file` when it cannot be read or is damaged.
 */
export function readCheckpoint(file: string): { checkpoint: Checkpoint; configuration: Configuration } {
  const checkpoint = decodeCheckpoint(readBytes(file), file);
  return { checkpoint, configuration: recordedConfiguration(parseConfiguration(checkpoint.configuration, `the configuration in ${file}`)) };
}

/**
 * The first field in which two configurations differ. A run that was extended has more steps now, and one may have accepted files
 * that have changed.
 */
function differenceOf(written: Configuration, now: Configuration): string | undefined {
  for (const field of Object.keys(now) as (keyof Configuration)[]) {
    if (field === "files" || (field === "steps" && written.steps < now.steps)) continue;
    const [before, after] = [inBrief(written[field]), inBrief(now[field])];
    if (JSON.stringify(written[field]) !== JSON.stringify(now[field])) return `${field} was ${before} and is ${after}`;
  }
  return undefined;
}

/** @throws where the text does not hold a list of columns with distinct keys. */
function parseColumns(text: string): Column[] {
  const parsed = JSON.parse(text) as unknown[];
  const found = parsed.map((column, k) => {
    requireColumn(`column ${k}`, column);
    return column;
  });
  if (new Set(found.map(({ key }) => key)).size < found.length) throw new WebgfnError("file", "two columns have the same key");
  return inOrder(found);
}

function parseEvaluation(text: string, name: string): Evaluation {
  try {
    const evaluation = JSON.parse(text) as Evaluation;
    const isObject = (value: unknown) => typeof value === "object" && value !== null;
    const { step, seconds, replicas } = evaluation;
    if (Number.isSafeInteger(step) && typeof seconds === "number" && Array.isArray(replicas) && replicas.every(isObject)) return evaluation;
  } catch {
    // Said below.
  }
  throw new WebgfnError("file", `${name} is not an evaluation`);
}

/**
 * Writes a text for people in one go, making its folder where there is none.
 *
 * @throws WebgfnError `file` when it cannot be written.
 */
export function writeText(path: string, text: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    replaceFile(path, text);
  } catch (cause) {
    throw notWritable(path, reason(cause));
  }
}

export function readText(path: string): string {
  return new TextDecoder().decode(readBytes(path));
}

function readBytes(path: string): Uint8Array {
  try {
    const kind = statSync(path);
    if (kind.isCharacterDevice() || kind.isBlockDevice()) throw new Error("it is a device and may never end");
    // A plain array with memory of its own: Node's buffers are views of a shared one.
    return new Uint8Array(readFileSync(path));
  } catch (cause) {
    throw new WebgfnError("file", `${path} cannot be read: ${reason(cause)}`, { cause });
  }
}

/** The error for a file or folder that the user chose and that cannot be written. */
export function notWritable(path: string, why: string): WebgfnError {
  return new WebgfnError("file", `${path} cannot be written: ${why}`, { fix: "choose another --out, or make room" });
}

/** The system's words for a failure, without the call and the path that Node adds. */
export function reason(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  if (message.startsWith("EISDIR")) return "it is a folder";
  return message.replace(/^[A-Z]+: /, "").replace(/, .*$/, "");
}
