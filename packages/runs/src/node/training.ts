import type { Environment, RewardCounts } from "@webgfn/envs";
import type { Device } from "@webgfn/tensor";
import { type Column, checkpoint, type DeviceLoss, type Progress, restoreCheckpoint, Trainer } from "@webgfn/trainer";
import { trainerOptions } from "../complete-configuration.js";
import type { Configuration } from "../configuration.js";
import type { Parts } from "../parts.js";
import type { Rates } from "../results.js";
import type { Evaluation } from "./evaluation.js";
import type { FolderLock } from "./folder-lock.js";
import { type Follower, ProgressLine } from "./progress.js";
import { RunFolder } from "./run-folder.js";
import { TensorBoardLog } from "./tensorboard-log.js";
import { tunedShapes } from "./tile-shapes.js";

/** A run to begin or to resume. */
export interface Plan {
  configuration: Configuration;
  /** Objects in place of names in the configuration: the environment, because making one takes a while, and user-defined parts. */
  parts: Parts & { readonly environment: Environment };
  /** The folder of a new run; absent if it is not stored. */
  out?: string;
  /** The run to resume. */
  continued?: RunFolder;
  /** A lock on its folder that this process already holds. */
  lock?: FolderLock;
  /** Steps between checkpoints in this session. */
  checkpointEvery: number;
  /** A format in which evaluations are also written to the folder, for another program. */
  log?: LogFormat;
  /** Whether to use the fastest tile shapes, which are measured first unless they are stored. */
  tune?: boolean;
  /** Listener to the training. Default: a line on standard error. */
  follower?: Follower;
}

/** Programs that evaluations can be logged for. */
export const LOG_FORMATS = ["tensorboard"] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** Seconds of training between two checks of signals and updates of the progress line. */
const STRETCH = 0.5;

export interface Outcome {
  /** Steps taken, over all sessions. */
  step: number;
  finished: boolean;
  /** The evaluation before the first step, if it is known. */
  before: Progress | undefined;
  /** The latest evaluation. */
  after: Progress | undefined;
  /** All evaluations, including those of earlier sessions. */
  evaluations: readonly Progress[];
  /** The columns of the evaluations. */
  columns: readonly Column[];
  rates: Rates;
  /** The environment, with facts about its target that training found. */
  environment: Environment;
}

/** Trains as planned, and keeps the folder up to date. If the signal aborts, it ends early, with a checkpoint. */
export async function carryOut(device: Device, plan: Plan, signal: AbortSignal): Promise<Outcome> {
  const { configuration, parts, continued, lock, tune = false, follower: line = new ProgressLine(configuration.steps) } = plan;
  try {
    // Take the lock before reading the checkpoint: another process may be writing the next one.
    continued?.claim(lock);
    line.say(`compiling for ${device.adapter.name} …`);
    const options = trainerOptions(configuration, parts);
    const tilings = tune ? await tunedShapes(device, options, (text) => line.note(text)) : undefined;
    const trainer = await Trainer.create(device, { ...options, ...(tilings && { tilings }) });
    try {
      return await follow(trainer, plan, line, signal);
    } finally {
      trainer.dispose();
    }
  } finally {
    line.clear();
    continued?.release();
  }
}

/** Restores the trainer from the folder's latest checkpoint, and returns the evaluations so far. */
function takeUp(trainer: Trainer, folder: RunFolder, configuration: Configuration, line: Follower): Evaluation[] {
  const { steps } = folder.configuration;
  if (JSON.stringify(folder.configuration) !== JSON.stringify(configuration)) folder.reconfigure(configuration);
  if (configuration.steps > steps) {
    line.note(
      `extended from ${steps} to ${configuration.steps} steps: the learning rates now fall over ${configuration.steps} steps, so that the result is not that of a run which was that long from the beginning`,
    );
  }
  const checkpoint = folder.findCheckpoint();
  if (checkpoint !== undefined) restoreCheckpoint(trainer, checkpoint);
  // At step 0, the evaluation before the first step is also measured again.
  return folder.truncateMetrics(trainer.step === 0 ? -1 : trainer.step);
}

/** Sum of the evaluation counts of two sessions. */
function sumOfCounts(counts: RewardCounts, earlier: RewardCounts = { all: 0, evaluated: 0, seconds: 0 }): RewardCounts {
  return {
    all: counts.all + earlier.all,
    evaluated: counts.evaluated + earlier.evaluated,
    seconds: counts.seconds + earlier.seconds,
  };
}

async function follow(trainer: Trainer, plan: Plan, line: Follower, signal: AbortSignal): Promise<Outcome> {
  const { configuration, out, continued, checkpointEvery, log: format } = plan;
  const { steps, batchSize, replicas, evaluateEvery } = configuration;
  const evaluations = continued === undefined ? [] : takeUp(trainer, continued, configuration, line);
  // Make the folder only now: sizes beyond the adapter's limits must not leave one behind.
  const folder = continued ?? (out === undefined ? undefined : RunFolder.create(out, configuration, plan.lock));
  try {
    folder?.writeColumns(trainer.columns);
    const log = folder && format && new TensorBoardLog(folder, evaluations);
    for (const caution of trainer.cautions) line.note(caution);
    for (const { name, reason } of trainer.unavailableMetrics) line.note(`the metric ${name} is not measured: ${reason}`);
    const first = trainer.step;
    let latest = { step: first, seconds: 0 };
    const { seconds: earlier = 0, rewards: earlierRewards } = evaluations.at(-1) ?? {};
    let session = 0;
    const options = {
      evaluateEvery,
      checkpointEvery,
      signal,
      seconds: STRETCH,
      ...(folder === undefined ? {} : { checkpoint: () => checkpoint(trainer, configuration) }),
      onDeviceLost: ({ error, step }: DeviceLoss) => line.note(`${error.message}; training goes on from step ${step} on a new one`),
    };
    for await (const { evaluation, checkpoint: made } of trainer.stretches(options)) {
      if (evaluation !== undefined) {
        session = evaluation.seconds;
        const rewards = evaluation.rewards && sumOfCounts(evaluation.rewards, earlierRewards);
        const progress = { ...evaluation, seconds: earlier + session, ...(rewards && { rewards }) };
        evaluations.push(progress);
        const stepsPerSecond = session > latest.seconds ? (evaluation.step - latest.step) / (session - latest.seconds) : undefined;
        latest = evaluation;
        const time = new Date().toISOString();
        const recorded = { ...progress, time, ...(stepsPerSecond && { stepsPerSecond }), adapter: trainer.device.adapter };
        folder?.appendMetrics(recorded);
        log?.append(recorded);
        line.evaluated(progress, trainer.columns);
      }
      if (made !== undefined) folder?.writeCheckpoint(made);
      line.stepped(trainer.step);
    }
    // Measure a finished run again if its metrics are gone.
    if (trainer.step === steps && evaluations.at(-1)?.step !== steps) evaluations.push(await trainer.evaluate());
    const after = evaluations.at(-1);
    const seconds = after?.seconds ?? 0;
    // Time only this session, if it took steps: earlier sessions may have ended between evaluations.
    const [taken, during] = trainer.step > first ? [trainer.step - first, session] : [trainer.step, seconds];
    const stepsPerSecond = during > 0 ? taken / during : 0;
    return {
      step: trainer.step,
      finished: trainer.step === steps,
      before: evaluations.find(({ step }) => step === 0),
      after,
      evaluations,
      columns: trainer.columns,
      environment: trainer.options.environment,
      rates: { seconds, stepsPerSecond, trajectoriesPerSecond: stepsPerSecond * batchSize * replicas },
    };
  } finally {
    folder?.release();
  }
}
