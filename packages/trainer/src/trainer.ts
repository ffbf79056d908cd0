import type { Environment } from "@webgfn/envs";
import { initialWeights, type LinearWeights, type Network, network, packWeights, Replicas, unpackWeights } from "@webgfn/sampler";
import { type Device, WebgfnError } from "@webgfn/tensor";
import { DensityEvaluator } from "./evaluation/density.js";
import type { Distance, Evaluator, EvaluatorInputs } from "./evaluation/evaluator.js";
import { ExactEvaluator } from "./evaluation/exact.js";
import { SampledEvaluator } from "./evaluation/sampled.js";
import { type SampleStatistics, StatisticsEvaluator } from "./evaluation/statistics.js";
import { type CheckedOptions, checkOptions, type TrainerOptions } from "./options.js";
import { recordStep, type StepBuffers, type StepPrograms, stepBuffers } from "./step.js";

/** One replica at an evaluation. */
export interface ReplicaProgress extends Distance, SampleStatistics {
  seed: number;
  /** The objective on the latest batch; divergences leave out the constant log Z. NaN until there is a batch. */
  loss: number;
}

/** All replicas at an evaluation. */
export interface Progress {
  /** Training steps taken. */
  step: number;
  /** Seconds spent in training steps, evaluations left out. */
  seconds: number;
  /** Mean of the replicas' L1, where the environment offers one. */
  l1?: number;
  /** Mean of the replicas' Jensen–Shannon divergence, where the environment offers one. */
  js?: number;
  replicas: ReplicaProgress[];
}

export interface RunOptions {
  /** Steps between evaluations. Default: 25 evaluations in the whole run, beside the one before training. */
  evaluateEvery?: number;
  /** Stops after the current stretch of steps when aborted. */
  signal?: AbortSignal;
}

/** A trainer's state as plain arrays: all that is needed to go on with the same bits. */
export interface TrainerState {
  step: number;
  /** log r̄ per replica. */
  logRewardShift: number[];
  /** Per replica: (log Z, first moment, second moment). */
  logZ: Float32Array[];
  weights: LinearWeights[][];
  firstMoments: LinearWeights[][];
  secondMoments: LinearWeights[][];
}

/** Added to the step in the random numbers of evaluations, so that they differ from every training batch's. */
const EVALUATION = 0x80000000;

/**
 * Trains R replicas of a GFlowNet side by side on one device: six dispatches a step, many steps per submission, and
 * nothing read back but a few numbers per evaluation.
 */
export class Trainer {
  readonly device: Device;
  readonly options: CheckedOptions;
  readonly network: Network;
  /** The step's tensors, for tests and tools that look inside. */
  readonly buffers: StepBuffers;
  readonly programs: StepPrograms;
  readonly #inputs: EvaluatorInputs;
  #distance: Evaluator | undefined;
  readonly #statistics: StatisticsEvaluator;
  #logRewardShift: number[];
  #step = 0;
  #seconds = 0;

  private constructor(
    device: Device,
    options: CheckedOptions,
    net: Network,
    buffers: StepBuffers,
    programs: StepPrograms,
    evaluation: { inputs: EvaluatorInputs; distance: Evaluator | undefined; statistics: StatisticsEvaluator },
  ) {
    this.device = device;
    this.options = options;
    this.network = net;
    this.buffers = buffers;
    this.programs = programs;
    this.#inputs = evaluation.inputs;
    this.#distance = evaluation.distance;
    this.#statistics = evaluation.statistics;
    this.#logRewardShift = new Array(options.replicas).fill(0);
  }

  /**
   * Allocates, compiles, draws the initial weights and fixes log r̄ on an initial batch.
   *
   * @throws WebgfnError `argument` for an option that is not acceptable, `limit` for sizes beyond the adapter's, `numbers` for
   * an environment whose log R is not finite.
   */
  static async create(device: Device, options: TrainerOptions): Promise<Trainer> {
    const checked = checkOptions(options);
    const { environment, policy, objective, estimator } = checked;
    const seeds = Array.from({ length: checked.replicas }, (_, r) => checked.seed + r);
    const net = network(policy, environment);
    const replicas = new Replicas(
      device,
      seeds.map((seed) => ({
        seed,
        alpha: objective.alpha ?? 0,
        exploration: checked.exploration,
        learningRate: checked.learningRate,
        logZRate: checked.logZLearningRate,
        steps: checked.steps,
        decayPower: checked.decayPower,
        logZDecayPower: checked.logZDecayPower,
      })),
    );
    const shape = { environment, network: net, objective, estimator, batch: checked.batchSize, replicas };
    const buffers = stepBuffers(device, shape);
    const inputs: EvaluatorInputs = {
      device,
      environment,
      network: net,
      weights: buffers.weights,
      data: buffers.data,
      replicas: new Replicas(
        device,
        seeds.map((seed) => ({ seed })),
      ),
    };
    const [programs, distance, statistics] = await Promise.all([
      recordStep(device, shape, buffers),
      distanceEvaluator(inputs),
      StatisticsEvaluator.create(inputs),
    ]);
    const trainer = new Trainer(device, checked, net, buffers, programs, { inputs, distance, statistics });
    await trainer.#initialise();
    return trainer;
  }

  /** What measures the distance to the target, where there is a way to; its tensors hold what {@link evaluate} found. */
  get distance(): Evaluator | undefined {
    return this.#distance;
  }

  /** Training steps taken so far. */
  get step(): number {
    return this.#step;
  }

  /**
   * Draws the initial weights and fixes log r̄ = max_i log R(x_i) over one batch of the untrained policy (method §1), where
   * log Z starts. The batch comes from a whole step that is then taken back: drivers finish compiling a kernel when it
   * first runs, which may take longer than hundreds of steps and would spoil every rate.
   */
  async #initialise(): Promise<void> {
    const { batchSize, seed, logZInitial, objective, environment } = this.options;
    const { constant } = objective;
    const weights = this.#logRewardShift.map((_, r) => initialWeights(this.network, seed + r));
    const zeros = weights.map((model) => model.map(({ weight, bias }) => ({ weight: weight.map(() => 0), bias: bias.map(() => 0) })));
    const start = { step: 0, weights, firstMoments: zeros, secondMoments: zeros };
    const noShift = this.#logRewardShift.map(() => 0);
    this.restore({ ...start, logRewardShift: noShift, logZ: noShift.map(() => new Float32Array(3)) });
    await this.programs.step.run();
    const trajectories = (await this.buffers.trajectories.read()) as Float32Array;
    const logRewardShift = noShift.map((_, r) => {
      let highest = Number.NEGATIVE_INFINITY;
      for (let n = 0; n < batchSize; n++) {
        const start = 4 * (r * batchSize + n);
        const [logForward, logBackward, logReward] = trajectories.subarray(start, start + 3) as unknown as [number, number, number];
        if (!Number.isFinite(logReward)) {
          throw new WebgfnError("numbers", `${environment.title}: log R of a sampled object is ${logReward}, not a finite number`, {
            fix: `check log_reward, and that every trajectory ends within its horizon of ${environment.horizon} actions`,
          });
        }
        highest = Math.max(highest, constant === "reward" ? logReward : logReward + logBackward - logForward);
      }
      return highest;
    });
    this.restore({ ...start, logRewardShift, logZ: logRewardShift.map((shift) => Float32Array.of(logZInitial ?? shift, 0, 0)) });
  }

  #setRewardShift(shifts: number[]): void {
    this.#logRewardShift = shifts;
    shifts.forEach((shift, r) => {
      this.buffers.replicas.setLogRewardShift(r, shift);
    });
  }

  /** Takes `count` training steps. Resolves when they have run. */
  async train(count: number): Promise<void> {
    const start = performance.now();
    await this.programs.step.run(count);
    await this.device.idle();
    this.#step += count;
    this.#seconds += (performance.now() - start) / 1000;
  }

  /**
   * Trains to the end of the schedule, yielding an evaluation before the first step, after every `evaluateEvery` steps
   * and after the last.
   *
   * @throws WebgfnError `numbers` when a loss or weight is not finite, with the step and replica.
   */
  async *run({ evaluateEvery = Math.ceil(this.options.steps / 25), signal }: RunOptions = {}): AsyncGenerator<Progress, void, void> {
    if (!Number.isInteger(evaluateEvery) || evaluateEvery < 1) {
      throw new WebgfnError("argument", `evaluateEvery must be a whole number of at least 1, not ${evaluateEvery}`);
    }
    if (this.#step === 0) yield await this.evaluate();
    while (this.#step < this.options.steps && !signal?.aborted) {
      const next = Math.min(this.options.steps, (Math.floor(this.#step / evaluateEvery) + 1) * evaluateEvery);
      await this.train(next - this.#step);
      yield await this.evaluate();
    }
  }

  /** Measures every replica now. */
  async evaluate(): Promise<Progress> {
    const losses = this.#losses((await this.buffers.metrics.read()) as Float32Array);
    const learned = this.options.objective.learnsLogZ ? ((await this.buffers.logZ.read()) as Float32Array) : undefined;
    this.#inputs.replicas.setStep((EVALUATION + this.#step) >>> 0);
    const statistics = await this.#statistics.statistics();
    const distances = (await this.#distance?.distances()) ?? statistics.map(() => ({}));
    const replicas = statistics.map((sample, r) => ({
      seed: this.options.seed + r,
      loss: losses[r] as number,
      ...sample,
      ...(learned === undefined ? {} : { logZ: learned[4 * r] as number }),
      ...distances[r],
    }));
    return { step: this.#step, seconds: this.#seconds, ...means(replicas), replicas };
  }

  #losses(metrics: Float32Array): number[] {
    return this.#logRewardShift.map((_, r) => {
      if (metrics[8 * r + 7] !== 1) {
        throw new WebgfnError(
          "numbers",
          `replica ${r} (seed ${this.options.seed + r}) met a loss that is not finite by step ${this.#step}`,
          {
            fix: "lower the learning rate, choose an alpha nearer to 1, or scale the rewards down",
          },
        );
      }
      return metrics[8 * r] as number;
    });
  }

  /**
   * Goes on with other rewards: an environment with the same module, sizes and number of data, such as one whose scores were
   * edited while it trains. Weights and moments stay; log r̄ moves with log Z.
   *
   * @throws WebgfnError `argument` for an environment of another shape.
   */
  async retarget(environment: Environment): Promise<void> {
    const { buffers, options } = this;
    const before = options.environment;
    const shape = ({ shader, constants, data, stateWords, actions, horizon, features }: Environment) =>
      JSON.stringify([shader, constants, data.length, stateWords, actions, horizon, features]);
    if (shape(environment) !== shape(before)) {
      throw new WebgfnError("argument", `${environment.title} differs from ${before.title} in more than its rewards`);
    }
    const distance = await distanceEvaluator({ ...this.#inputs, environment });
    buffers.data.write(environment.data);
    options.environment = environment;
    this.#distance?.dispose();
    this.#distance = distance;
    if (environment.exactLogZ.available && before.exactLogZ.available) {
      const change = environment.exactLogZ.value - before.exactLogZ.value;
      this.#setRewardShift(this.#logRewardShift.map((shift) => shift + change));
    }
  }

  /** Weights of every replica, as `nn.Linear` keeps them. */
  async weights(): Promise<LinearWeights[][]> {
    return this.#perReplica((await this.buffers.weights.read()) as Float32Array, 4 * this.network.weights4, 0);
  }

  /** The whole state; {@link restore} continues from it bit by bit. */
  async state(): Promise<TrainerState> {
    const moments = (await this.buffers.moments.read()) as Float32Array;
    const logZ = (await this.buffers.logZ.read()) as Float32Array;
    const size = 4 * this.network.parameters4;
    return {
      step: this.#step,
      logRewardShift: [...this.#logRewardShift],
      logZ: this.#logRewardShift.map((_, r) => logZ.slice(4 * r, 4 * r + 3)),
      weights: await this.weights(),
      firstMoments: this.#perReplica(moments, 2 * size, 0),
      secondMoments: this.#perReplica(moments, 2 * size, size),
    };
  }

  /** Continues from a state of a trainer with the same options. */
  restore(state: TrainerState): void {
    const { buffers, network: net } = this;
    const size = 4 * net.parameters4;
    for (let r = 0; r < this.options.replicas; r++) {
      buffers.weights.write(packWeights(net, state.weights[r] ?? []), 4 * net.weights4 * r);
      buffers.moments.write(packWeights(net, state.firstMoments[r] ?? []).subarray(0, size), 2 * size * r);
      buffers.moments.write(packWeights(net, state.secondMoments[r] ?? []).subarray(0, size), 2 * size * r + size);
      buffers.logZ.write(state.logZ[r] ?? new Float32Array(3), 4 * r);
    }
    this.#setRewardShift([...state.logRewardShift]);
    buffers.replicas.setStep(state.step);
    this.#step = state.step;
    // Metrics belong to the latest batch and are not part of the state: the loss is unknown until the next one.
    const metrics = new Float32Array(8 * this.options.replicas);
    for (let r = 0; r < this.options.replicas; r++) metrics.set([Number.NaN, 0, 0, 0, 0, 0, 0, 1], 8 * r);
    buffers.metrics.write(metrics);
  }

  #perReplica(values: Float32Array, stride: number, offset: number): LinearWeights[][] {
    return this.#logRewardShift.map((_, r) =>
      unpackWeights(this.network, values.subarray(r * stride + offset, r * stride + offset + 4 * this.network.parameters4)),
    );
  }

  /** Frees every buffer of this trainer; the device stays open. */
  dispose(): void {
    const { replicas, ...tensors } = this.buffers;
    replicas.dispose();
    this.#inputs.replicas.dispose();
    for (const tensor of Object.values(tensors)) tensor.dispose();
    this.#distance?.dispose();
    this.#statistics.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

async function distanceEvaluator(inputs: EvaluatorInputs): Promise<Evaluator | undefined> {
  const { enumeration, exactSampling, exactLogZ } = inputs.environment;
  if (!exactLogZ.available) return undefined;
  if (inputs.environment.actionSpace === "continuous") return exactSampling.available ? DensityEvaluator.create(inputs) : undefined;
  if (enumeration.available) return ExactEvaluator.create(inputs);
  return exactSampling.available ? SampledEvaluator.create(inputs) : undefined;
}

function means(replicas: readonly ReplicaProgress[]): { l1?: number; js?: number } {
  const mean = (key: "l1" | "js") => {
    const values = replicas.map((replica) => replica[key]).filter((value) => value !== undefined);
    return values.length === replicas.length ? { [key]: values.reduce((sum, value) => sum + value, 0) / values.length } : {};
  };
  return { ...mean("l1"), ...mean("js") };
}
