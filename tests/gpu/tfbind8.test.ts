/**
 * TFBind8, the binding of a transcription factor to all 65,536 DNA sequences of 8 bases, as a table: R = max(10 (y/y_max)³, 10⁻³). The
 * measurements are in a folder beside the project; without it, a made-up table of the same shape takes their place.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { qm9Small, type SequenceObject, sequences, tableReward } from "@webgfn/envs";
import { renyi } from "@webgfn/objectives";
import { mlp } from "@webgfn/sampler";
import { fullEvaluation, listTarget, Trainer } from "@webgfn/trainer";
import { describe, expect, it, vi } from "vitest";
import { testDevice } from "./device.js";

// A driver compiles each kernel when it first runs.
vi.setConfig({ testTimeout: 300_000 });

const FILE = join(import.meta.dirname, "../../../shared/data/tfbind8_y_f32.bin");
const isMeasured = existsSync(FILE);
const COUNT = 4 ** 8;

/** Bases of a sequence by its number, the first base first. */
function basesOf(number: number): number[] {
  return Array.from({ length: 8 }, (_, i) => (number >> (2 * (7 - i))) & 3);
}

/** y of every sequence. The made-up one falls with the distance from two motifs. */
function measurements(): Float32Array {
  if (isMeasured) return new Float32Array(new Uint8Array(readFileSync(FILE)).buffer);
  const motifs = [0b0001101100011011, 0b1110010011100100];
  const distance = (a: number, b: number) => basesOf(a).filter((base, i) => base !== basesOf(b)[i]).length;
  return Float32Array.from({ length: COUNT }, (_, n) => 1 - Math.min(...motifs.map((motif) => distance(n, motif))) / 8);
}

describe("TFBind8 by a table", () => {
  const values = measurements();
  const objects: SequenceObject[] = Array.from({ length: COUNT }, (_, n) => ({ symbols: basesOf(n) }));
  const make = () => {
    const reward = tableReward({ objects, values }, { scale: "linear", divideByLargest: true, exponent: 3, factor: 10, floor: 1e-3 });
    return sequences({ symbols: 4, length: 8, minLength: 8, reward });
  };
  const largest = values.reduce((most, value) => Math.max(most, value), 0);
  const z = values.reduce((sum, value) => sum + Math.max(10 * (value / largest) ** 3, 1e-3), 0);

  it("knows its log Z", async () => {
    const environment = await listTarget(await testDevice(), make());
    expect(environment.exactLogZ.value).toBeCloseTo(Math.log(z), 5);
    if (isMeasured) expect(environment.exactLogZ.value).toBeCloseTo(11.462147, 5);
  });

  it("is learned, with exact distances", async () => {
    const device = await testDevice();
    using trainer = await Trainer.create(device, {
      environment: make(),
      policy: mlp({ hidden: [64, 64] }),
      objective: renyi(),
      estimator: "balance",
      batchSize: 64,
      steps: 300,
      learningRate: 1e-2,
    });
    const before = (await trainer.evaluate()).l1!;
    await trainer.train(300);
    const { replicas } = await fullEvaluation(trainer);
    console.log(`TFBind8${isMeasured ? "" : ", made up"}: L1 ${before.toFixed(3)} -> ${replicas[0]!.l1!.toFixed(3)}`);
    // A few steps: docs/sequence-benchmarks.md says what 3,000 reach.
    expect(replicas[0]!.l1).toBeLessThan(0.75 * before);
    expect(replicas[0]!["pearson"]).toBeGreaterThan(0.5);
  });
});

const QM9 = join(import.meta.dirname, "../../../shared/data/qm9_small_raw_f32.bin");

describe.skipIf(!existsSync(QM9))("QM9-small by its table", () => {
  it("has the Z that its values sum to", async () => {
    const values = new Float32Array(new Uint8Array(readFileSync(QM9)).buffer);
    const objects = Array.from(values, (_, n) => ({ symbols: [4, 3, 2, 1, 0].map((place) => Math.floor(n / 11 ** place) % 11) }));
    const environment = await listTarget(await testDevice(), qm9Small({ reward: tableReward({ objects, values }) }));
    expect(Math.exp(environment.exactLogZ.value!)).toBeCloseTo(151251.9056, 0);
  });
});
