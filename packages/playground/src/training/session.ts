import type { Environment, ParameterValue } from "@webgfn/envs";
import { type Configuration, completeConfiguration, trainerOptions } from "@webgfn/runs";
import { type Checkpoint, encodeCheckpoint, type LinearWeights, Sampler } from "@webgfn/sampler";
import { packWeights, Replicas } from "@webgfn/sampler/internal";
import { type Device, type Tensor, WebgfnError } from "@webgfn/tensor";
import {
  checkpoint as checkpointOf,
  type EvaluatorInputs,
  enumerateObjects,
  restoreCheckpoint,
  type Stretch,
  spreadOf,
  Trainer,
  type TrainerState,
} from "@webgfn/trainer";
import { adviceOn, describeFault, ExactEvaluator } from "@webgfn/trainer/internal";
import { type FlowReader, flowReader } from "../flow/read.js";
import type { Point, Report, Trajectory } from "../protocol.js";
import { configurationOf, type Settings, tableName } from "../settings.js";
import { fixedWindow, makeTarget } from "../target.js";
import { continued } from "./configuration.js";
import { Gauge } from "./gauge.js";
import { makePainter, type Painter } from "./pictures.js";
import { temperedWeights } from "./tempered.js";

/** Milliseconds of training before the worker handles commands; short enough that pausing feels immediate. */
const TURN = 80;
/** Largest number of training steps before the worker handles commands. */
const MOST_STEPS = 500;
/** Shortest and longest time in milliseconds between pictures, and the largest share of the time for drawing them. */
const BETWEEN_PICTURES = [150, 1500] as const;
const PICTURE_SHARE = 0.4;
/** Shortest and longest time in milliseconds between measurements of the variance, and their largest share of the time. */
const BETWEEN_GAUGES = [3000, 15000] as const;
const GAUGE_SHARE = 0.15;
/** Number of sampled objects in the list. */
const SAMPLES = 6;

/** One objective's model. */
interface Run {
  configuration: Configuration;
  trainer: Trainer;
  /** The state at the latest picture. Training resumes from it after the device was lost. */
  saved: TrainerState;
}

/** Trains all chosen objectives side by side on one device, and draws the distribution that the selected one has learned. */
export class Session {
  readonly #settings: Settings;
  readonly #report: (message: Report) => void;
  readonly #device: Device;
  readonly #runs: Run[];
  readonly #replicas: Replicas;
  #env: Record<string, ParameterValue>;
  #environment: Environment;
  #painter!: Painter;
  #flow: FlowReader | undefined;
  /** Whether the page has the graph of the flow. */
  #flowKnown = false;
  #selected = 0;
  #temperature: number;
  /** The training loop of the first objective. The others take as many steps as it does. */
  readonly #loop: AsyncGenerator<Stretch, void, void>;
  #pictures = 0;
  #pictureDue = 0;
  #gauge: Gauge | undefined;
  #gaugeOn = false;
  #gaugeDue = 0;
  #trained = { steps: 0, milliseconds: 0 };
  #tempered: { tensor: Tensor; evaluator: ExactEvaluator | undefined } | undefined;

  private constructor(settings: Settings, report: (message: Report) => void, device: Device, environment: Environment, runs: Run[]) {
    this.#settings = settings;
    this.#report = report;
    this.#device = device;
    this.#runs = runs;
    this.#environment = environment;
    this.#env = settings.env;
    this.#temperature = settings.temperature;
    this.#replicas = new Replicas(device, [{ seed: settings.seed }]);
    const [first] = runs as [Run];
    // The trainer must not replace a lost device by itself, because the session also draws and samples on it.
    this.#loop = first.trainer.stretches({ seconds: TURN / 1000 / runs.length, mostSteps: MOST_STEPS, recover: false });
  }

  /**
   * Starts training and shows the first picture.
   *
   * @param environment the target of the settings.
   * @param from states to resume from, one per objective, or a checkpoint of the first objective.
   */
  static async start(
    device: Device,
    settings: Settings,
    environment: Environment,
    report: (message: Report) => void,
    from: { states?: readonly TrainerState[]; checkpoint?: Checkpoint } = {},
  ): Promise<Session> {
    report({ type: "busy", text: `Compiling for ${device.adapter.name} …` });
    const runs: Run[] = [];
    try {
      for (const [n, choice] of settings.choices.entries()) {
        const configuration = n === 0 && from.checkpoint ? continued(from.checkpoint) : configurationOf(settings, choice);
        const trainer = await Trainer.create(device, trainerOptions(configuration, { environment }));
        const state = from.states?.[n];
        if (state !== undefined) trainer.restore(state);
        else if (n === 0 && from.checkpoint !== undefined) restoreCheckpoint(trainer, from.checkpoint);
        runs.push({ configuration, trainer, saved: await trainer.state() });
      }
      const session = new Session(settings, report, device, environment, runs);
      session.#painter = await makePainter(session.#inputs(), fixedWindow(settings.environment));
      session.#flow = await flowReader(device, environment);
      session.#announce();
      await session.show();
      return session;
    } catch (cause) {
      for (const { trainer } of runs) trainer.dispose();
      throw cause;
    }
  }

  /** Settings and states from which a session on another device can resume. */
  get saved(): { settings: Settings; states: TrainerState[] } {
    const settings = { ...this.#settings, env: this.#env, temperature: this.#temperature };
    return { settings, states: this.#runs.map(({ saved }) => saved) };
  }

  #announce(): void {
    const { title } = this.#environment;
    const [first] = this.#runs as [Run];
    this.#report({
      type: "started",
      title,
      adapter: this.#device.adapter.name,
      columns: first.trainer.columns.filter(({ shown = "everywhere" }) => shown === "everywhere"),
      step: first.trainer.step,
    });
  }

  get #run(): Run {
    return this.#runs[this.#selected] as Run;
  }

  #inputs(weights = this.#run.trainer.buffers.weights): EvaluatorInputs {
    const { network, buffers } = this.#run.trainer;
    return { device: this.#device, environment: this.#environment, network, weights, data: buffers.data, replicas: this.#replicas };
  }

  /** Trains for a short time, then shows a picture and measures the variance if they are due. */
  async turn(): Promise<void> {
    await this.#train(async ([, ...others]) => {
      const { value, done } = await this.#loop.next();
      // At the end of the schedule, only wait for commands.
      if (done) await new Promise((resolve) => setTimeout(resolve, TURN));
      const steps = value?.steps ?? 0;
      for (const { trainer } of done ? [] : others) await trainer.train(steps);
      return steps;
    });
    if (performance.now() >= this.#pictureDue) await this.show();
    if (this.#gaugeOn && performance.now() >= this.#gaugeDue) await this.#measure();
  }

  /** Takes one training step with every objective, and shows a picture. */
  async step(): Promise<void> {
    await this.#train(async (runs) => {
      for (const { trainer } of runs) await trainer.train(1);
      return 1;
    });
    await this.show();
  }

  /** Runs and times training. @param train takes steps with every objective, and returns their number. */
  async #train(train: (runs: readonly Run[]) => Promise<number>): Promise<void> {
    const start = performance.now();
    this.#trained.steps += await train(this.#runs);
    this.#trained.milliseconds += performance.now() - start;
  }

  /** Evaluates every objective, draws the picture of the selected one, and reports both to the page. */
  async show(): Promise<void> {
    const start = performance.now();
    const points: Point[] = [];
    const faults: string[] = [];
    for (const run of this.#runs) {
      const { replicas } = await run.trainer.evaluate();
      replicas.forEach(({ fault, seed }, r) => {
        if (fault === undefined) return;
        faults.push(`${run.configuration.objective}: ${describeFault(fault, r, seed)}, and is trained no further; ${adviceOn(fault)}`);
      });
      const values = run.trainer.columns.map(({ key }) => [key, spreadOf(replicas, key)?.mean ?? Number.NaN]);
      points.push(Object.fromEntries(values) as Point);
      run.saved = await run.trainer.state();
    }
    const [weights = []] = this.#run.saved.weights;
    const tempered = temperedWeights(this.#run.trainer, weights, this.#temperature);
    const { inputs, probabilities, exact } = await this.#learned(tempered);
    const picture = await this.#painter.paint(inputs, probabilities);
    const { trajectory, samples } = await this.#sample(tempered, faults);
    const { exactLogZ } = this.#environment;
    const { steps, milliseconds } = this.#trained;
    this.#trained = { steps: 0, milliseconds: 0 };
    this.#report({
      type: "progress",
      step: this.#run.trainer.step,
      stepsPerSecond: milliseconds > 0 ? (1000 * steps) / milliseconds : 0,
      exactLogZ: exactLogZ.available ? exactLogZ.value : null,
      points,
      picture,
      trajectory,
      samples,
      faults,
    });
    await this.#showFlow(exact);
    this.#pictureDue = dueAfter(start, BETWEEN_PICTURES, PICTURE_SHARE);
  }

  /** Reports the flow of the policy that an evaluator has measured. */
  async #showFlow(exact: ExactEvaluator | undefined): Promise<void> {
    if (this.#flow === undefined || exact === undefined) return this.#report({ type: "flow" });
    const { graph } = this.#flow;
    this.#report({ type: "flow", ...(!this.#flowKnown && { graph }), policy: await this.#flow.policy(exact) });
    this.#flowKnown = true;
  }

  /** The model to draw, its exact probabilities, and what measured them: those of the trainer, or of a copy at a temperature other than 1. */
  async #learned(
    tempered: readonly LinearWeights[],
  ): Promise<{ inputs: EvaluatorInputs; probabilities: Float32Array | undefined; exact: ExactEvaluator | undefined }> {
    const { trainer } = this.#run;
    if (this.#temperature === 1) {
      return { inputs: this.#inputs(), probabilities: await trainer.exact?.probabilities(0), exact: trainer.exact };
    }
    if (this.#tempered === undefined) {
      const tensor = this.#device.tensor([1, 4 * trainer.network.weights4], { label: "tempered weights" });
      this.#tempered = { tensor, evaluator: trainer.exact ? await ExactEvaluator.create(this.#inputs(tensor)) : undefined };
    }
    const { tensor, evaluator } = this.#tempered;
    tensor.write(packWeights(trainer.network, tempered));
    await evaluator?.measure();
    return { inputs: this.#inputs(tensor), probabilities: await evaluator?.probabilities(0), exact: evaluator };
  }

  /** @param faults gets a sentence where the policy's numbers are not finite; there are no samples then. */
  async #sample(
    weights: readonly LinearWeights[],
    faults: string[],
  ): Promise<{
    trajectory: Trajectory;
    samples: { name: string; logReward: number }[];
  }> {
    const { policy } = this.#run.trainer.network;
    const seed = this.#settings.seed + ++this.#pictures;
    const name = `the policy of ${this.#run.configuration.objective}`;
    const options = { environment: this.#environment, policy, weights, seed, batchSize: SAMPLES, name };
    let sampler: Sampler | undefined;
    try {
      sampler = await Sampler.create(this.#device, options);
      const drawn = await sampler.sample(SAMPLES);
      const [first] = drawn;
      const { objects } = this.#environment;
      const actions = first?.actions ?? [];
      const path = "path" in objects.picture ? objects.picture.path?.(actions) : undefined;
      const steps = objects.steps(actions);
      return {
        trajectory: {
          steps,
          ...(path === undefined ? {} : { path }),
          logForward: first?.logForward ?? Number.NaN,
          logReward: first?.logReward ?? Number.NaN,
        },
        samples: drawn.map(({ object, logReward }) => ({ name: objects.text(object), logReward })),
      };
    } catch (cause) {
      if (!(cause instanceof WebgfnError) || cause.code !== "numbers") throw cause;
      faults.push(cause.message);
      return { trajectory: { steps: [], logForward: Number.NaN, logReward: Number.NaN }, samples: [] };
    } finally {
      sampler?.dispose();
    }
  }

  /** Continues training on an environment with other parameters of the target. */
  async retarget(env: Record<string, ParameterValue>): Promise<void> {
    const environment = await makeTarget(this.#device, { ...this.#settings, env });
    for (const { trainer } of this.#runs) await trainer.retarget(environment);
    this.#env = env;
    this.#environment = environment;
    this.#painter = await makePainter(this.#inputs(), fixedWindow(this.#settings.environment));
    this.#flow = await flowReader(this.#device, environment);
    this.#flowKnown = false;
    this.#pictureDue = 0;
  }

  setTemperature(value: number): void {
    this.#temperature = value;
    this.#pictureDue = 0;
  }

  select(index: number): void {
    this.#selected = Math.min(index, this.#runs.length - 1);
    this.#forgetSelected();
    this.#pictureDue = 0;
  }

  setGauge(on: boolean): void {
    this.#gaugeOn = on;
    this.#gaugeDue = 0;
  }

  /** Measures the variance now if the gauge is on. */
  async measureIfOn(): Promise<void> {
    if (this.#gaugeOn) await this.#measure();
  }

  async #measure(): Promise<void> {
    const { objective, estimator } = this.#run.trainer.options;
    if (objective.family !== "divergence") {
      const unavailable = "This objective is a balance loss, which takes no control variate.";
      this.#gaugeDue = Number.POSITIVE_INFINITY;
      return this.#report({ type: "variance", unavailable });
    }
    const start = performance.now();
    this.#gauge ??= await Gauge.create(this.#run.trainer);
    const variances = await this.#gauge.measure();
    this.#report({ type: "variance", ...variances, estimator: estimator.name });
    this.#gaugeDue = dueAfter(start, BETWEEN_GAUGES, GAUGE_SHARE);
  }

  /**
   * The selected objective's model as a checkpoint file, which the command line can read. The rewards by an expression are in it as a table:
   * the file needs no program.
   */
  async export(): Promise<{ name: string; bytes: Uint8Array }> {
    const { trainer, configuration } = this.#run;
    const { reward, beta } = this.#settings;
    const rewardTable = reward === "" ? undefined : { name: tableName(reward), text: await this.#rewardLines() };
    const written = completeConfiguration({ ...configuration, env: this.#env, beta, ...(rewardTable && { rewardTable }) });
    const bytes = encodeCheckpoint(await checkpointOf(trainer, written));
    return { name: `${configuration.environment}-${configuration.objective}-${trainer.step}.safetensors`, bytes };
  }

  /** log R of every object as JSON lines. */
  async #rewardLines(): Promise<string> {
    const objects = await enumerateObjects(this.#device, this.#environment);
    return objects.map(({ object, logReward }) => `${JSON.stringify({ object, logReward })}\n`).join("");
  }

  #forgetSelected(): void {
    this.#gauge?.dispose();
    this.#gauge = undefined;
    this.#gaugeDue = 0;
    this.#tempered?.evaluator?.dispose();
    this.#tempered?.tensor.dispose();
    this.#tempered = undefined;
  }

  /** Frees the session's buffers. The device stays open, so that a later session reuses the compiled kernels. */
  dispose(): void {
    this.#forgetSelected();
    this.#replicas.dispose();
    for (const { trainer } of this.#runs) trainer.dispose();
  }
}

/** The next due time of an activity that began at `start`, ends now, and may take up the given share of the time. */
function dueAfter(start: number, [least, most]: readonly [number, number], share: number): number {
  const now = performance.now();
  return now + Math.min(most, Math.max(least, (now - start) * (1 / share - 1)));
}
