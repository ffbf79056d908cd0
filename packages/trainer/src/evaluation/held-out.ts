import {
  environmentConstants,
  environmentDataFor,
  environmentModules,
  recordBackwardRollout,
  recordRollout,
  samplingTensors,
} from "@webgfn/sampler/internal";
import records from "@webgfn/shaders/sampler/records.wgsl";
import heldOut from "@webgfn/shaders/trainer/evaluation/held_out.wgsl";
import logProbability from "@webgfn/shaders/trainer/evaluation/log_probability.wgsl";
import probabilityOf from "@webgfn/shaders/trainer/evaluation/probability_of.wgsl";
import type { Tensor } from "@webgfn/tensor";
import { largestThatFits, tensorExcess } from "@webgfn/tensor/internal";
import type { PlacedPrior } from "../prior.js";
import type { EvaluatorInputs } from "./evaluator.js";
import { Measurement } from "./measurement.js";
import { writeActions } from "./point-actions.js";
import { SAMPLES } from "./sampled.js";

/** Given objects under the policy of one replica. */
export interface HeldOutEstimates {
  /** log p_T(x) per object. */
  logProbabilities: Float64Array;
  /** The same from half of the trajectories. Their difference shows the noise; it is 0 if p_T is exact. */
  fromHalf: Float64Array;
  /** The logarithm of the target up to a constant, per object: log R(x); with a prior, log p_prior(x) + log R(x). */
  logTargets: Float64Array;
  /** Mean over objects and their trajectories τ ~ p_B(·|x) of log R(x) + log p_B(τ|x) − log p_F(τ). */
  meanLogWeight: number;
}

export interface HeldOutOptions {
  /** Exact probabilities of every state [replica, state], if they are known. They replace estimates. */
  mass?: Tensor | undefined;
  /** Backward trajectories per object. Default 32, or 1 if each object has a single trajectory. */
  samples?: number;
  /** Whether every replica is measured on its own objects. Default: all replicas on the same objects. */
  ownObjects?: boolean;
}

/** Below this, a float32 product of probabilities may have lost digits or vanished. */
const LEAST_EXACT = 1e-30;
const LANES = 64;

interface Results {
  /** The objects, and their actions if actions are coordinates. */
  targets: Tensor;
  actions: Tensor;
  estimates: Tensor;
  probabilities: Tensor | undefined;
}

/**
 * Measures given objects under every replica's policy: log p_T(x) = log E_{τ ~ p_B(·|x)} [p_F(τ)/p_B(τ|x)], estimated from backward
 * trajectories; one is enough if the object has no other. They are drawn from the uniform p_B, even if the network learns one: p_T does not
 * depend on it.
 */
export class HeldOutEvaluator {
  /** Objects per measurement; per replica, if each has its own objects. */
  readonly count: number;
  readonly #inputs: EvaluatorInputs;
  readonly #ownObjects: boolean;
  readonly #measurement: Measurement<Results>;
  /** Measures the prior on the same objects, if there is a prior. */
  readonly #ofPrior: HeldOutEvaluator | undefined;

  private constructor(
    inputs: EvaluatorInputs,
    count: number,
    ownObjects: boolean,
    measurement: Measurement<Results>,
    ofPrior: HeldOutEvaluator | undefined,
  ) {
    this.count = count;
    this.#inputs = inputs;
    this.#ownObjects = ownObjects;
    this.#measurement = measurement;
    this.#ofPrior = ofPrior;
  }

  /** How many objects, at most `wanted`, one measurement can take: a buffer limits the activations of wide networks. */
  static fitting(inputs: EvaluatorInputs, wanted: number): number {
    const fits = (count: number) =>
      tensorExcess(inputs.device.limits, samplingTensors(inputs.device, shapeOf(inputs, count, samplesOf(inputs)))) === undefined;
    return Math.max(1, largestThatFits(wanted, fits));
  }

  static async create(inputs: EvaluatorInputs, count: number, options: HeldOutOptions = {}): Promise<HeldOutEvaluator> {
    const { device, environment, weights, data, replicas } = inputs;
    const { stateWords } = environment;
    const { mass, samples = samplesOf(inputs), ownObjects = false } = options;
    const shape = shapeOf(inputs, count, samples);
    const conditions = { own_targets: ownObjects };
    const plans = {
      replayed: samplingTensors(device, shape),
      held: {
        targets: { shape: [ownObjects ? replicas.count : 1, count, stateWords], dtype: "u32" as const, label: "held-out objects" },
        estimates: { shape: [replicas.count, count, 4], label: "estimates of held-out objects" },
        ...(mass && { probabilities: { shape: [replicas.count, count], label: "probabilities of held-out objects" } }),
      },
    };
    const measurement = await Measurement.record(device, "held-out objects", plans, async (program, { replayed, held }) => {
      const { targets, estimates, probabilities } = held;
      const { actions } = replayed;
      if (environment.actionSpace !== "continuous") {
        await recordBackwardRollout(program, shape, { replicas, targets, actions, data }, samples, ownObjects);
      }
      await recordRollout(program, shape, { weights, data, replicas, ...replayed }, { replay: true, uniformBackward: true });
      const perObject = [Math.ceil(count / LANES), replicas.count] as const;
      const estimate = await device.kernel({
        root: "trainer/evaluation/held_out",
        modules: {
          "trainer/evaluation/held_out": heldOut,
          "trainer/evaluation/log_probability": logProbability,
          "sampler/records": records,
        },
        constants: { HELD_OUT: count, SAMPLES: samples },
      });
      program.add(estimate, { trajectories: replayed.trajectories, estimates }, perObject);
      if (mass !== undefined && probabilities !== undefined) {
        const lookUp = await device.kernel({
          root: "trainer/evaluation/probability_of",
          modules: { ...environmentModules(environment), "trainer/evaluation/probability_of": probabilityOf },
          constants: { ...environmentConstants(environment), HELD_OUT: count, STATES: mass.shape[1] as number },
          conditions,
        });
        program.add(lookUp, { targets, mass, probabilities, ...environmentDataFor(lookUp, data) }, perObject);
      }
      return { targets, actions, estimates, probabilities };
    });
    try {
      const ofPrior = inputs.prior && (await HeldOutEvaluator.create(ofItsOwn(inputs, inputs.prior), count, { ownObjects }));
      return new HeldOutEvaluator(inputs, count, ownObjects, measurement, ofPrior);
    } catch (cause) {
      measurement.dispose();
      throw cause;
    }
  }

  /** @param objects states of `stateWords` words, one after another; those of replica 0 first if each replica has its own. */
  async measure(objects: Uint32Array): Promise<HeldOutEstimates[]> {
    const { program, results } = this.#measurement;
    const { targets, actions, estimates, probabilities } = results;
    const { environment, replicas } = this.#inputs;
    targets.write(objects);
    if (environment.actionSpace === "continuous") writeActions(actions, environment, objects, this.#ownObjects);
    await program.run();
    const [rows, exact] = (await Promise.all([estimates.read(), probabilities?.read()])) as [Float32Array, Float32Array | undefined];
    const { count } = this;
    const ofPrior = await this.#ofPrior?.measure(objects);
    return Array.from({ length: replicas.count }, (_, r) => {
      const own = ofReplica(rows.subarray(4 * r * count, 4 * (r + 1) * count), exact?.subarray(r * count, (r + 1) * count));
      const prior = ofPrior?.[r]?.logProbabilities;
      return prior === undefined ? own : { ...own, logTargets: own.logTargets.map((logReward, n) => logReward + (prior[n] as number)) };
    });
  }

  dispose(): void {
    this.#measurement.dispose();
    this.#ofPrior?.dispose();
  }
}

/** A prior as the policy to be measured. */
function ofItsOwn({ prior: _, ...inputs }: EvaluatorInputs, { network, weights }: PlacedPrior): EvaluatorInputs {
  return { ...inputs, network, weights };
}

function samplesOf({ environment }: EvaluatorInputs): number {
  return environment.singleTrajectory === true ? 1 : SAMPLES;
}

/** Trajectories of `count` objects, `samples` of each. */
function shapeOf({ environment, network, replicas }: EvaluatorInputs, count: number, samples: number) {
  return { environment, network, batch: count * samples, replicas: replicas.count };
}

/**
 * Measures given objects under every replica's policy, once.
 *
 * @param objects states of `stateWords` words, one after another.
 * @param mass exact probabilities of every state [replica, state], if they are known. They replace estimates.
 */
export async function heldOutEstimates(inputs: EvaluatorInputs, objects: Uint32Array, mass?: Tensor): Promise<HeldOutEstimates[]> {
  const evaluator = await HeldOutEvaluator.create(inputs, objects.length / inputs.environment.stateWords, { mass });
  try {
    return await evaluator.measure(objects);
  } finally {
    evaluator.dispose();
  }
}

function ofReplica(rows: Float32Array, exact: Float32Array | undefined): HeldOutEstimates {
  const count = rows.length / 4;
  const column = (k: number) => Float64Array.from({ length: count }, (_, n) => rows[4 * n + k] as number);
  const orExact = (estimates: Float64Array) =>
    estimates.map((estimate, n) => {
      const probability = exact?.[n] ?? 0;
      return probability > LEAST_EXACT ? Math.log(probability) : estimate;
    });
  return {
    logProbabilities: orExact(column(0)),
    fromHalf: orExact(column(3)),
    logTargets: column(1),
    meanLogWeight: column(2).reduce((sum, weight) => sum + weight, 0) / count,
  };
}
