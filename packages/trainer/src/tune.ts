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

/** One shape of a kernel, and how long a training step takes with it. */
export interface Trial {
  kernel: keyof Tilings;
  tiling: Tiling;
  /** Of a whole step: the shortest of several measurements. */
  milliseconds: number;
  /** Whether it is what the adapter gets where nothing else is asked for. */
  preset: boolean;
}

export interface Tuning {
  /** The fastest shapes; a kernel whose preset is as good is left out. For {@link TrainerOptions.tilings}. */
  tilings: Tilings;
  trials: Trial[];
}

export interface TuneOptions {
  /** Called with every shape, once it is measured. */
  onTrial?: (trial: Trial) => void;
}

const OPTIONS: Schema<TuneOptions> = { onTrial: rules.callback };

/** Measurements of each shape, in turns, so that what else the machine does meets all of them. */
const ROUNDS = 5;
/** Milliseconds that a measurement should last at least, where a step is much shorter. */
const LEAST_TIME = 30;
/** A shape must take this share of the preset's time or less to be preferred: measurements differ by as much. */
const CLEARLY_FASTER = 0.97;

/**
 * Measures tile shapes of the rollout and then of the backward pass on this device, for a training with these options. The
 * weights are not learned meanwhile, and nothing stays on the device but compiled kernels.
 *
 * A training that takes the layered path has nothing to choose, and gets no trials.
 *
 * @throws WebgfnError as {@link Trainer.create} does with the same options.
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
      const candidates = tilingCandidates(device, net, plan.environment);
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

/** The fastest tile shape of one kernel's trials, or undefined where it is not clearly faster than the preset one. */
export function preferredTiling(trials: readonly Trial[]): Tiling | undefined {
  const preset = trials.find((trial) => trial.preset) as Trial;
  const fastest = trials.reduce((a, b) => (b.milliseconds < a.milliseconds ? b : a), preset);
  return fastest.milliseconds <= CLEARLY_FASTER * preset.milliseconds ? fastest.tiling : undefined;
}

/** Milliseconds that one replay of each program takes, at its fastest. */
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
    // Drivers compile at the first replay.
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
