import { recordRollout, samplingBuffers } from "@webgfn/sampler";
import batch from "@webgfn/shaders/objectives/batch.wgsl";
import records from "@webgfn/shaders/objectives/records.wgsl";
import summary from "@webgfn/shaders/objectives/summary.wgsl";
import replica from "@webgfn/shaders/sampler/replica.wgsl";
import lanes from "@webgfn/shaders/tensor/lanes.wgsl";
import sampleStatistics from "@webgfn/shaders/trainer/evaluation/sample_statistics.wgsl";
import { Program, type Tensor } from "@webgfn/tensor";
import type { EvaluatorInputs } from "./evaluator.js";

/** Statistics of trajectories that one replica's policy sampled. */
export interface SampleStatistics {
  /** Mean of log R + b − s: a lower bound of log Z. */
  elbo: number;
  /** log mean exp(log R + b − s): importance estimate of log Z. */
  logZ: number;
  meanLogReward: number;
  meanLength: number;
}

/** Trajectories per replica. */
const TRAJECTORIES = 1024;
const LANES = 64;

/** Samples fresh trajectories from every replica and reduces them on the GPU. */
export class StatisticsEvaluator {
  readonly #replicas: number;
  readonly #program: Program;
  readonly #metrics: Tensor;
  readonly #owned: Tensor[];

  private constructor(replicas: number, program: Program, metrics: Tensor, owned: Tensor[]) {
    this.#replicas = replicas;
    this.#program = program;
    this.#metrics = metrics;
    this.#owned = owned;
  }

  static async create({ device, environment, network, weights, data, replicas }: EvaluatorInputs): Promise<StatisticsEvaluator> {
    const shape = { environment, network, batch: TRAJECTORIES, replicas: replicas.count };
    const sampled = samplingBuffers(device, shape);
    const buffers = { weights, data, replicas, ...sampled };
    const metrics = device.tensor([replicas.count, 8], { label: "sample statistics" });
    const program = new Program(device, "sample statistics");
    await recordRollout(program, shape, buffers);
    const kernel = await device.kernel({
      root: "trainer/evaluation/sample_statistics",
      modules: {
        "trainer/evaluation/sample_statistics": sampleStatistics,
        "objectives/batch": batch,
        "objectives/records": records,
        "objectives/summary": summary,
        "sampler/replica": replica,
        "tensor/lanes": lanes,
      },
      constants: { BATCH: TRAJECTORIES, LANES },
    });
    program.add(kernel, { trajectories: buffers.trajectories, metrics }, [replicas.count]);
    return new StatisticsEvaluator(replicas.count, program, metrics, [...Object.values(sampled), metrics]);
  }

  async statistics(): Promise<SampleStatistics[]> {
    await this.#program.run();
    const values = (await this.#metrics.read()) as Float32Array;
    return Array.from({ length: this.#replicas }, (_, r) => {
      const [, elbo, , logZ, meanLogReward, meanLength] = values.subarray(8 * r, 8 * r + 8) as unknown as number[];
      return { elbo, logZ, meanLogReward, meanLength } as SampleStatistics;
    });
  }

  dispose(): void {
    for (const tensor of this.#owned) tensor.dispose();
  }
}
