import { recordRollout, samplingTensors } from "@webgfn/sampler/internal";
import records from "@webgfn/shaders/sampler/records.wgsl";
import finite from "@webgfn/shaders/tensor/finite.wgsl";
import lanes from "@webgfn/shaders/tensor/lanes.wgsl";
import densityDistance from "@webgfn/shaders/trainer/evaluation/density_distance.wgsl";
import type { Tensor } from "@webgfn/tensor";
import { argumentError } from "@webgfn/tensor/internal";
import type { Measuring, Values } from "../metrics/metric.js";
import type { EvaluatorInputs } from "./evaluator.js";
import { Measurement } from "./measurement.js";
import { writeActions } from "./point-actions.js";
import { exactLogZTensor, required } from "./required.js";

/** Objects drawn from the policy, and as many from the target: a standard error of about .005 far from it, less near it. */
const OBJECTS = 4096;
/** Seed of the target's objects: the same ones at every evaluation, so that curves are smooth. */
const SEED = 1;
const LANES = 64;

/** Jensen–Shannon divergence for environments whose objects have a density and one trajectory each. */
export class DensityEvaluator implements Measuring {
  readonly #replicas: number;
  readonly #measurement: Measurement<Tensor>;

  private constructor(replicas: number, measurement: Measurement<Tensor>) {
    this.#replicas = replicas;
    this.#measurement = measurement;
  }

  /** @throws WebgfnError `argument` if the environment has no density or no exact target, with the reason. */
  static async create(inputs: EvaluatorInputs): Promise<DensityEvaluator> {
    const { device, environment, network, weights, data, replicas } = inputs;
    if (environment.actionSpace !== "continuous") throw argumentError(`${environment.title} has no density: its actions are indices`);
    const draw = required(environment, "exactSampling");
    const logZ = exactLogZTensor(environment);
    const count = replicas.count;
    const shape = { environment, network, batch: OBJECTS, replicas: count };
    const rollout = samplingTensors(device, shape);
    const plans = { sampled: rollout, replayed: rollout, results: { logZ, distances: { shape: [count, 4], label: "distances" } } };
    const measurement = await Measurement.record(device, "density evaluation", plans, async (program, { sampled, replayed, results }) => {
      const { distances } = results;
      writeActions(replayed.actions, environment, draw(OBJECTS, SEED));
      await recordRollout(program, shape, { weights, data, replicas, ...sampled });
      await recordRollout(program, shape, { weights, data, replicas, ...replayed }, { replay: true });
      const kernel = await device.kernel({
        root: "trainer/evaluation/density_distance",
        modules: {
          "trainer/evaluation/density_distance": densityDistance,
          "sampler/records": records,
          "tensor/finite": finite,
          "tensor/lanes": lanes,
        },
        constants: { LANES, OBJECTS },
      });
      program.add(kernel, { log_z: results.logZ, sampled: sampled.trajectories, replayed: replayed.trajectories, distances }, [count]);
      return distances;
    });
    return new DensityEvaluator(count, measurement);
  }

  async measure(): Promise<Values[]> {
    await this.#measurement.program.run();
    const values = (await this.#measurement.results.read()) as Float32Array;
    return Array.from({ length: this.#replicas }, (_, r) => ({
      js: values[4 * r] as number,
      jsError: values[4 * r + 1] as number,
    }));
  }

  dispose(): void {
    this.#measurement.dispose();
  }
}
