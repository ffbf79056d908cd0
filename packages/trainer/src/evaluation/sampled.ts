import { recordBackwardRollout, recordRollout, samplingTensors } from "@webgfn/sampler/internal";
import records from "@webgfn/shaders/sampler/records.wgsl";
import finite from "@webgfn/shaders/tensor/finite.wgsl";
import lanes from "@webgfn/shaders/tensor/lanes.wgsl";
import logProbability from "@webgfn/shaders/trainer/evaluation/log_probability.wgsl";
import sampledDistance from "@webgfn/shaders/trainer/evaluation/sampled_distance.wgsl";
import type { Tensor } from "@webgfn/tensor";
import { largestThatFits, tensorExcess } from "@webgfn/tensor/internal";
import type { Measuring, Values } from "../metrics/metric.js";
import type { EvaluatorInputs } from "./evaluator.js";
import { Measurement } from "./measurement.js";
import { exactLogZTensor, required } from "./required.js";

/** Most objects drawn from the target; the standard error of L1 falls with the square root of their number. */
const OBJECTS = 256;
/**
 * Backward trajectories per object. Too few leave noise in p_T(x), which L1 counts as distance. For a trained policy of sets (spread of log
 * p_F/p_B about .05), 32 trajectories add .005 in quadrature.
 */
export const SAMPLES = 32;
/** Seed of the objects: the same ones at every evaluation, so that curves are smooth. */
const SEED = 1;
const LANES = 64;

/**
 * A replica's distance as the kernel writes it: L1, its variance per object, L1 with half the trajectories per object, and the
 * number of objects whose probability is not finite.
 */
type SampledDistance = [l1: number, variance: number, l1OfHalves: number, broken: number];

/** L1 from exact samples of the target, for state spaces too large to enumerate. */
export class SampledEvaluator implements Measuring {
  readonly #inputs: EvaluatorInputs;
  readonly #objects: number;
  readonly #measurement: Measurement<Tensor>;

  private constructor(inputs: EvaluatorInputs, objects: number, measurement: Measurement<Tensor>) {
    this.#inputs = inputs;
    this.#objects = objects;
    this.#measurement = measurement;
  }

  /** @throws WebgfnError `argument` if the target cannot be sampled exactly or its log Z is not known, with the reason. */
  static async create(inputs: EvaluatorInputs): Promise<SampledEvaluator> {
    const { device, environment, network, weights, data, replicas } = inputs;
    const draw = required(environment, "exactSampling");
    const logZ = exactLogZTensor(environment);
    const shapeOf = (count: number) => ({ environment, network, batch: count * SAMPLES, replicas: replicas.count });
    const replayedOf = (count: number) => samplingTensors(device, shapeOf(count));
    // Networks too wide for workgroup memory keep activations in a buffer, which may hold fewer objects.
    const objects = Math.max(
      1,
      largestThatFits(OBJECTS, (count) => tensorExcess(device.limits, replayedOf(count)) === undefined),
    );
    const shape = shapeOf(objects);
    const plans = {
      replayed: replayedOf(objects),
      target: {
        objects: {
          shape: [objects, environment.stateWords],
          dtype: "u32" as const,
          label: "objects of the target",
          values: () => draw(objects, SEED),
        },
      },
      results: { logZ, distances: { shape: [replicas.count, 4], label: "distances" } },
    };
    const measurement = await Measurement.record(device, "sampled evaluation", plans, async (program, { replayed, target, results }) => {
      const { distances } = results;
      await recordBackwardRollout(program, shape, { replicas, targets: target.objects, actions: replayed.actions, data }, SAMPLES);
      await recordRollout(program, shape, { weights, data, replicas, ...replayed }, { replay: true, uniformBackward: true });
      const kernel = await device.kernel({
        root: "trainer/evaluation/sampled_distance",
        modules: {
          "trainer/evaluation/sampled_distance": sampledDistance,
          "trainer/evaluation/log_probability": logProbability,
          "sampler/records": records,
          "tensor/finite": finite,
          "tensor/lanes": lanes,
        },
        constants: { LANES, OBJECTS: objects, SAMPLES },
      });
      program.add(kernel, { log_z: results.logZ, trajectories: replayed.trajectories, distances }, [replicas.count]);
      return distances;
    });
    return new SampledEvaluator(inputs, objects, measurement);
  }

  async measure(): Promise<Values[]> {
    await this.#measurement.program.run();
    const values = (await this.#measurement.results.read()) as Float32Array;
    return Array.from({ length: this.#inputs.replicas.count }, (_, r) => {
      const [l1, variance, l1OfHalves, broken] = values.subarray(4 * r, 4 * r + 4) as unknown as SampledDistance;
      if (broken > 0) return { l1: Number.NaN, l1Error: Number.NaN };
      // If the policy's overlap with the target is less than one object, the spread of the objects says nothing about the overlap.
      const unseen = Math.max(0, 2 / this.#objects - (2 - l1));
      return { l1, l1Error: Math.hypot(Math.sqrt(variance / this.#objects), l1OfHalves - l1, unseen) };
    });
  }

  dispose(): void {
    this.#measurement.dispose();
  }
}
