import { fitsWorkgroup, mostTrajectories, recordBackwardRollout, recordRollout, samplingBuffers } from "@webgfn/sampler";
import records from "@webgfn/shaders/objectives/records.wgsl";
import lanes from "@webgfn/shaders/tensor/lanes.wgsl";
import sampledDistance from "@webgfn/shaders/trainer/evaluation/sampled_distance.wgsl";
import { Program, type Tensor } from "@webgfn/tensor";
import type { Distance, Evaluator, EvaluatorInputs } from "./evaluator.js";
import { exactLogZTensor, required } from "./required.js";

/** Objects drawn from the target, at most; the standard error of L1 falls with its square root. */
const OBJECTS = 256;
/**
 * Backward trajectories per object. Too few leave noise in p_T(x), which L1 counts as distance: with the spread of
 * log p_F/p_B of a trained sets policy (about .05), 32 leave .005 in quadrature.
 */
export const SAMPLES = 32;
/** Seed of the objects: the same ones at every evaluation, so that curves are smooth. */
const SEED = 1;
const LANES = 64;

/** L1 from exact samples of the target, where the state space is too large to enumerate. */
export class SampledEvaluator implements Evaluator {
  readonly #inputs: EvaluatorInputs;
  readonly #program: Program;
  readonly #distances: Tensor;
  readonly #objects: number;
  readonly #owned: Tensor[];

  private constructor(inputs: EvaluatorInputs, program: Program, distances: Tensor, objects: number, owned: Tensor[]) {
    this.#inputs = inputs;
    this.#program = program;
    this.#distances = distances;
    this.#objects = objects;
    this.#owned = owned;
  }

  /** @throws WebgfnError `argument` when the target cannot be sampled exactly or its log Z is not known, with the reason. */
  static async create(inputs: EvaluatorInputs): Promise<SampledEvaluator> {
    const { device, environment, network, weights, data, replicas } = inputs;
    const draw = required(environment, "exactSampling");
    const logZ = exactLogZTensor(device, environment);
    // Activations of networks too wide for workgroup memory lie in a buffer, which may hold fewer.
    const room = fitsWorkgroup(device, network, environment)
      ? OBJECTS
      : Math.floor(mostTrajectories(device, { network, replicas: replicas.count }) / SAMPLES);
    const objects = Math.max(1, Math.min(OBJECTS, room));
    const shape = { environment, network, batch: objects * SAMPLES, replicas: replicas.count };
    const replayed = samplingBuffers(device, shape);
    const buffers = { weights, data, replicas, ...replayed };
    const targets = device.tensorFrom(draw(objects, SEED), [objects, environment.stateWords], "objects of the target");
    const distances = device.tensor([replicas.count, 4], { label: "distances" });
    const program = new Program(device, "sampled evaluation");
    await recordBackwardRollout(program, shape, { replicas, targets, actions: buffers.actions, data }, SAMPLES);
    await recordRollout(program, shape, buffers, { replay: true, uniformBackward: true });
    const kernel = await device.kernel({
      root: "trainer/evaluation/sampled_distance",
      modules: { "trainer/evaluation/sampled_distance": sampledDistance, "objectives/records": records, "tensor/lanes": lanes },
      constants: { LANES, OBJECTS: objects, SAMPLES },
    });
    program.add(kernel, { log_z: logZ, trajectories: buffers.trajectories, distances }, [replicas.count]);
    const owned = [...Object.values(replayed), targets, distances, logZ];
    return new SampledEvaluator(inputs, program, distances, objects, owned);
  }

  async distances(): Promise<Distance[]> {
    await this.#program.run();
    const values = (await this.#distances.read()) as Float32Array;
    return Array.from({ length: this.#inputs.replicas.count }, (_, r) => ({
      l1: values[4 * r] as number,
      l1Error: Math.sqrt((values[4 * r + 1] as number) / this.#objects),
    }));
  }

  dispose(): void {
    for (const tensor of this.#owned) tensor.dispose();
  }
}
