import type { Environment } from "@webgfn/envs";
import { learnsLogZ, logZRecord, metricsRecord } from "@webgfn/objectives/internal";
import type { LinearWeights, Network } from "@webgfn/sampler";
import { FIRST_BATCH, fitPolicy } from "@webgfn/sampler/internal";
import { type Device, rules, WebgfnError } from "@webgfn/tensor";
import { requireRule } from "@webgfn/tensor/internal";
import { disposeEngine, type Engine, makeEngine, retargetEngine } from "./engine.js";
import type { ExactEvaluator } from "./evaluation/exact.js";
import { listTarget } from "./evaluation/list-target.js";
import { unpackFaults } from "./fault.js";
import { initialMagnitudes, untrainedState } from "./initial-state.js";
import { columns, inOrder } from "./metrics/columns.js";
import type { UnavailableMetric } from "./metrics/measured-metrics.js";
import type { Column } from "./metrics/metric.js";
import { type CheckedOptions, checkOptions, requireRewardOnGpu, type TrainerOptions } from "./options.js";
import { type PlacedPrior, priorOf } from "./prior.js";
import { meanDistances, type Progress, replicaProgress, rewardCounts } from "./progress.js";
import { perReplica, readSnapshot, type Snapshot, setRewardShift, snapshotOf, stateOf, type TrainerState, writeSnapshot } from "./state.js";
import type { StepPrograms } from "./step.js";
import type { StepBuffers } from "./step-shape.js";
import { exactLogZOf } from "./target.js";
import { TrainerCalls } from "./trainer-calls.js";
import {
  type DeviceLoss,
  type RunOptions,
  type Stretch,
  type StretchOptions,
  trainAndEvaluate,
  trainInStretches,
} from "./training-loop.js";

/** Largest number of device losses in a row, without an evaluation in between; after one more, training ends. */
const MOST_LOSSES = 3;
const COUNT = rules.whole(0);
/** Name of loops of this kind in errors. */
const LOOP = "run() or stretches()";
/** Milliseconds to wait before requesting a device again; a driver reset takes a moment. */
const PAUSE = 1000;

/**
 * Trains R replicas of a GFlowNet side by side on one device: on the fused path with six dispatches per step and many steps per submission.
 * Each evaluation reads back a few numbers and the state, from which training continues if the device is lost.
 *
 * Calls may overlap. {@link train}, {@link evaluate}, {@link weights}, {@link state}, {@link retarget} and {@link exclusively} wait for the
 * calls before them. So each sees the trainer between two steps, and a state's step and weights match. {@link restore} cannot wait: while
 * another call is under way, it throws an error with the code `busy`. One loop at a time drives a trainer: a second {@link run},
 * {@link stretches} or {@link surviving} throws `busy`. Calls after {@link dispose} throw `disposed`.
 *
 * @example
 * ```ts
 * import { openDevice, renyi, sets, Trainer } from "webgfn";
 * const device = await openDevice();
 * const options = { objective: renyi({ alpha: 0.5 }), batchSize: 64, steps: 200, learningRate: 1e-2, replicas: 2 };
 * const trainer = await Trainer.create(device, { environment: sets({ items: 10, size: 5 }), ...options });
 * for await (const { step, l1, replicas } of trainer.run({ evaluateEvery: 50 })) console.log(step, l1, replicas[0]?.logZ);
 * const [first, second] = await trainer.weights(); // of each replica, layer by layer
 * device.dispose();
 * ```
 */
export class Trainer {
  /** The options, checked and with their defaults. */
  readonly options: CheckedOptions;
  /** The policy's layout. */
  readonly network: Network;
  readonly #calls = new TrainerCalls();
  #engine: Engine;
  /** Whether this trainer opened the device, after a loss, and has to dispose of it. */
  #ownsDevice = false;
  /** The latest state that was read or written. */
  #latest: Snapshot | undefined;
  /** The state that training returns to if the device is lost: the latest one of completed work. */
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
    checked.environment = await listTarget(device, checked.environment);
    requireRewardOnGpu(checked.objective, checked.environment);
    if (checked.prior !== undefined) checked.priorPolicy = await priorOf(checked.prior, checked);
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

  /** The device that training runs on: the given one, or its replacement after a loss. */
  get device(): Device {
    return this.#engine.device;
  }

  /** The step's tensors, for tests and tools that look inside. */
  get buffers(): StepBuffers {
    return this.#engine.buffers;
  }

  /** The recorded kernels, for tools that look inside. */
  get programs(): StepPrograms {
    return this.#engine.programs;
  }

  /** The exact distribution over objects as of the latest {@link evaluate}, if the environment can be enumerated. */
  get exact(): ExactEvaluator | undefined {
    return this.#engine.metrics.exact;
  }

  /** Columns of every {@link evaluate}, in the order of tables. */
  get columns(): Column[] {
    const error = exactLogZOf(this.options).available ? [columns.logZError] : [];
    return inOrder([columns.loss, ...error, ...this.#engine.metrics.columns]);
  }

  /** The policy of the prior on the device, if training has a prior. */
  get placedPrior(): PlacedPrior | undefined {
    return this.#engine.prior;
  }

  /** User-defined metrics that cannot measure this environment, with the reasons. */
  get unavailableMetrics(): readonly UnavailableMetric[] {
    return this.#engine.metrics.unavailable;
  }

  /** Warnings, in sentences, about settings that are known to train badly. */
  get cautions(): readonly string[] {
    const { caution } = this.options.objective;
    return caution === undefined ? [] : [caution];
  }

  /** Training steps taken so far. */
  get step(): number {
    return this.#step;
  }

  /**
   * Draws the initial weights, and fixes log r̄ on an initial batch. The batch comes from a whole step that is then undone. Drivers finish
   * compiling a kernel when it first runs, which may take longer than hundreds of steps and would distort measured rates.
   */
  async #initialise(): Promise<void> {
    this.restore(untrainedState(this.options, this.network));
    await this.programs.step.run();
    const magnitudes = initialMagnitudes((await this.buffers.trajectories.read()) as Float32Array, this.options);
    this.restore(untrainedState(this.options, this.network, magnitudes));
  }

  /**
   * Takes training steps. Resolves when they have run.
   *
   * @param count number of steps, or a function that returns it, called once the calls before this one have ended.
   * @throws WebgfnError `argument` for a count that is not a whole number, `disposed`, `device-lost`.
   */
  async train(count: number | (() => number)): Promise<void> {
    if (typeof count !== "function") requireRule("count", count, COUNT);
    return this.#calls.inTurn(async () => {
      const steps = typeof count === "function" ? count() : count;
      requireRule("count", steps, COUNT);
      const start = performance.now();
      try {
        await this.programs.step.run(steps, { signal: this.#calls.signal });
        await this.device.idle();
        this.#step += steps;
      } catch (error) {
        await this.#countSteps();
        throw error;
      }
      this.#seconds += (performance.now() - start) / 1000;
    });
  }

  /** Reads the number of steps from the GPU after training failed halfway. On a lost device it cannot be read. */
  async #countSteps(): Promise<void> {
    try {
      [this.#step = this.#step] = await this.buffers.replicas.steps();
    } catch {
      // The caller rethrows the first failure.
    }
  }

  /**
   * Trains to the end of the schedule, yielding an evaluation before the first step, after every `evaluateEvery` steps and after the last. A
   * replica that meets a number that is not finite keeps its last sound state, and the others continue. If the device is lost, training opens
   * a new one and continues from the latest evaluation, with bit-identical results.
   *
   * A loop runs from its first `next()` to its end, or to its `return()`, which `break` in `for await` calls.
   *
   * @throws WebgfnError `numbers` if no sound replica is left, with the step, the replicas and what was not finite; `device-lost` if devices
   * are lost repeatedly; `busy` while another loop of this trainer runs; `disposed`.
   */
  run(options: RunOptions = {}): AsyncGenerator<Progress, void, void> {
    return this.#calls.loop(LOOP, trainAndEvaluate(this, options));
  }

  /**
   * Like {@link run}, in shorter stretches of steps and with checkpoints, for programs that check a clock or commands in between. How the
   * steps are divided does not change results.
   *
   * @throws WebgfnError as {@link run} does.
   */
  stretches(options: StretchOptions = {}): AsyncGenerator<Stretch, void, void> {
    return this.#calls.loop(LOOP, trainInStretches(this, options));
  }

  /**
   * Runs `work`, which may train, evaluate and read states. If the device is lost meanwhile, it opens a new one, goes back to the latest
   * evaluation, state or restoration before this `work`, and runs `work` again from its start. The given device stays lost; {@link device} is
   * the new one.
   *
   * @throws WebgfnError `device-lost` if devices are lost repeatedly; `busy` while another `work` runs, such as a stretch of {@link run}.
   */
  async surviving<T>(work: () => Promise<T>, onDeviceLost: (loss: DeviceLoss) => void = () => {}): Promise<T> {
    const end = this.#calls.beginLoop("surviving()");
    try {
      for (;;) {
        try {
          const result = await work();
          if (this.#snapshot !== this.#latest) this.#losses = 0;
          this.#snapshot = this.#latest;
          return result;
        } catch (error) {
          onDeviceLost(await this.#calls.inTurn(() => this.#recover(error)));
        }
      }
    } finally {
      end();
    }
  }

  /**
   * Runs `work` while no other call on this trainer runs or begins. Use it to read {@link buffers} or {@link exact} several times at the same
   * step. `work` may call {@link weights} and {@link state}; any other call on the trainer would wait for the end of `work`.
   *
   * @param work gets `evaluate`, which does what {@link Trainer.evaluate} does.
   */
  exclusively<T>(work: (trainer: { evaluate: () => Promise<Progress> }) => Promise<T>): Promise<T> {
    return this.#calls.measure(() => work({ evaluate: () => this.#measure() }));
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
        this.#free();
        this.#engine = engine;
        this.#ownsDevice = true;
        this.#write(snapshot);
        return { error: lost, step: this.#step };
      } catch (failure) {
        const again = device === undefined ? isNoAdapter(failure) : (await device.loss()) !== undefined;
        device?.dispose();
        if (!again) throw failure;
        await new Promise((resolve) => setTimeout(resolve, PAUSE));
        this.#calls.requireOpen();
      }
    }
  }

  /**
   * Measures every replica now.
   *
   * @throws WebgfnError `disposed`, `device-lost`, and any error of a user-defined metric.
   */
  evaluate(): Promise<Progress> {
    return this.exclusively(({ evaluate }) => evaluate());
  }

  async #measure(): Promise<Progress> {
    const { evaluationReplicas, metrics: measured } = this.#engine;
    const { environment, objective, estimator, seed } = this.options;
    const snapshot = await this.#read();
    const { metrics, logZ } = snapshot;
    const faults = unpackFaults(snapshot.faults);
    evaluationReplicas.setStep((FIRST_BATCH.evaluation + this.#step) >>> 0);
    const replicas = (await measured.measure(this.#step)).map((values, r) =>
      replicaProgress(values, {
        exactLogZ: exactLogZOf(this.options),
        seed: seed + r,
        loss: metricsRecord.get(metrics, r, "loss"),
        learnedLogZ: learnsLogZ(objective, estimator) ? logZRecord.get(logZ, r, "value") : undefined,
        fault: faults[r],
      }),
    );
    const rewards = rewardCounts(environment);
    return { step: this.#step, seconds: this.#seconds, ...(rewards && { rewards }), ...meanDistances(replicas), replicas };
  }

  /**
   * Continues with other rewards: with an environment of the same module, sizes and number of data, such as one whose scores were edited
   * during training. Weights and moments stay; log r̄ moves with log Z.
   *
   * @throws WebgfnError `argument` for an environment of another shape, `disposed`.
   */
  retarget(environment: Environment): Promise<void> {
    return this.#calls.inTurn(() => this.#retarget(environment));
  }

  async #retarget(environment: Environment): Promise<void> {
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
    // After a device loss, training must continue with the new rewards, too.
    const snapshots = [...new Set([this.#snapshot, this.#latest])].filter((snapshot) => snapshot !== undefined);
    for (const snapshot of snapshots) snapshot.logRewardShift = moved(snapshot.logRewardShift);
  }

  #setRewardShift(shifts: readonly number[]): void {
    setRewardShift(this.buffers, shifts);
    this.#logRewardShift = [...shifts];
  }

  /** Weights of every replica, in the layout of `nn.Linear`. @throws WebgfnError `disposed`, `device-lost`. */
  async weights(): Promise<LinearWeights[][]> {
    const weights = (await this.#calls.read(() => this.buffers.weights.read())) as Float32Array;
    return perReplica(this.network, weights, 4 * this.network.weights4, 0);
  }

  /**
   * The whole state, all of it after the same step; {@link restore} continues from it with bit-identical results.
   *
   * @throws WebgfnError `disposed`, `device-lost`.
   */
  async state(): Promise<TrainerState> {
    return stateOf(await this.#calls.read(() => this.#read()), this.network);
  }

  /**
   * Continues from a state of a trainer with the same options.
   *
   * @throws WebgfnError `busy` while another call on this trainer is under way, `disposed`.
   */
  restore(state: TrainerState): void {
    this.#calls.requireIdle("restore()");
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

  /**
   * Frees every buffer of this trainer; the given device stays open. Later calls and calls that still wait throw `disposed`. Training under
   * way stops before its next submission, also with `disposed`, and the buffers are freed when the running call has ended. Calling it twice
   * is harmless.
   */
  dispose(): void {
    this.#calls.dispose(() => this.#free());
  }

  #free(): void {
    disposeEngine(this.#engine);
    if (this.#ownsDevice) this.device.dispose();
  }

  /** Calls {@link dispose}, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}

function isNoAdapter(error: unknown): boolean {
  return error instanceof WebgfnError && error.code === "no-adapter";
}
