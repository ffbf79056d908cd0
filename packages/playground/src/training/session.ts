import type { Environment, ParameterValue } from "@webgfn/envs";
import { completeConfiguration } from "@webgfn/runs";
import { type Checkpoint, encodeCheckpoint, Sampler } from "@webgfn/sampler";
import { Replicas } from "@webgfn/sampler/internal";
import { type Device, WebgfnError } from "@webgfn/tensor";
import { largestOf, smallestOf } from "@webgfn/tensor/internal";
import {
  checkpoint as checkpointOf,
  columnValue,
  enumerateObjects,
  type MeasuredReplica,
  spreadOf,
  type TrainerState,
} from "@webgfn/trainer";
import { adviceOn, describeFault, soundReplicas } from "@webgfn/trainer/internal";
import { type FlowReader, flowReader } from "../flow/read.js";
import type { Keep } from "../keep.js";
import { type Point, type Report, type RunFrame, SPEEDS, type Speed, type Trajectory } from "../protocol.js";
import { nameOf, type Settings, tableName } from "../settings.js";
import { fixedWindow, makeTarget } from "../target.js";
import { Gauge } from "./gauge.js";
import { isEarlyPicture, Pace } from "./pace.js";
import { type Model, makePainter, type Painter } from "./pictures.js";
import { configurationFor, Run } from "./run.js";

/** Shortest and longest time in milliseconds between pictures, and the largest share of the time for drawing them. */
const BETWEEN_PICTURES = [150, 1500] as const;
const PICTURE_SHARE = 0.4;
/** Shortest time in milliseconds between samples while training. */
const BETWEEN_SAMPLES = 2500;
/** Shortest and longest time in milliseconds between measurements of the variance, and their largest share of the time. */
const BETWEEN_GAUGES = [3000, 15000] as const;
const GAUGE_SHARE = 0.15;
/** Number of sampled objects in the list. */
const SAMPLES = 6;

/** The origins of a session's models, one entry per objective. */
export interface Beginnings {
  /** The session whose models may continue. Those that do are taken from it; the others are disposed of. */
  previous?: Session | undefined;
  keep: Keep;
  states: readonly (TrainerState | null)[];
  files: readonly (Checkpoint | null)[];
}

/** Trains all chosen objectives side by side on one device, and draws what each has learned. */
export class Session {
  readonly #settings: Settings;
  readonly #report: (message: Report) => void;
  readonly #device: Device;
  readonly #runs: Run[];
  readonly #files: readonly (Checkpoint | null)[];
  readonly #replicas: Replicas;
  readonly #pace = new Pace();
  #env: Record<string, ParameterValue>;
  #environment: Environment;
  #painter!: Painter;
  #flow: FlowReader | undefined;
  /** Whether the page has the graph of the flow. */
  #isGraphKnown = false;
  #selected = 0;
  #temperature: number;
  #drawn = 0;
  #pictureDue = 0;
  /** When the latest picture was made. */
  #shown = 0;
  #samplesDue = 0;
  #gauge: Gauge | undefined;
  #gaugeOn = false;
  #gaugeDue = 0;
  #trained = { steps: 0, milliseconds: 0 };

  private constructor(
    settings: Settings,
    report: (message: Report) => void,
    device: Device,
    environment: Environment,
    runs: Run[],
    files: readonly (Checkpoint | null)[],
  ) {
    this.#settings = settings;
    this.#report = report;
    this.#device = device;
    this.#runs = runs;
    this.#files = files;
    this.#environment = environment;
    this.#env = settings.env;
    this.#temperature = settings.temperature;
    this.#replicas = new Replicas(device, [{ seed: settings.seed }]);
  }

  /**
   * Starts training and shows the first picture. The previous session ends, whether this succeeds or not.
   *
   * @param environment the target of the settings.
   */
  static async start(
    device: Device,
    settings: Settings,
    environment: Environment,
    report: (message: Report) => void,
    { previous, keep, states, files }: Beginnings,
  ): Promise<Session> {
    report({ type: "busy", text: `Compiling for ${device.adapter.name} …` });
    const runs: Run[] = [];
    const old = previous !== undefined && previous.#device === device ? previous.#runs : [];
    const inherited = new Set<Run>();
    try {
      for (const [n, choice] of settings.choices.entries()) {
        const from = keep[n] ?? null;
        const before = from === null ? undefined : old[from];
        const file = files[n] ?? undefined;
        const configuration = configurationFor(settings, choice, file);
        if (before !== undefined && JSON.stringify(before.configuration) === JSON.stringify(configuration)) {
          inherited.add(before);
          runs.push(before);
          continue;
        }
        const state = before === undefined ? (states[n] ?? undefined) : await before.trainer.state();
        runs.push(await Run.create(device, environment, { configuration, state, file }, file !== undefined));
      }
      const session = new Session(settings, report, device, environment, runs, files);
      session.#painter = await makePainter(session.#inputs(), fixedWindow(settings.environment));
      session.#flow = await flowReader(device, environment);
      session.#announce();
      await session.show();
      return session;
    } catch (cause) {
      for (const run of runs) if (!inherited.has(run)) run.dispose();
      inherited.clear();
      throw cause;
    } finally {
      if (previous !== undefined) previous.#end(inherited);
    }
  }

  /** Settings, states and files from which a session on another device can resume. */
  get saved(): { settings: Settings; states: TrainerState[]; files: readonly (Checkpoint | null)[] } {
    const settings = { ...this.#settings, env: this.#env, temperature: this.#temperature };
    return { settings, states: this.#runs.map(({ saved }) => saved), files: this.#files };
  }

  /** The current states of all models; if the device is lost, those of the latest picture. */
  async states(): Promise<TrainerState[]> {
    try {
      return await Promise.all(this.#runs.map(({ trainer }) => trainer.state()));
    } catch {
      return this.saved.states;
    }
  }

  #announce(): void {
    const { title } = this.#environment;
    const [first] = this.#runs as [Run];
    const columns = first.trainer.columns.filter(({ shown = "everywhere" }) => shown === "everywhere");
    this.#report({ type: "started", title, adapter: this.#device.adapter.name, columns });
  }

  get #run(): Run {
    return this.#runs[this.#selected] as Run;
  }

  #inputs() {
    return this.#run.inputs(this.#environment, this.#replicas);
  }

  /** The largest number of steps of any model. */
  get step(): number {
    return this.#runs.reduce((most, { trainer }) => Math.max(most, trainer.step), 0);
  }

  /** Models that were added later train alone until they have as many steps as the others. */
  #behind(): readonly Run[] {
    const own = this.#runs.filter(({ isFromFile }) => !isFromFile);
    const front = own.reduce((most, { trainer }) => Math.max(most, trainer.step), 0);
    const behind = own.filter(({ trainer }) => trainer.step < front);
    return behind.length > 0 ? behind : this.#runs;
  }

  /**
   * Trains for a short time, then shows a picture and measures the variance if they are due.
   *
   * @param until the last step to take.
   * @returns whether this step is reached.
   */
  async turn(until = Number.POSITIVE_INFINITY): Promise<boolean> {
    const runs = this.#behind();
    const from = smallestOf(runs.map(({ trainer }) => trainer.step));
    const gap = runs.length < this.#runs.length ? this.step - from : Math.max(0, until - this.step);
    const steps = Math.min(this.#pace.next(from), gap, ...runs.map(({ left }) => left));
    if (steps === 0) await new Promise((resolve) => setTimeout(resolve, this.#pace.wait));
    else await this.#train(runs, steps);
    const isDue = steps > 0 && runs.length === this.#runs.length && isEarlyPicture(this.step);
    const isThere = this.step >= until && this.#behind().length === this.#runs.length;
    if (isDue) {
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, this.#shown + BETWEEN_PICTURES[0] - performance.now())));
    }
    if (isDue || isThere || performance.now() >= this.#pictureDue) await this.show();
    if (this.#gaugeOn && performance.now() >= this.#gaugeDue) await this.#measure();
    return isThere;
  }

  /** Takes one training step with every objective, and shows a picture. */
  async stepOnce(): Promise<void> {
    await this.#train(this.#behind(), 1);
    await this.show();
    await this.sample();
  }

  async #train(runs: readonly Run[], steps: number): Promise<void> {
    const start = performance.now();
    for (const { trainer } of runs) await trainer.train(steps);
    const milliseconds = performance.now() - start;
    this.#pace.took(steps, milliseconds);
    this.#trained.steps += steps;
    this.#trained.milliseconds += milliseconds;
  }

  /** Evaluates and draws every objective, and reports both to the page, from time to time with new samples. */
  async show(): Promise<void> {
    const start = performance.now();
    const faults: string[] = [];
    const values: Point[] = [];
    const ranges: RunFrame["ranges"][] = [];
    for (const [n, run] of this.#runs.entries()) {
      const { replicas } = await run.trainer.evaluate();
      replicas.forEach(({ fault, seed }, r) => {
        if (fault === undefined) return;
        const name = this.#nameOf(n);
        faults.push(`${name}: ${describeFault(fault, r, seed)}, and is trained no further; ${adviceOn(fault)}`);
      });
      const keys = run.trainer.columns.map(({ key }) => key);
      values.push(Object.fromEntries(keys.map((key) => [key, spreadOf(replicas, key)?.mean ?? Number.NaN])));
      ranges.push(replicas.length > 1 ? Object.fromEntries(keys.map((key) => [key, rangeOf(replicas, key)])) : undefined);
      run.saved = await run.trainer.state();
    }
    const models = [];
    for (const run of this.#runs) models.push(await run.modelAt(this.#temperature, this.#environment, this.#replicas));
    const { picture, missed } = await this.#painter.paint(models);
    const { exactLogZ } = this.#environment;
    const runs = this.#runs.map(
      ({ trainer }, n): RunFrame => ({
        step: trainer.step,
        values: values[n] as Point,
        missed: missed[n] ?? null,
        ...(ranges[n] && { ranges: ranges[n] }),
      }),
    );
    const { steps, milliseconds } = this.#trained;
    this.#trained = { steps: 0, milliseconds: 0 };
    this.#report({
      type: "progress",
      frame: { step: this.step, exactLogZ: exactLogZ.available ? exactLogZ.value : null, runs, picture },
      stepsPerSecond: milliseconds > 0 ? (1000 * steps) / milliseconds : 0,
      faults,
    });
    await this.#showFlow(models[this.#selected]?.exact);
    if (performance.now() >= this.#samplesDue) await this.sample();
    this.#shown = performance.now();
    this.#pictureDue = dueAfter(start, BETWEEN_PICTURES, PICTURE_SHARE);
  }

  /** Reports the flow of the policy that an evaluator has measured. */
  async #showFlow(exact: Model["exact"]): Promise<void> {
    if (this.#flow === undefined || exact === undefined) return this.#report({ type: "flow" });
    const { graph } = this.#flow;
    const learned = await this.#run.learnedBackward(this.#environment, this.#replicas);
    const backward = learned && (await this.#flow.backward(learned));
    const policy = await this.#flow.policy(exact);
    this.#report({ type: "flow", ...(!this.#isGraphKnown && { graph }), policy, ...(backward && { backward }) });
    this.#isGraphKnown = true;
  }

  #nameOf(n: number): string {
    const choice = this.#settings.choices[n];
    return choice === undefined ? "" : nameOf(choice);
  }

  /** Samples objects from the selected objective's current policy, different ones at each call; none from a broken policy. */
  async sample(): Promise<void> {
    this.#samplesDue = performance.now() + BETWEEN_SAMPLES;
    const run = this.#run;
    const seed = this.#settings.seed + ++this.#drawn;
    const weights = run.weightsAt(this.#temperature);
    const { policy } = run.trainer.network;
    const name = `the policy of ${this.#nameOf(this.#selected)}`;
    const options = { environment: this.#environment, policy, weights, seed, batchSize: SAMPLES, name };
    let sampler: Sampler | undefined;
    try {
      sampler = await Sampler.create(this.#device, options);
      const drawn = await sampler.sample(SAMPLES);
      const [first] = drawn;
      const { objects } = this.#environment;
      const actions = first?.actions ?? [];
      const path = "path" in objects.picture ? objects.picture.path?.(actions) : undefined;
      const trajectory: Trajectory = {
        objective: this.#selected,
        step: run.saved.step,
        steps: objects.steps(actions),
        ...(path === undefined ? {} : { path }),
        logForward: first?.logForward ?? Number.NaN,
        logReward: first?.logReward ?? Number.NaN,
      };
      const samples = drawn.map(({ object, logReward }) => ({ name: objects.text(object), logReward }));
      this.#report({ type: "sampled", trajectory, samples });
    } catch (cause) {
      // A model's fault is reported with its picture.
      if (!(cause instanceof WebgfnError) || cause.code !== "numbers") throw cause;
    } finally {
      sampler?.dispose();
    }
  }

  /** Continues training on an environment with other parameters of the target. */
  async retarget(env: Record<string, ParameterValue>): Promise<void> {
    const environment = await makeTarget(this.#device, { ...this.#settings, env });
    for (const run of this.#runs) {
      await run.trainer.retarget(environment);
      run.forgetTarget();
    }
    this.#env = env;
    this.#environment = environment;
    this.#painter = await makePainter(this.#inputs(), fixedWindow(this.#settings.environment));
    this.#flow = await flowReader(this.#device, environment);
    this.#isGraphKnown = false;
    this.#pictureDue = 0;
  }

  setSpeed(speed: Speed): void {
    this.#pace.perSecond = SPEEDS[speed];
  }

  setTemperature(value: number): void {
    this.#temperature = value;
    this.#pictureDue = 0;
    this.#samplesDue = 0;
  }

  async select(index: number): Promise<void> {
    this.#selected = Math.min(index, this.#runs.length - 1);
    this.#forgetGauge();
    const { exact } = await this.#run.modelAt(this.#temperature, this.#environment, this.#replicas);
    await this.#showFlow(exact);
    await this.sample();
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
   * The selected objective's model as a checkpoint file, which the command line can read. It contains an expression's rewards as a table, so
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

  #forgetGauge(): void {
    this.#gauge?.dispose();
    this.#gauge = undefined;
    this.#gaugeDue = 0;
  }

  /** Frees the session's buffers. The device stays open, so that a later session reuses the compiled kernels. */
  dispose(): void {
    this.#end(new Set());
  }

  /** Like {@link dispose}, but keeps the models that continue in another session. */
  #end(inherited: ReadonlySet<Run>): void {
    this.#forgetGauge();
    for (const run of this.#runs) {
      if (inherited.has(run)) run.forgetTarget();
      else run.dispose();
    }
    this.#replicas.dispose();
  }
}

/** The lowest and highest value of the sound replicas; NaN if there are none. */
function rangeOf(replicas: readonly MeasuredReplica[], key: string): [number, number] {
  const values = soundReplicas(replicas).flatMap((replica) => columnValue(replica, key) ?? []);
  return values.length === 0 ? [Number.NaN, Number.NaN] : [smallestOf(values), largestOf(values)];
}

/** The next due time of an activity that began at `start`, ends now, and may take up the given share of the time. */
function dueAfter(start: number, [least, most]: readonly [number, number], share: number): number {
  const now = performance.now();
  return now + Math.min(most, Math.max(least, (now - start) * (1 / share - 1)));
}
