import { unavailable } from "@webgfn/envs";
import { trajectoryBalance } from "@webgfn/objectives";
import { adapterText } from "@webgfn/runs/internal";
import { mlp, Sampler } from "@webgfn/sampler";
import type { Device } from "@webgfn/tensor";
import { Trainer } from "@webgfn/trainer";
import type { Contestant } from "./contestant.js";
import { logits, logSoftmax } from "./network.js";
import type { Settings } from "./tasks.js";
import type { World } from "./world.js";

/** Objects of the handshake. */
const OBJECTS = 64;
/** Shortest time in seconds over which the speed of several replicas is measured. */
const TIMED = 1;

/** This project as a contestant, with one replica, because every other contestant trains one model. */
export class Webgfn implements Contestant {
  readonly name = "webgfn";
  readonly #device: Device;
  readonly #world: World;
  readonly #settings: Settings;
  #trainer: Trainer;
  readonly compileSeconds: number;

  private constructor(device: Device, world: World, settings: Settings, trainer: Trainer, compileSeconds: number) {
    this.#device = device;
    this.#world = world;
    this.#settings = settings;
    this.#trainer = trainer;
    this.compileSeconds = compileSeconds;
  }

  static async open(device: Device, world: World, settings: Settings): Promise<Webgfn> {
    const start = performance.now();
    const trainer = await makeTrainer(device, world, settings);
    return new Webgfn(device, world, settings, trainer, (performance.now() - start) / 1000);
  }

  get about(): string {
    return adapterText(this.#device.adapter);
  }

  /** Rewards of objects that the policy samples. */
  async rewards() {
    const { environment, policy } = this.#trainer.options;
    const [weights = []] = await this.#trainer.weights();
    const sampler = await Sampler.create(this.#device, { environment, policy, weights, batchSize: OBJECTS });
    try {
      const samples = await sampler.sample(OBJECTS);
      return samples.map(({ object, logReward }) => ({ state: this.#world.stateOf(object), logReward }));
    } finally {
      sampler.dispose();
    }
  }

  async start(seed: number): Promise<void> {
    this.#trainer.dispose();
    this.#trainer = await makeTrainer(this.#device, this.#world, this.#settings, { seed });
  }

  async train(steps: number): Promise<number> {
    return await timed(this.#trainer, steps);
  }

  async logZ(): Promise<number> {
    const { logZ } = await this.#trainer.state();
    return logZ[0]?.[0] as number;
  }

  async policy(states: readonly unknown[]): Promise<Float32Array> {
    const { twin } = this.#world;
    const [layers = []] = await this.#trainer.weights();
    const rows = new Float32Array(states.length * twin.actions);
    states.forEach((state, n) => {
      rows.set(logSoftmax(logits(layers, twin.featuresOf(state)), twin.allowed(state)), n * twin.actions);
    });
    return rows;
  }

  async taken(states: readonly unknown[], actions: readonly number[]): Promise<Float32Array> {
    const rows = await this.policy(states);
    return Float32Array.from(actions, (action, n) => rows[n * this.#world.twin.actions + action] as number);
  }

  /** Steps per second of several replicas that train together. */
  async together(replicas: number): Promise<number> {
    const trainer = await makeTrainer(this.#device, this.#world, this.#settings, { replicas });
    try {
      let [steps, seconds] = [1, await timed(trainer, 1)];
      while (seconds < TIMED) {
        const block = Math.ceil(((TIMED - seconds) / seconds) * steps);
        seconds += await timed(trainer, block);
        steps += block;
      }
      return steps / seconds;
    } finally {
      trainer.dispose();
    }
  }

  close(): void {
    this.#trainer.dispose();
  }
}

async function timed(trainer: Trainer, steps: number): Promise<number> {
  const start = performance.now();
  await trainer.train(steps);
  return (performance.now() - start) / 1000;
}

function makeTrainer(
  device: Device,
  world: World,
  { hidden, batch, steps, learningRate, logZLearningRate }: Settings,
  { seed = 0, replicas = 1 } = {},
): Promise<Trainer> {
  // The shared judge measures exactly; a trainer that also listed the states would start more slowly.
  const environment = { ...world.environment, enumeration: unavailable<number>("the judge lists the states") };
  return Trainer.create(device, {
    environment,
    policy: mlp({ hidden: [...hidden] }),
    objective: trajectoryBalance(),
    batchSize: batch,
    steps,
    learningRate,
    logZLearningRate,
    logZInitial: 0,
    decayPower: 0,
    logZDecayPower: 0,
    seed,
    replicas,
  });
}
