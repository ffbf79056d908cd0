import type { Device, Tensor } from "@webgfn/tensor";

/** What distinguishes a replica; the host's side of `shaders/sampler/replica.wgsl`. */
export interface ReplicaSettings {
  seed: number;
  step?: number;
  alpha?: number;
  logRewardShift?: number;
  exploration?: number;
  learningRate?: number;
  logZRate?: number;
  steps?: number;
  decayPower?: number;
  logZDecayPower?: number;
}

/** 32-bit words of one entry. */
const REPLICA_WORDS = 12;
/** Word that holds the step counter. */
const STEP = 2;
/** Word that holds log r̄. */
const SHIFT = 5;

/** The GPU's table of replicas. */
export class Replicas {
  readonly tensor: Tensor;
  readonly count: number;

  constructor(device: Device, settings: readonly ReplicaSettings[]) {
    this.count = settings.length;
    this.tensor = device.tensor([settings.length, REPLICA_WORDS], { dtype: "u32", label: "replicas" });
    const words = new Uint32Array(settings.length * REPLICA_WORDS);
    const floats = new Float32Array(words.buffer);
    settings.forEach((replica, r) => {
      const start = r * REPLICA_WORDS;
      words.set([replica.seed >>> 0, Math.floor(replica.seed / 2 ** 32) >>> 0, replica.step ?? 0, 0], start);
      floats.set(
        [
          replica.alpha ?? 0,
          replica.logRewardShift ?? 0,
          replica.exploration ?? 0,
          replica.learningRate ?? 0,
          replica.logZRate ?? 0,
          replica.steps ?? 1,
          replica.decayPower ?? 1,
          replica.logZDecayPower ?? 1,
        ],
        start + 4,
      );
    });
    this.tensor.write(words);
  }

  /** Sets the step counter of every replica. */
  setStep(step: number): void {
    for (let r = 0; r < this.count; r++) this.tensor.write(Uint32Array.of(step), r * REPLICA_WORDS + STEP);
  }

  /** Sets log r̄ of one replica. */
  setLogRewardShift(replica: number, shift: number): void {
    this.tensor.write(new Uint32Array(Float32Array.of(shift).buffer), replica * REPLICA_WORDS + SHIFT);
  }

  dispose(): void {
    this.tensor.dispose();
  }
}
