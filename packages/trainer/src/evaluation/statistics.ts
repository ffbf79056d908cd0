import { recordRollout, samplingTensors } from "@webgfn/sampler/internal";
import batch from "@webgfn/shaders/objectives/batch.wgsl";
import records from "@webgfn/shaders/objectives/records.wgsl";
import summary from "@webgfn/shaders/objectives/summary.wgsl";
import trajectoryRecords from "@webgfn/shaders/sampler/records.wgsl";
import replica from "@webgfn/shaders/sampler/replica.wgsl";
import finite from "@webgfn/shaders/tensor/finite.wgsl";
import lanes from "@webgfn/shaders/tensor/lanes.wgsl";
import sampleStatistics from "@webgfn/shaders/trainer/evaluation/sample_statistics.wgsl";
import type { Tensor } from "@webgfn/tensor";
import { Struct } from "@webgfn/tensor/internal";
import type { Measuring, Values } from "../metrics/metric.js";
import { type PriorScratch, priorTensors, recordPrior } from "../prior.js";
import type { EvaluatorInputs } from "./evaluator.js";
import { Measurement } from "./measurement.js";

/** Trajectories per replica. */
export const TRAJECTORIES = 1024;
const LANES = 64;

/** The GPU's record of one replica: `Statistics` of `shaders/trainer/evaluation/sample_statistics.wgsl`. */
const statisticsRecord = new Struct<"mean_log_weight" | "log_mean_weight" | "mean_log_reward" | "mean_length" | "effective_share">(
  sampleStatistics,
  "Statistics",
);

/** Samples fresh trajectories from every replica and reduces them on the GPU. */
export class StatisticsEvaluator implements Measuring {
  readonly #replicas: number;
  readonly #measurement: Measurement<Tensor>;

  private constructor(replicas: number, measurement: Measurement<Tensor>) {
    this.#replicas = replicas;
    this.#measurement = measurement;
  }

  static async create({ device, environment, network, weights, data, replicas, prior }: EvaluatorInputs): Promise<StatisticsEvaluator> {
    const shape = { environment, network, batch: TRAJECTORIES, replicas: replicas.count };
    const plans = {
      sampled: samplingTensors(device, shape),
      results: { statistics: { shape: [replicas.count, statisticsRecord.words], label: "sample statistics" } },
      ofPrior: prior === undefined ? {} : priorTensors(device, prior, shape),
    };
    const measurement = await Measurement.record(device, "sample statistics", plans, async (program, { sampled, results, ofPrior }) => {
      const { statistics } = results;
      await recordRollout(program, shape, { weights, data, replicas, ...sampled });
      if (prior) await recordPrior(program, prior, shape, { data, replicas, ...sampled }, ofPrior as PriorScratch);
      const kernel = await device.kernel({
        root: "trainer/evaluation/sample_statistics",
        modules: {
          "trainer/evaluation/sample_statistics": sampleStatistics,
          "objectives/batch": batch,
          "objectives/records": records,
          "objectives/summary": summary,
          "sampler/records": trajectoryRecords,
          "sampler/replica": replica,
          "tensor/finite": finite,
          "tensor/lanes": lanes,
        },
        constants: { BATCH: TRAJECTORIES, LANES },
      });
      program.add(kernel, { trajectories: sampled.trajectories, replicas: replicas.tensor, statistics }, [replicas.count]);
      return statistics;
    });
    return new StatisticsEvaluator(replicas.count, measurement);
  }

  async measure(): Promise<Values[]> {
    await this.#measurement.program.run();
    const values = (await this.#measurement.results.read()) as Float32Array;
    return Array.from({ length: this.#replicas }, (_, r) => {
      const logZ = statisticsRecord.get(values, r, "log_mean_weight");
      return {
        logZ,
        logZEstimate: logZ,
        elbo: statisticsRecord.get(values, r, "mean_log_weight"),
        meanLogReward: statisticsRecord.get(values, r, "mean_log_reward"),
        meanLength: statisticsRecord.get(values, r, "mean_length"),
        effectiveSampleSize: statisticsRecord.get(values, r, "effective_share"),
      };
    });
  }

  /** Nothing to do: each measurement reads the environment's data. */
  retarget(): void {}

  dispose(): void {
    this.#measurement.dispose();
  }
}
