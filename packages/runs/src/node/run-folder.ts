import { existsSync, lstatSync, mkdtempSync, readdirSync, rmdirSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Checkpoint } from "@webgfn/sampler";
import { requireSavable } from "@webgfn/sampler/internal";
import { WebgfnError } from "@webgfn/tensor";
import { inBrief, requireArgument } from "@webgfn/tensor/internal";
import type { Column } from "@webgfn/trainer";
import { columns, inOrder, requireColumn } from "@webgfn/trainer/internal";
import { recordedConfiguration } from "../complete-configuration.js";
import { type Configuration, parseConfiguration } from "../configuration.js";
import { line } from "../json.js";
import { readCheckpoint, writeCheckpointFile } from "./checkpoint-file.js";
import { type Evaluation, parseEvaluation } from "./evaluation.js";
import { FolderLock } from "./folder-lock.js";
import { pathWord, shellLine } from "./shell.js";
import { notReadable, notWritable, readText, reason } from "./user-files.js";
import { appendToFile, makeFolder, removeTemporaryFiles, writeFile } from "./write-file.js";

const CONFIGURATION = "config.json";
const METRICS = "metrics.jsonl";
const COLUMNS = "columns.json";
const CHECKPOINT = "checkpoint.safetensors";
const FILES = [CONFIGURATION, COLUMNS, METRICS, CHECKPOINT];

/**
 * A folder that holds one run: its configuration, its columns, one line per evaluation, and its latest checkpoint.
 *
 * @example
 * ```ts
 * import { RunFolder } from "@webgfn/runs/node";
 * const folder = RunFolder.open("runs/sets");
 * const { evaluations } = folder.readMetrics();
 * console.log(folder.configuration.objective, evaluations.at(-1)?.step, evaluations.at(-1)?.l1);
 * ```
 */
export class RunFolder {
  readonly path: string;
  #configuration: Configuration;
  #lock: FolderLock | undefined;
  /** Whether the caller took the lock, and releases it. */
  #isLent = false;
  /** A process that was frozen between the check of its lease and its write must not overwrite another one's files. */
  readonly #options = { permit: () => this.#lock?.requireHeld() };

  private constructor(path: string, configuration: Configuration) {
    this.path = path;
    this.#configuration = configuration;
  }

  /** The configuration as it was written. User-defined parts are names of files, whose code is not loaded. */
  get configuration(): Configuration {
    return this.#configuration;
  }

  /** Whether a folder holds a run, which may have ended before its first checkpoint. */
  static holdsRun(path: string): boolean {
    requireArgument.path(path);
    return existsSync(join(path, CONFIGURATION));
  }

  /**
   * Checks, before an adapter is opened, that a run can be written to `path`. To find out, it makes a folder and removes it.
   *
   * @throws WebgfnError `file` if it already holds a run, or cannot be written.
   */
  static checkVacant(path: string): void {
    requireArgument.path(path);
    for (const name of FILES) {
      if (isTaken(join(path, name))) {
        const isWhole = RunFolder.holdsRun(path);
        throw new WebgfnError("file", `${path} already holds a run (${name}${isWhole ? "" : `, without its ${CONFIGURATION}`})`, {
          fix: isWhole
            ? `continue it with \`${shellLine("webgfn", "train", "--resume", pathWord(path))}\`, or choose another --out`
            : `put its ${CONFIGURATION} back, or choose another folder`,
        });
      }
    }
    let ancestor = resolve(path);
    try {
      while (statSync(ancestor, { throwIfNoEntry: false }) === undefined && dirname(ancestor) !== ancestor) ancestor = dirname(ancestor);
      if (!statSync(ancestor).isDirectory()) throw new Error("it is not a folder");
      rmdirSync(mkdtempSync(join(ancestor, ".webgfn-")));
    } catch (cause) {
      throw notWritable(path, `${ancestor}: ${reason(cause)}`);
    }
  }

  /**
   * Checks early that checkpoints with a configuration can be read back: their headers contain the text of its files.
   *
   * @throws WebgfnError `file` if it is too long for a header.
   */
  static checkSavable(configuration: Configuration): void {
    requireArgument.object("the configuration", configuration);
    requireSavable(line(configuration));
  }

  /** Makes the folder of a new run, for this process to write. `lock`: a lock that the caller has taken before, and releases itself. */
  static create(path: string, configuration: Configuration, lock?: FolderLock): RunFolder {
    requireArgument.path(path);
    requireArgument.object("the configuration", configuration);
    const folder = new RunFolder(path, configuration);
    folder.#writing(() => makeFolder(path));
    folder.claim(lock);
    try {
      RunFolder.checkVacant(path);
      folder.#write(CONFIGURATION, `${JSON.stringify(configuration, null, 2)}\n`);
    } catch (error) {
      folder.release();
      throw error;
    }
    return folder;
  }

  /** Replaces the configuration of the run by one with more steps, or with changed user files. */
  reconfigure(configuration: Configuration): void {
    this.#write(CONFIGURATION, `${JSON.stringify(configuration, null, 2)}\n`);
    this.#configuration = configuration;
  }

  /**
   * Takes the folder's lock for this process, until {@link release}, and removes unfinished files of killed processes.
   *
   * @param lock a lock that the caller has taken before, and releases itself.
   * @throws WebgfnError `file` if another process writes the folder, or it cannot be written.
   */
  claim(lock?: FolderLock): void {
    this.#writing(() => {
      if (this.#lock === undefined) {
        this.#lock = lock ?? FolderLock.take(this.path);
        this.#isLent = lock !== undefined;
      }
      removeTemporaryFiles(this.path, readdirSync(this.path), FILES);
    });
  }

  release(): void {
    if (!this.#isLent) this.#lock?.release();
    this.#lock = undefined;
  }

  /**
   * Opens the folder of an existing run.
   *
   * @throws WebgfnError `file` if it is missing, or not the folder of a run.
   */
  static open(path: string): RunFolder {
    requireArgument.path(path);
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
      return new RunFolder(path, recordedConfiguration(parseConfiguration(readOwn(file), file)));
    } catch (cause) {
      if (cause instanceof WebgfnError && cause.code === "argument") {
        throw new WebgfnError("file", `${path} is not the folder of a run: ${cause.message}`, { cause });
      }
      throw cause;
    }
  }

  /** Reads the latest checkpoint. @throws WebgfnError `file` if there is none, it is damaged, or it belongs to another configuration. */
  readCheckpoint(): Checkpoint {
    const checkpoint = this.findCheckpoint();
    if (checkpoint !== undefined) return checkpoint;
    throw new WebgfnError("file", `${this.path} has no ${CHECKPOINT}: its run ended before the first one`, {
      fix: `begin it again with \`${shellLine("webgfn", "train", "--resume", pathWord(this.path))}\``,
    });
  }

  /**
   * The latest checkpoint; `undefined` if the run ended before the first one.
   *
   * @throws WebgfnError `file` if it is damaged, or belongs to another configuration.
   */
  findCheckpoint(): Checkpoint | undefined {
    const file = join(this.path, CHECKPOINT);
    if (!existsSync(file)) return undefined;
    requireRegular(file);
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

  /** Replaces the checkpoint atomically: a reader sees the old one or the new one. */
  writeCheckpoint(checkpoint: Checkpoint): void {
    this.#writing(() => writeCheckpointFile(join(this.path, CHECKPOINT), checkpoint, this.#options));
  }

  /**
   * Writes the columns of the evaluations, so that reports need no code of a metric. Columns of earlier sessions stay, because their
   * evaluations have them.
   */
  writeColumns(measured: readonly Column[]): void {
    const earlier = this.readColumns([]).columns.filter(({ key }) => !measured.some((column) => column.key === key));
    this.#write(COLUMNS, `${JSON.stringify(inOrder([...measured, ...earlier]), null, 2)}\n`);
  }

  /**
   * Reads the columns of the evaluations, for display. If the file is missing or damaged, it returns the built-in columns that the
   * evaluations have, and for a damaged file the `fault`.
   */
  readColumns(evaluations: readonly Evaluation[]): { columns: Column[]; fault?: string } {
    const file = join(this.path, COLUMNS);
    const builtIn = Object.values(columns).filter(({ key }) => evaluations.some(({ replicas }) => replicas.some((each) => key in each)));
    if (!existsSync(file)) return { columns: builtIn };
    try {
      return { columns: parseColumns(readOwn(file)) };
    } catch {
      return { columns: builtIn, fault: `${COLUMNS} is damaged, so that metrics of one's own are left out` };
    }
  }

  /** Appends an evaluation to the metrics. It is on the disk before any checkpoint of the same step. */
  appendMetrics(evaluation: Evaluation): void {
    this.#writing(() => appendToFile(join(this.path, METRICS), line(evaluation), this.#options.permit));
  }

  /**
   * Removes the evaluations after `step`, which a resumed run measures again, and returns the others.
   *
   * @throws WebgfnError `file` for a damaged line, except a last line that was cut off.
   */
  truncateMetrics(step: number): Evaluation[] {
    const file = join(this.path, METRICS);
    const text = existsSync(file) ? readOwn(file) : "";
    // A last line without a line feed was cut off.
    const kept = text
      .split("\n")
      .slice(0, -1)
      .map((written, index) => ({ written, evaluation: parseEvaluation(written, `line ${index + 1} of ${file}`) }))
      .filter(({ evaluation }) => evaluation.step <= step);
    this.#write(METRICS, kept.map(({ written }) => `${written}\n`).join(""));
    return kept.map(({ evaluation }) => evaluation);
  }

  /** Reads the evaluations, for display: those before the first damaged or incomplete line, and the `fault` of that line. */
  readMetrics(): { evaluations: Evaluation[]; fault?: string } {
    const file = join(this.path, METRICS);
    if (!existsSync(file)) return { evaluations: [], fault: `there is no ${METRICS}` };
    const written = readOwn(file).split("\n");
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

  /** Replaces one of the run's files. A link is replaced, too; its target does not change. */
  #write(name: string, text: string): void {
    this.#writing(() => writeFile(join(this.path, name), text, this.#options));
  }

  #writing(action: () => void): void {
    try {
      this.#lock?.requireHeld();
      action();
    } catch (cause) {
      throw cause instanceof WebgfnError ? cause : notWritable(this.path, reason(cause));
    }
  }
}

/** Whether a name is in use, even by a broken link. */
function isTaken(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    // A parent is not a folder; writing will report that.
    return false;
  }
}

/** Reads one of a run's files. A folder from somebody else may contain a pipe in its place, which would never end. */
function readOwn(file: string): string {
  requireRegular(file);
  return readText(file);
}

function requireRegular(file: string): void {
  if (statSync(file, { throwIfNoEntry: false })?.isFile() === false) throw notReadable(file, "it is not a regular file");
}

/**
 * The first field in which two configurations differ. Steps and hashes of files do not count: a run may have been extended, or have accepted
 * changed files.
 */
function differenceOf(written: Configuration, now: Configuration): string | undefined {
  for (const field of Object.keys(now) as (keyof Configuration)[]) {
    if (field === "files" || (field === "steps" && written.steps < now.steps)) continue;
    const [before, after] = [inBrief(written[field]), inBrief(now[field])];
    if (JSON.stringify(written[field]) !== JSON.stringify(now[field])) return `${field} was ${before} and is ${after}`;
  }
  return undefined;
}

/** @throws if the text is not a list of columns with distinct keys. */
function parseColumns(text: string): Column[] {
  const parsed = JSON.parse(text) as unknown[];
  const found = parsed.map((column, k) => {
    requireColumn(`column ${k}`, column);
    return column;
  });
  if (new Set(found.map(({ key }) => key)).size < found.length) throw new WebgfnError("file", "two columns have the same key");
  return inOrder(found);
}
