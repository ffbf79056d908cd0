import type { Environment } from "@webgfn/envs";
import type { Checkpoint } from "@webgfn/sampler";
import { faultsOf } from "@webgfn/sampler/internal";
import { type Ambient, rules, type WebgfnError } from "@webgfn/tensor";
import { requireOptions, type Schema } from "@webgfn/tensor/internal";
import { requireSound } from "./fault.js";
import type { Progress } from "./progress.js";

/** A device that was lost during training, and where training continues. */
export interface DeviceLoss {
  /** Why the device was lost, with the code `device-lost`. */
  error: WebgfnError;
  /** The step that training goes back to. */
  step: number;
}

/** The members of a trainer that the training loop needs. */
interface Trainable {
  readonly options: { readonly steps: number; readonly seed?: number; readonly replicas?: number; readonly environment?: Environment };
  readonly step: number;
  train(count: () => number): Promise<void>;
  evaluate(): Promise<Progress>;
  surviving<T>(work: () => Promise<T>, onDeviceLost?: (loss: DeviceLoss) => void): Promise<T>;
}

/** Options of {@link Trainer.run}. */
export interface RunOptions {
  /** Steps between evaluations. Default: 25 evaluations in the whole run, plus the one before training. */
  evaluateEvery?: number;
  /** Stops after the current stretch of steps when aborted. */
  signal?: Ambient<"AbortSignal", { readonly aborted: boolean }>;
  /** Called when the device was lost and training continues on a new one. */
  onDeviceLost?: (loss: DeviceLoss) => void;
}

const RUN_OPTIONS: Schema<RunOptions> = {
  evaluateEvery: rules.whole(1),
  signal: rules.having("an AbortSignal", "addEventListener"),
  onDeviceLost: rules.callback,
};

/** Options of {@link Trainer.stretches}. */
export interface StretchOptions extends RunOptions {
  /** Steps between evaluations. Default: no evaluations. */
  evaluateEvery?: number;
  /**
   * Seconds that a stretch takes, so that the caller can check a clock, signals and commands in between. Default: a stretch lasts until an
   * evaluation or a checkpoint is due.
   */
  seconds?: number;
  /** Most steps of a stretch. Default: no limit. */
  mostSteps?: number;
  /** Steps between checkpoints; needs `checkpoint`. Default: one checkpoint with the evaluation before the first step, and one at the end. */
  checkpointEvery?: number;
  /** Makes a checkpoint of the trainer's current state. Default: no checkpoints. */
  checkpoint?: () => Promise<Checkpoint>;
  /** Whether a lost device is opened again. Default true; with false, the loss is thrown. */
  recover?: boolean;
}

const STRETCH_OPTIONS: Schema<StretchOptions> = {
  ...RUN_OPTIONS,
  seconds: rules.number(1e-3, 3600),
  mostSteps: rules.whole(1),
  checkpointEvery: rules.whole(1),
  checkpoint: rules.callback,
  recover: rules.oneOf(true, false),
};

/** One stretch of the training loop. */
export interface Stretch {
  /** Training steps of this stretch; 0 for the evaluation before the first step. */
  steps: number;
  /** An evaluation, if one was due. */
  evaluation?: Progress;
  /** A checkpoint, if one was due. */
  checkpoint?: Checkpoint;
}

/** Largest growth of a stretch over the one before it; the first stretches compile kernels and seem slow. */
const GROWTH = 8;

/**
 * The training loop: trains to the end of the schedule in stretches. It evaluates before the first step, after every `evaluateEvery` steps
 * and after the last. Neither the division into stretches nor a lost device changes the results. When aborted, the loop ends after the
 * current stretch, with a checkpoint.
 *
 * @throws WebgfnError `argument` for an option that is not acceptable; `numbers` at an evaluation or a checkpoint that finds no sound replica
 * (such a checkpoint is not made); `device-lost` if devices are lost repeatedly.
 */
export async function* trainInStretches(trainer: Trainable, options: StretchOptions): AsyncGenerator<Stretch, void, void> {
  requireOptions("stretches", options, STRETCH_OPTIONS);
  const { seconds, mostSteps = Number.POSITIVE_INFINITY, signal, onDeviceLost, recover = true } = options;
  const { evaluateEvery = Number.POSITIVE_INFINITY, checkpointEvery = Number.POSITIVE_INFINITY, checkpoint } = options;
  const evaluates = Number.isFinite(evaluateEvery);
  const { steps } = trainer.options;
  let length = seconds === undefined ? Number.POSITIVE_INFINITY : 1;
  const survive = <T>(work: () => Promise<T>): Promise<T> => (recover ? trainer.surviving(work, onDeviceLost) : work());

  const problem = () => trainer.options.environment?.hostReward?.problem;
  /** The step of the latest checkpoint. */
  let kept = trainer.step;
  /** Makes a checkpoint, unless no replica is sound: then the earlier one stays, so that the run can resume from it. */
  const keep = async (): Promise<Pick<Stretch, "checkpoint">> => {
    kept = trainer.step;
    if (checkpoint === undefined) return {};
    const made = await checkpoint();
    const { seed = 0, replicas = 1 } = trainer.options;
    requireSound(
      faultsOf(made, replicas).map((fault, r) => ({ seed: seed + r, ...(fault && { fault }) })),
      problem(),
    );
    return { checkpoint: made };
  };

  const begin = async (): Promise<Stretch> => ({ steps: 0, evaluation: await trainer.evaluate(), ...(await keep()) });

  const goOn = async (): Promise<Stretch> => {
    // The remainder by infinity is the step itself, so an infinite interval is never due.
    const until = (every: number) => every - (trainer.step % every);
    let count = 0;
    let start = 0;
    await trainer.train(() => {
      // Other calls may have trained meanwhile.
      const left = Math.max(0, steps - trainer.step);
      count = Math.min(length, mostSteps, left, until(evaluateEvery), until(checkpointEvery));
      start = performance.now();
      return count;
    });
    if (seconds !== undefined && count > 0) {
      const perStep = (performance.now() - start) / 1000 / count;
      length = Math.max(1, Math.min(GROWTH * length, Math.floor(seconds / perStep)));
    }
    const due = (every: number) => trainer.step >= steps || trainer.step % every === 0;
    const evaluation = evaluates && due(evaluateEvery) ? await trainer.evaluate() : undefined;
    const checkpointed = due(checkpointEvery) && !isBroken(evaluation) ? await keep() : {};
    return { steps: count, ...(evaluation === undefined ? {} : { evaluation }), ...checkpointed };
  };

  if (evaluates && trainer.step === 0) yield await survive(begin);
  while (trainer.step < steps && !signal?.aborted) {
    const stretch = await survive(goOn);
    yield stretch;
    if (stretch.evaluation !== undefined) requireSound(stretch.evaluation.replicas, problem());
  }
  if (checkpoint !== undefined && kept !== trainer.step) yield { steps: 0, ...(await survive(keep)) };
}

/** Whether no sound replica is left. */
function isBroken(evaluation: Progress | undefined): boolean {
  return evaluation?.replicas.every(({ fault }) => fault !== undefined) ?? false;
}

/** The evaluations of a training to the end of the schedule. */
export async function* trainAndEvaluate(trainer: Trainable, options: RunOptions): AsyncGenerator<Progress, void, void> {
  requireOptions("run", options, RUN_OPTIONS);
  const { evaluateEvery = Math.ceil(trainer.options.steps / 25) } = options;
  for await (const { evaluation } of trainInStretches(trainer, { ...options, evaluateEvery })) {
    if (evaluation !== undefined) yield evaluation;
  }
}
