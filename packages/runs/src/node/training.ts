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

/** A run to begin, or to go on with. */
export interface Plan {
  configuration: Configuration;
  /** Objects in the place of what the configuration names: the environment, since making one takes a while, and parts of one's own. */
  parts: Parts & { readonly environment: Environment };
  /** Where a new run is to be kept, if at all. */
  out?: string;
  /** The run to go on with. */
  continued?: RunFolder;
  /** A lock on its folder that this process has taken before. */
  lock?: FolderLock;
  /** Steps between checkpoints in this session. */
  checkpointEvery: number;
  /** Whether evaluations are also written to the folder for another program. */
  log?: LogFormat;
  /** Whether the fastest tile shapes are measured first, or remembered. */
  tune?: boolean;
  /** Who follows the training. Default: a line on standard error. */
  follower?: Follower;
}

/** Programs that evaluations can be logged for. */
export const LOG_FORMATS = ["tensorboard"] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** Seconds of training between two looks at signals and at the progress line. */
const STRETCH = 0.5;

export interface Outcome {
  /** Steps taken, over all sessions. */
  step: number;
  finished: boolean;
  /** The evaluation before the first step, where it is known. */
  before: Progress | undefined;
  /** The latest evaluation. */
  after: Progress | undefined;
  /** All evaluations, those of earlier sessions among them. */
  evaluations: readonly Progress[];
  /** What the evaluations measured. */
  columns: readonly Column[];
  rates: Rates;
  /** The environment, with what became known of its target. */
  environment: Environment;
}

/** Trains as planned, keeping the folder up to date. Ends early, with a checkpoint, when the signal aborts. */
export async function carryOut(device: Device, plan: Plan, signal: AbortSignal): Promise<Outcome> {
  const { configuration, parts, continued, lock, tune = false, follower: line = new ProgressLine(configuration.steps) } = plan;
  try {
    // Before the checkpoint is read: another process may be writing the next one.
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

/** The evaluations of the folder's run so far, with the trainer where its latest checkpoint was. */
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
  // The evaluation before the first step is made again, as every later one.
  return folder.truncateMetrics(trainer.step === 0 ? -1 : trainer.step);
}

/** How often a reward was evaluated in two sessions together. */
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
  // Only now is a folder made: sizes that the adapter cannot take leave none behind.
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
    // A finished run whose metrics are gone is measured again.
    if (trainer.step === steps && evaluations.at(-1)?.step !== steps) evaluations.push(await trainer.evaluate());
    const after = evaluations.at(-1);
    const seconds = after?.seconds ?? 0;
    // A session that took steps is timed by itself: what ran before an interruption may have ended between evaluations.
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
