import source from "@webgfn/shaders/sampler/replica.wgsl";
import type { Device, Tensor } from "@webgfn/tensor";
import { Struct } from "@webgfn/tensor/internal";

/** See `Replica` in `shaders/sampler/replica.wgsl`. */
const replicaRecord = new Struct<
  | "seed"
  | "step"
  | "parameters"
  | "log_reward_shift"
  | "exploration"
  | "learning_rate"
  | "log_z_rate"
  | "steps"
  | "decay_power"
  | "log_z_decay_power"
  | "exploration_end"
  | "temperature"
  | "anneal"
  | "anneal_until"
>(source, "Replica");

/** Settings of one replica. Omitted settings are 0, or 1 for the powers, the number of steps, the temperature and annealing. */
export interface ReplicaSettings {
  /** Key of its random numbers: a whole number below 2^53. */
  seed: number;
  step?: number;
  /** The numbers that the objective declares, at most eight. */
  parameters?: readonly number[];
  /** log r̄ */
  logRewardShift?: number;
  /** ε at the first step. */
  exploration?: number;
  /** ε at the last step. Default: ε at the first step. */
  explorationEnd?: number;
  /** Temperature of a rollout that is `tempered`. */
  temperature?: number;
  /** β at the first step: the objective's target is R^β. */
  anneal?: number;
  /** The part of the schedule after which β is 1. */
  annealUntil?: number;
  learningRate?: number;
  logZRate?: number;
  /** Length of the schedule. */
  steps?: number;
  decayPower?: number;
  logZDecayPower?: number;
}

/** The GPU's table of replicas: settings and step counters. */
export class Replicas {
  /** `[replica, words of a Replica]` */
  readonly tensor: Tensor;
  readonly count: number;

  constructor(device: Device, settings: readonly ReplicaSettings[]) {
    this.count = settings.length;
    this.tensor = device.tensor([settings.length, replicaRecord.words], { dtype: "u32", label: "replicas" });
    const entries = settings.map((replica) => ({
      seed: [replica.seed >>> 0, Math.floor(replica.seed / 2 ** 32) >>> 0],
      step: replica.step ?? 0,
      parameters: replica.parameters ?? [],
      log_reward_shift: replica.logRewardShift ?? 0,
      exploration: replica.exploration ?? 0,
      learning_rate: replica.learningRate ?? 0,
      log_z_rate: replica.logZRate ?? 0,
      steps: replica.steps ?? 1,
      decay_power: replica.decayPower ?? 1,
      log_z_decay_power: replica.logZDecayPower ?? 1,
      exploration_end: replica.explorationEnd ?? replica.exploration ?? 0,
      temperature: replica.temperature ?? 1,
      anneal: replica.anneal ?? 1,
      anneal_until: replica.annealUntil ?? 1,
    }));
    this.tensor.write(replicaRecord.pack(entries));
  }

  /** Sets the step counter of every replica. */
  setStep(step: number): void {
    for (let r = 0; r < this.count; r++) {
      this.tensor.write(Uint32Array.of(step), r * replicaRecord.words + replicaRecord.offset("step"));
    }
  }

  /** The step counter of every replica. */
  async steps(): Promise<number[]> {
    return [...replicaRecord.column((await this.tensor.read()) as Uint32Array, "step")];
  }

  /** Sets log r̄ of one replica. */
  setLogRewardShift(replica: number, shift: number): void {
    const at = replica * replicaRecord.words + replicaRecord.offset("log_reward_shift");
    this.tensor.write(new Uint32Array(Float32Array.of(shift).buffer), at);
  }

  dispose(): void {
    this.tensor.dispose();
  }
}
