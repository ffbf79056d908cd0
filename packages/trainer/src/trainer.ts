import type { Environment } from "@webgfn/envs";
import { logZRecord, metricsRecord } from "@webgfn/objectives/internal";
import type { LinearWeights, Network } from "@webgfn/sampler";
import { fitPolicy, initialWeights, trajectoryColumns } from "@webgfn/sampler/internal";
import { type Device, rules, WebgfnError } from "@webgfn/tensor";
import { requireRule } from "@webgfn/tensor/internal";
import { disposeEngine, type Engine, makeEngine, retargetEngine } from "./engine.js";
import type { ExactEvaluator } from "./evaluation/exact.js";
import { unpackFaults } from "./fault.js";
import { columns, inOrder } from "./metrics/columns.js";
import type { UnavailableMetric } from "./metrics/measured-metrics.js";
import type { Column } from "./metrics/metric.js";
import { type CheckedOptions, checkOptions, type TrainerOptions } from "./options.js";
import { EVALUATION, meanDistances, type Progress, replicaProgress } from "./progress.js";
import { perReplica, readSnapshot, type Snapshot, setRewardShift, snapshotOf, stateOf, type TrainerState, writeSnapshot } from "./state.js";
import type { StepPrograms } from "./step.js";
import type { StepBuffers } from "./step-shape.js";
import {
  type DeviceLoss,
  type RunOptions,
  type Stretch,
  type StretchOptions,
  trainAndEvaluate,
  trainInStretches,
} from "./training-loop.js";

/** Devices lost in a row, without an evaluation between, after which training ends. */
const MOST_LOSSES = 3;
/** Milliseconds until a device is asked for again where there was none; a driver that is reset takes a moment. */
const PAUSE = 1000;

/**
 * Trains R replicas of a GFlowNet side by side on one device: on the fused path six dispatches a step, many steps per submission.
 * Each evaluation reads back a few numbers, and the state, from which training goes on if the device is lost.
 */
export class Trainer {
  readonly options: CheckedOptions;
  readonly network: Network;
  #engine: Engine;
  /** Whether the device was opened by this trainer, after a loss, and is its to dispose of. */
  #ownsDevice = false;
  /** The latest state that was read, or written. */
  #latest: Snapshot | undefined;
  /** Where training goes on from when the device is lost: the latest state of work that was done to the end. */
  #snapshot: Snapshot | undefined;
  #losses = 0;
  #logRewardShift: number[];
  #step = 0;
  #seconds = 0;

  private constructor(options: CheckedOptions, net: Network, engine: Engine) {
    this.options = options;
    this.network = net;
    this.#engine = engine;
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
    const net = fitPolicy(checked.policy, checked.environment, { flow: checked.objective.learns.includes("flow") });
    const trainer = new Trainer(checked, net, await makeEngine(device, checked, net));
    try {
      await trainer.#initialise();
    } catch (error) {
      trainer.dispose();
      throw error;
    }
    return trainer;
  }

  /** Where training runs: the device that was given, or the one that took its place when it was lost. */
  get device(): Device {
    return this.#engine.device;
  }

  /** The step's tensors, for tests and tools that look inside. */
  get buffers(): StepBuffers {
    return this.#engine.buffers;
  }

  get programs(): StepPrograms {
    return this.#engine.programs;
  }

  /** The exact distribution over objects as of the latest {@link evaluate}, where the environment can be enumerated. */
  get exact(): ExactEvaluator | undefined {
    return this.#engine.metrics.exact;
  }

  /** Columns of every {@link evaluate}, in the order of tables. */
  get columns(): Column[] {
    const error = this.options.environment.exactLogZ.available ? [columns.logZError] : [];
    return inOrder([columns.loss, ...error, ...this.#engine.metrics.columns]);
  }

  /** Metrics of one's own that cannot measure this environment, with the reasons. */
  get unavailableMetrics(): readonly UnavailableMetric[] {
    return this.#engine.metrics.unavailable;
  }

  /** Sentences for people on settings that are known to train badly. */
  get cautions(): readonly string[] {
    const { caution } = this.options.objective;
    return caution === undefined ? [] : [caution];
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
      const { logForward, logBackward, logReward } = trajectoryColumns(trajectories, r * batchSize, batchSize);
      const wrong = logReward.find((value) => !Number.isFinite(value));
      if (wrong !== undefined) {
        throw new WebgfnError("numbers", `${environment.title}: log R of a sampled object is ${wrong}, not a finite number`, {
          fix: `check log_reward, and that every trajectory ends within its horizon of ${environment.horizon} actions`,
        });
      }
      const sizes =
        constant === "reward" ? logReward : logReward.map((value, n) => value + (logBackward[n] as number) - (logForward[n] as number));
      return sizes.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    });
    this.restore({ ...start, logRewardShift, logZ: logRewardShift.map((shift) => Float32Array.of(logZInitial ?? shift, 0, 0)) });
  }

  /** Takes `count` training steps. Resolves when they have run. */
  async train(count: number): Promise<void> {
    requireRule("count", count, rules.whole(0));
    const start = performance.now();
    await this.programs.step.run(count);
    await this.device.idle();
    this.#step += count;
    this.#seconds += (performance.now() - start) / 1000;
  }

  /**
   * Trains to the end of the schedule, yielding an evaluation before the first step, after every `evaluateEvery` steps
   * and after the last. A replica that meets a number that is not finite is left as it was before, and the others go on.
   * A device that is lost is opened again, and training goes on from the latest evaluation, with the same bits.
   *
   * @throws WebgfnError `numbers` when no sound replica is left, with the step, the replicas and what was not finite;
   * `device-lost` when devices are lost again and again.
   */
  run(options: RunOptions = {}): AsyncGenerator<Progress, void, void> {
    return trainAndEvaluate(this, options);
  }

  /**
   * The same in shorter stretches of steps, with checkpoints: for programs that look at a clock or at commands in between.
   * How the steps are cut changes no bit.
   */
  stretches(options: StretchOptions = {}): AsyncGenerator<Stretch, void, void> {
    return trainInStretches(this, options);
  }

  /**
   * Does `work`, which trains, evaluates and reads states, all of it again where the device is lost meanwhile: on a new one,
   * from the latest evaluation, state or restoration of what was done before. The device that was given stays lost;
   * {@link device} is the new one.
   *
   * @throws WebgfnError `device-lost` when devices are lost again and again.
   */
  async surviving<T>(work: () => Promise<T>, onDeviceLost: (loss: DeviceLoss) => void = () => {}): Promise<T> {
    for (;;) {
      try {
        const result = await work();
        if (this.#snapshot !== this.#latest) this.#losses = 0;
        this.#snapshot = this.#latest;
        return result;
      } catch (error) {
        onDeviceLost(await this.#recover(error));
      }
    }
  }

  async #recover(error: unknown): Promise<DeviceLoss> {
    const lost = await this.device.loss();
    const snapshot = this.#snapshot;
    if (lost === undefined || snapshot === undefined) throw error;
    for (;;) {
      this.#losses += 1;
      if (this.#losses > MOST_LOSSES) throw lost;
      let device: Device | undefined;
      try {
        device = await this.device.reopen();
        const engine = await makeEngine(device, this.options, this.network);
        this.dispose();
        this.#engine = engine;
        this.#ownsDevice = true;
        this.#write(snapshot);
        return { error: lost, step: this.#step };
      } catch (failure) {
        const again = device === undefined ? isNoAdapter(failure) : (await device.loss()) !== undefined;
        device?.dispose();
        if (!again) throw failure;
        await new Promise((resolve) => setTimeout(resolve, PAUSE));
      }
    }
  }

  /** Measures every replica now. */
  async evaluate(): Promise<Progress> {
    const { evaluationReplicas, metrics: measured } = this.#engine;
    const { environment, objective, seed } = this.options;
    const snapshot = await this.#read();
    const { metrics, logZ } = snapshot;
    const faults = unpackFaults(snapshot.faults);
    evaluationReplicas.setStep((EVALUATION + this.#step) >>> 0);
    const replicas = (await measured.measure(this.#step)).map((values, r) =>
      replicaProgress(values, {
        environment,
        seed: seed + r,
        loss: metricsRecord.get(metrics, r, "loss"),
        learnedLogZ: objective.learns.includes("log-z") ? logZRecord.get(logZ, r, "value") : undefined,
        fault: faults[r],
      }),
    );
    return { step: this.#step, seconds: this.#seconds, ...meanDistances(replicas), replicas };
  }

  /**
   * Goes on with other rewards: an environment with the same module, sizes and number of data, such as one whose scores were
   * edited while it trains. Weights and moments stay; log r̄ moves with log Z.
   *
   * @throws WebgfnError `argument` for an environment of another shape.
   */
  async retarget(environment: Environment): Promise<void> {
    const before = this.options.environment;
    const shape = ({ shader, constants, data, stateWords, actions, horizon, features }: Environment) =>
      JSON.stringify([shader, constants, data.length, stateWords, actions, horizon, features]);
    if (shape(environment) !== shape(before)) {
      throw new WebgfnError("argument", `${environment.title} differs from ${before.title} in more than its rewards`);
    }
    await retargetEngine(this.#engine, { ...this.options, environment }, this.network);
    this.options.environment = environment;
    if (!environment.exactLogZ.available || !before.exactLogZ.available) return;
    const change = environment.exactLogZ.value - before.exactLogZ.value;
    const moved = (shifts: readonly number[]) => shifts.map((shift) => shift + change);
    this.#setRewardShift(moved(this.#logRewardShift));
    // A lost device goes on with the new rewards, too.
    const snapshots = [...new Set([this.#snapshot, this.#latest])].filter((snapshot) => snapshot !== undefined);
    for (const snapshot of snapshots) snapshot.logRewardShift = moved(snapshot.logRewardShift);
  }

  #setRewardShift(shifts: readonly number[]): void {
    setRewardShift(this.buffers, shifts);
    this.#logRewardShift = [...shifts];
  }

  /** Weights of every replica, as `nn.Linear` keeps them. */
  async weights(): Promise<LinearWeights[][]> {
    return perReplica(this.network, (await this.buffers.weights.read()) as Float32Array, 4 * this.network.weights4, 0);
  }

  /** The whole state; {@link restore} continues from it bit by bit. */
  async state(): Promise<TrainerState> {
    return stateOf(await this.#read(), this.network);
  }

  /** Continues from a state of a trainer with the same options. */
  restore(state: TrainerState): void {
    this.#write(snapshotOf(state, this.network, this.options.replicas, this.#seconds));
    this.#snapshot = this.#latest;
  }

  async #read(): Promise<Snapshot> {
    const counters = { step: this.#step, seconds: this.#seconds, logRewardShift: this.#logRewardShift };
    this.#latest = await readSnapshot(this.buffers, counters);
    return this.#latest;
  }

  #write(snapshot: Snapshot): void {
    writeSnapshot(this.buffers, snapshot);
    this.#step = snapshot.step;
    this.#seconds = snapshot.seconds;
    this.#logRewardShift = [...snapshot.logRewardShift];
    this.#latest = snapshot;
  }

  /** Frees every buffer of this trainer; the device that was given stays open. */
  dispose(): void {
    disposeEngine(this.#engine);
    if (this.#ownsDevice) this.device.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

function isNoAdapter(error: unknown): boolean {
  return error instanceof WebgfnError && error.code === "no-adapter";
}
