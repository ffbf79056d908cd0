import type { Tiling, Tilings } from "@webgfn/sampler";
import { disposeBuffers, fitPolicy, tilingCandidates } from "@webgfn/sampler/internal";
import { type Device, type Program, rules } from "@webgfn/tensor";
import { requireOptions, type Schema } from "@webgfn/tensor/internal";
import { planOf, trainingReplicas } from "./engine.js";
import { requireFit } from "./limits.js";
import { checkOptions, type TrainerOptions } from "./options.js";
import { partition } from "./partition.js";
import { recordStep } from "./step.js";
import { stepBuffers } from "./step-buffers.js";
import { backwardRows } from "./workgroups.js";

/** One tile shape of a kernel, and the time of a training step with it. */
export interface Trial {
  /** Which kernel. */
  kernel: keyof Tilings;
  /** The shape that was tried. */
  tiling: Tiling;
  /** Milliseconds of a whole training step: the shortest of several measurements. */
  milliseconds: number;
  /** Whether this shape is the default on this adapter. */
  preset: boolean;
}

/** The result of {@link tune}. */
export interface Tuning {
  /** The fastest shapes, for {@link TrainerOptions.tilings}. A kernel is left out unless one is clearly faster than its default. */
  tilings: Tilings;
  /** Every measurement. */
  trials: Trial[];
}

/** Options of {@link tune}. */
export interface TuneOptions {
  /** Called after each measurement of a shape. */
  onTrial?: (trial: Trial) => void;
}

const OPTIONS: Schema<TuneOptions> = { onTrial: rules.callback };

/** Rounds of measurements. Each round measures every shape once, so that other load on the machine affects all shapes alike. */
const ROUNDS = 5;
/** Shortest measurement in milliseconds; a short step is repeated until it takes this long. */
const LEAST_TIME = 30;
/** Largest share of the default's time at which another shape is preferred. Measurements of the same shape vary by about as much. */
const CLEARLY_FASTER = 0.97;

/**
 * Measures tile shapes of the rollout and then of the backward pass on this device, for a training with these options. It trains no
 * weights, and frees everything on the device except compiled kernels.
 *
 * Only the fused path has tiles: for a training on the layered path the result has no trials.
 *
 * @throws WebgfnError for the same options as {@link Trainer.create}.
 *
 * @example
 * ```ts
 * import { openDevice, renyi, sets, Trainer, tune } from "webgfn";
 * const device = await openDevice();
 * const options = { environment: sets({ items: 10, size: 5 }), objective: renyi(), batchSize: 1024 };
 * const { tilings, trials } = await tune(device, options);
 * console.log(trials.length, tilings); // the fastest of the shapes that were tried
 * const trainer = await Trainer.create(device, { ...options, tilings });
 * device.dispose();
 * ```
 */
export async function tune(device: Device, options: TrainerOptions, given: TuneOptions = {}): Promise<Tuning> {
  requireOptions("tune", given, OPTIONS);
  const { onTrial } = given;
  const { tilings: _, ...checked } = checkOptions(options);
  const net = fitPolicy(checked.policy, checked.environment, { flow: checked.objective.learns.includes("flow") });
  const plan = planOf(checked, net);
  requireFit(device, plan);
  const tuning: Tuning = { tilings: {}, trials: [] };
  if (partition(device, plan).path === "layered") return tuning;

  const replicas = trainingReplicas(device, { ...checked, learningRate: 0, logZLearningRate: 0 });
  const buffers = stepBuffers(device, { ...plan, replicas });
  try {
    for (const kernel of ["rollout", "backward"] as const) {
      const trajectories = plan.batch * plan.replicas;
      const rows = kernel === "rollout" ? trajectories : backwardRows(plan.network, trajectories);
      const candidates = tilingCandidates(device, net, plan.environment, rows);
      const programs: Program[] = [];
      for (const tiling of candidates) {
        const shape = { ...plan, replicas, tilings: { ...tuning.tilings, [kernel]: tiling } };
        programs.push((await recordStep(device, shape, buffers)).step);
      }
      const times = await shortestTimes(programs);
      const trials = candidates.map((tiling, i) => ({ kernel, tiling, milliseconds: times[i] as number, preset: i === 0 }));
      for (const trial of trials) onTrial?.(trial);
      for (const trial of trials) tuning.trials.push(trial);
      const preferred = preferredTiling(trials);
      if (preferred !== undefined) tuning.tilings[kernel] = preferred;
    }
  } finally {
    disposeBuffers(buffers);
  }
  return tuning;
}

/** The fastest tile shape among one kernel's trials; undefined unless it is clearly faster than the default. */
export function preferredTiling(trials: readonly Trial[]): Tiling | undefined {
  const preset = trials.find((trial) => trial.preset) as Trial;
  const fastest = trials.reduce((a, b) => (b.milliseconds < a.milliseconds ? b : a), preset);
  return fastest.milliseconds <= CLEARLY_FASTER * preset.milliseconds ? fastest.tiling : undefined;
}

/** The shortest time in milliseconds of one run of each program. */
async function shortestTimes(programs: readonly Program[]): Promise<number[]> {
  const time = async (program: Program, replays: number) => {
    const start = performance.now();
    await program.run(replays);
    await program.device.idle();
    return (performance.now() - start) / replays;
  };
  const shortest: number[] = [];
  const replays: number[] = [];
  for (const program of programs) {
    // Drivers compile kernels at the first run.
    await time(program, 1);
    const once = await time(program, 1);
    shortest.push(once);
    replays.push(Math.max(1, Math.ceil(LEAST_TIME / once)));
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, program] of programs.entries()) {
      shortest[i] = Math.min(shortest[i] as number, await time(program, replays[i] as number));
    }
  }
  return shortest;
}
