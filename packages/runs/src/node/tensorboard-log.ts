import { lstatSync, readdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { WebgfnError } from "@webgfn/tensor";
import { argumentError, requireArgument } from "@webgfn/tensor/internal";
import type { Column } from "@webgfn/trainer";
import type { Evaluation } from "./evaluation.js";
import { openingRecords, type Scalar, scalarRecord } from "./event-file.js";
import { RunFolder } from "./run-folder.js";
import { notWritable, reason } from "./user-files.js";
import { appendToFile, emptyFile, makeFolder, requireNoLinks } from "./write-file.js";

/** Label and help of the curves that are not columns of a metric. */
const SPEED = { label: "steps per second", help: "training steps per second since the evaluation before, evaluations left out" };
const REWARDS = { label: "rewards evaluated", help: "objects that the reward on the host was given so far, by all replicas together" };

/** Names of the event files that this class writes. TensorBoard reads every file with `tfevents` in its name, in the order of names. */
const OWN_FILE = /^events\.out\.tfevents\.(\d{10})\.webgfn$/;

/** One replica's event file. */
interface EventFile {
  folder: string;
  path: string;
  /** The curves whose label and help are already written. */
  described: Set<string>;
}

/**
 * The evaluations of a run for TensorBoard: a file of events for each replica, `RUN/tensorboard/seed-SEED/events.out.tfevents.TIME.webgfn`.
 *
 * Every session of a run starts new files with all evaluations so far and empties those of earlier sessions. So the curves are complete and
 * have no repeated steps, whatever was logged before. A running TensorBoard finds the new file by its name. It would not notice a rewritten
 * file, and its Python reader never moves on from a removed one.
 *
 * @example
 * ```ts
 * import { RunFolder, TensorBoardLog } from "@webgfn/runs/node";
 * import { openDevice, Trainer, completeConfiguration, trainerOptions } from "webgfn";
 * const configuration = completeConfiguration({ environment: "sets", env: { items: 10, size: 5 }, steps: 60 });
 * const [folder, device] = [RunFolder.create("runs/program", configuration), await openDevice()];
 * const trainer = await Trainer.create(device, trainerOptions(configuration));
 * folder.writeColumns(trainer.columns);
 * const log = new TensorBoardLog(folder, []);
 * for await (const evaluation of trainer.run()) log.append(evaluation);
 * ```
 */
export class TensorBoardLog {
  readonly #folder: string;
  readonly #columns: readonly Column[];
  readonly #files: readonly EventFile[];

  /**
   * @param run the run's folder, which this process writes. Its columns become curves.
   * @param evaluations the run's evaluations so far.
   * @throws WebgfnError `file` when a file cannot be written.
   */
  constructor(run: RunFolder, evaluations: readonly Evaluation[]) {
    if (!(run instanceof RunFolder)) throw argumentError("run must be a RunFolder", "open one: RunFolder.open(path)");
    requireArgument.list("evaluations", evaluations);
    const parent = resolve(run.path);
    this.#folder = join(parent, "tensorboard");
    this.#columns = run.readColumns(evaluations).columns;
    const { seed, replicas } = run.configuration;
    const now = Date.now() / 1000;
    this.#files = Array.from({ length: replicas }, (_, r) => {
      const folder = join(this.#folder, `seed-${seed + r}`);
      return {
        folder,
        path: join(
          folder,
          this.#writing(() => newName(parent, folder, now)),
        ),
        described: new Set(),
      };
    });
    const records = this.#files.map((file, r) => [
      ...openingRecords(now),
      ...evaluations.map((evaluation) => this.#record(file, r, evaluation, now)),
    ]);
    this.#writing(() => {
      for (const [r, { path }] of this.#files.entries()) appendToFile(path, Buffer.concat(records[r] ?? []));
      // Only now, so that the older files survive a full disk.
      for (const { folder, path } of this.#files) retireOthers(folder, path);
    });
  }

  /**
   * Adds an evaluation to the file of each replica.
   *
   * @throws WebgfnError `file` when a file cannot be written.
   */
  append(evaluation: Evaluation): void {
    const records = this.#files.map((file, r) => this.#record(file, r, evaluation, Date.now() / 1000));
    this.#writing(() => {
      for (const [r, { path }] of this.#files.entries()) appendToFile(path, records[r] ?? "");
    });
  }

  /** @param now the time for an evaluation without a time. */
  #record({ described }: EventFile, replica: number, evaluation: Evaluation, now: number): Uint8Array {
    const { step, time } = evaluation;
    const scalars = this.#curves(replica, evaluation).map(({ tag, value, about }) => ({
      tag,
      value,
      ...(!described.has(tag) && { about }),
    }));
    for (const { tag } of scalars) described.add(tag);
    return scalarRecord(time === undefined ? now : Date.parse(time) / 1000, step, scalars);
  }

  /** The numbers that an evaluation has for a replica. */
  #curves(replica: number, { replicas, stepsPerSecond, rewards }: Evaluation): Required<Scalar>[] {
    const values: Readonly<Record<string, unknown>> = { ...replicas[replica] };
    const curves = [
      ...this.#columns.map((column) => ({ tag: column.key, value: values[column.key], about: column })),
      { tag: "stepsPerSecond", value: stepsPerSecond, about: SPEED },
      { tag: "rewards.evaluated", value: rewards?.evaluated, about: REWARDS },
    ];
    return curves.flatMap(({ value, ...curve }) => {
      // metrics.jsonl has null in place of NaN and infinite numbers.
      const number = value === null ? Number.NaN : value;
      return typeof number === "number" ? [{ ...curve, value: number }] : [];
    });
  }

  #writing<T>(action: () => T): T {
    try {
      return action();
    } catch (cause) {
      throw cause instanceof WebgfnError ? cause : notWritable(this.#folder, reason(cause));
    }
  }
}

/** Makes a replica's folder if needed, and finds a name that sorts after those of earlier sessions, even if a clock was ahead. */
function newName(parent: string, folder: string, now: number): string {
  requireNoLinks(parent, folder);
  makeFolder(folder);
  const times = readdirSync(folder).flatMap((name) => OWN_FILE.exec(name)?.[1] ?? []);
  return `events.out.tfevents.${Math.max(Math.floor(now), ...times.map((time) => Number(time) + 1))}.webgfn`;
}

/** Empties the file of the previous session. An empty file is from an earlier session: every reader has left it. */
function retireOthers(folder: string, path: string): void {
  const others = readdirSync(folder)
    .filter((name) => OWN_FILE.test(name))
    .map((name) => join(folder, name));
  for (const other of others.filter((each) => each !== path)) {
    if (lstatSync(other).size > 0) emptyFile(other);
    else rmSync(other);
  }
}
