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
 * A folder that holds one run: its configuration, what is measured, one line per evaluation, and its latest checkpoint.
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
  /** Whether somebody else took the lock, and gives it back. */
  #isLent = false;
  /** A process that was frozen between a look at its lease and its write must not write over another one's files. */
  readonly #options = { permit: () => this.#lock?.requireHeld() };

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
    requireArgument.path(path);
    return existsSync(join(path, CONFIGURATION));
  }

  /**
   * Says early, before an adapter is opened, whether a run can be written to `path`. To find out, it makes a folder and removes it.
   *
   * @throws WebgfnError `file` when it holds a run already, or cannot be written.
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
   * Says early whether the checkpoints of a configuration can be read back: the text of its files is kept in their headers.
   *
   * @throws WebgfnError `file` when it is longer than a header may be.
   */
  static checkSavable(configuration: Configuration): void {
    requireArgument.object("the configuration", configuration);
    requireSavable(line(configuration));
  }

  /** Makes the folder of a new run, for this process to write. `lock`: one that it has taken before, and gives back itself. */
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

  /** Writes another configuration of the same run: one with more steps, or with files of one's own that have changed. */
  reconfigure(configuration: Configuration): void {
    this.#write(CONFIGURATION, `${JSON.stringify(configuration, null, 2)}\n`);
    this.#configuration = configuration;
  }

  /**
   * Makes this process the one that writes the folder, until {@link release}, and removes what a killed one left half written.
   *
   * @param lock one that it has taken before, and gives back itself.
   * @throws WebgfnError `file` when another process writes it, or the folder cannot be written.
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
   * Opens the folder of a run that was begun earlier.
   *
   * @throws WebgfnError `file` when it is missing, or not the folder of a run.
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

  /** @throws WebgfnError `file` when there is none, it is damaged, or it belongs to another configuration. */
  readCheckpoint(): Checkpoint {
    const checkpoint = this.findCheckpoint();
    if (checkpoint !== undefined) return checkpoint;
    throw new WebgfnError("file", `${this.path} has no ${CHECKPOINT}: its run ended before the first one`, {
      fix: `begin it again with \`${shellLine("webgfn", "train", "--resume", pathWord(this.path))}\``,
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

  /** Replaces the checkpoint in one go: a reader sees the old one or the new one, never a part. */
  writeCheckpoint(checkpoint: Checkpoint): void {
    this.#writing(() => writeCheckpointFile(join(this.path, CHECKPOINT), checkpoint, this.#options));
  }

  /**
   * Says what the evaluations measure, so that reports need no code of a metric. Columns that an earlier session measured stay:
   * its evaluations have them.
   */
  writeColumns(measured: readonly Column[]): void {
    const earlier = this.readColumns([]).columns.filter(({ key }) => !measured.some((column) => column.key === key));
    this.#write(COLUMNS, `${JSON.stringify(inOrder([...measured, ...earlier]), null, 2)}\n`);
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
      return { columns: parseColumns(readOwn(file)) };
    } catch {
      return { columns: builtIn, fault: `${COLUMNS} is damaged, so that metrics of one's own are left out` };
    }
  }

  /** Adds an evaluation to the metrics. It is on the disk before any checkpoint of the same step. */
  appendMetrics(evaluation: Evaluation): void {
    this.#writing(() => appendToFile(join(this.path, METRICS), line(evaluation), this.#options.permit));
  }

  /**
   * Removes the evaluations after `step`, which a continued run makes again, and returns the others.
   *
   * @throws WebgfnError `file` when a line is damaged other than by an interruption.
   */
  truncateMetrics(step: number): Evaluation[] {
    const file = join(this.path, METRICS);
    const text = existsSync(file) ? readOwn(file) : "";
    // The last line was cut off if no line feed ends it.
    const kept = text
      .split("\n")
      .slice(0, -1)
      .map((written, index) => ({ written, evaluation: parseEvaluation(written, `line ${index + 1} of ${file}`) }))
      .filter(({ evaluation }) => evaluation.step <= step);
    this.#write(METRICS, kept.map(({ written }) => `${written}\n`).join(""));
    return kept.map(({ evaluation }) => evaluation);
  }

  /**
   * The evaluations for whoever only reads them: those before the first line that is cut off or damaged, and what is wrong
   * with it.
   */
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

  /** Replaces one of the run's files. A link in its place is replaced, too, and what it points to stays as it is. */
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

/** Whether a name is in use, also by a link that points to nothing. */
function isTaken(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    // Not below a folder, which is said when it comes to writing.
    return false;
  }
}

/** Reads one of a run's files. A folder from somebody else may hold a pipe in its place, which would never end. */
function readOwn(file: string): string {
  requireRegular(file);
  return readText(file);
}

function requireRegular(file: string): void {
  if (statSync(file, { throwIfNoEntry: false })?.isFile() === false) throw notReadable(file, "it is not a regular file");
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
