import { environmentConstants, environmentDataFor, fitsWorkgroup, policyModules, uniformTable } from "@webgfn/sampler/internal";
import finite from "@webgfn/shaders/tensor/finite.wgsl";
import lanes from "@webgfn/shaders/tensor/lanes.wgsl";
import distributionDistance from "@webgfn/shaders/trainer/evaluation/distribution_distance.wgsl";
import pushForward from "@webgfn/shaders/trainer/evaluation/push_forward.wgsl";
import { type Tensor, WebgfnError } from "@webgfn/tensor";
import { argumentError, orFree } from "@webgfn/tensor/internal";
import type { Measuring, Values } from "../metrics/metric.js";
import type { EvaluatorInputs } from "./evaluator.js";
import { foldedWorkgroups } from "./folded-workgroups.js";
import { Measurement } from "./measurement.js";
import { PolicyTable } from "./policy-table.js";
import { recordReachableStates } from "./reachable.js";
import { exactLogZTensor, required } from "./required.js";

const LANES = 64;
interface Results {
  /** [replica, state, action] */
  table: Tensor;
  mass: Tensor;
  distances: Tensor;
}

/** Largest distance from 1 of the sum of p_T over all objects, because of rounding. */
const ROUNDING = 1e-2;

/** The same for the sum of R/Z. log R is a float32, so its rounding error grows with its size, and is the relative error of R. */
const targetRounding = (logZ: number) => 1e-3 + 2 ** -20 * Math.abs(logZ);

/**
 * The exact terminating distribution of an enumerable environment: the policy at every state, then probability pushed
 * through the state graph one level at a time.
 */
export class ExactEvaluator implements Measuring {
  readonly #inputs: EvaluatorInputs;
  readonly #measurement: Measurement<Results>;
  /** The search for the states that trajectories reach, which runs before the first measurement. */
  readonly #search: Measurement<unknown>;
  #searched = false;

  private constructor(inputs: EvaluatorInputs, measurement: Measurement<Results>, search: Measurement<unknown>) {
    this.#inputs = inputs;
    this.#measurement = measurement;
    this.#search = search;
  }

  /**
   * @throws WebgfnError `argument` if the environment is not enumerable or its log Z is not known, with the reason; `limit` if the policy's
   * activations do not fit into workgroup memory.
   */
  static async create(inputs: EvaluatorInputs): Promise<ExactEvaluator> {
    const { device, environment, network, data, replicas } = inputs;
    const states = required(environment, "enumeration");
    if (!fitsWorkgroup(device, network, environment)) {
      throw new WebgfnError("limit", `a layer of ${4 * network.width4} units does not fit into this adapter's workgroup memory`, {
        fix: "use narrower hidden layers: wider ones are trained and sampled, but have no exact distribution",
      });
    }
    const logZ = exactLogZTensor(environment);
    const count = replicas.count;
    const modules = {
      ...(await policyModules(environment, network)),
      "tensor/finite": finite,
      "tensor/lanes": lanes,
      "trainer/evaluation/distribution_distance": distributionDistance,
      "trainer/evaluation/push_forward": pushForward,
    };
    const constants = { ...environmentConstants(environment), LANES, STATES: states };
    const conditions = { record: false, graph: network.memory4 > 0 };
    const compile = (name: string) => device.kernel({ root: `trainer/evaluation/${name}`, modules, constants, conditions });
    const [policy, pushKernel, distanceKernel] = await Promise.all([
      PolicyTable.compile(inputs, states, "forward"),
      compile("push_forward"),
      compile("distribution_distance"),
    ]);

    const search = await recordReachableStates(device, environment, data);
    const { reached } = search.results;
    const levels = environment.horizon + 1;
    const plans = {
      all: {
        ...policy.plans,
        mass: { shape: [count, states], label: "state probabilities" },
        distances: { shape: [count, 4], label: "distances" },
        levelTable: uniformTable(levels, (level) => [level], "levels"),
        logZ,
      },
    };
    const recording = Measurement.record(device, "exact evaluation", plans, async (program, { all }) => {
      const { table, mass, distances, levelTable } = all;
      policy.record(program, all);
      for (let level = 0; level < levels; level++) {
        program.add(
          pushKernel,
          { current_level: levelTable.at(level), replicas: replicas.tensor, table, reached, mass, ...environmentDataFor(pushKernel, data) },
          foldedWorkgroups(Math.ceil(states / LANES), count),
        );
      }
      program.add(distanceKernel, { log_z: all.logZ, mass, reached, distances, ...environmentDataFor(distanceKernel, data) }, [count]);
      return { table, mass, distances };
    });
    const measurement = await orFree(recording, () => search.dispose());
    return new ExactEvaluator(inputs, measurement, search);
  }

  /** `[replica, state]`: probabilities of every state, as of the latest {@link measure}; at terminal states, p_T. */
  get mass(): Tensor {
    return this.#measurement.results.mass;
  }

  /**
   * Measures every replica's distances to the target.
   *
   * @throws WebgfnError `argument` if the environment contradicts itself: p_T or R/Z does not sum to 1 over all objects.
   */
  async measure(): Promise<Values[]> {
    const { program, results } = this.#measurement;
    if (!this.#searched) await this.#search.program.run();
    this.#searched = true;
    await program.run();
    const values = (await results.distances.read()) as Float32Array;
    for (let r = 0; r < this.#inputs.replicas.count; r++) this.#requireSums(values[4 * r + 2] as number, values[4 * r + 3] as number);
    return Array.from({ length: this.#inputs.replicas.count }, (_, r) => ({
      l1: values[4 * r] as number,
      js: values[4 * r + 1] as number,
    }));
  }

  /** Throws if the sums over all objects are not 1. A NaN sum is no contradiction: the metrics are then NaN, and training reports the fault. */
  #requireSums(probability: number, target: number): void {
    const { environment } = this.#inputs;
    if (Math.abs(probability - 1) > ROUNDING) {
      throw argumentError(
        `${environment.title}: the probabilities of all objects sum to ${probability.toPrecision(4)} instead of 1`,
        "in its WGSL module, level, is_undoable, undo, state_at or state_index does not agree with apply",
      );
    }
    const logZ = required(environment, "exactLogZ");
    if (Math.abs(target - 1) > targetRounding(logZ)) {
      const summed = (logZ + Math.log(target)).toPrecision(6);
      throw argumentError(
        `${environment.title}: the rewards of all objects that trajectories reach sum to a log Z of ${summed}, but exactLogZ is ${logZ.toPrecision(6)}`,
        "check log_reward, exactLogZ, and that state_at lists every object",
      );
    }
  }

  /**
   * Probabilities of every state of one replica by the environment's state index; at terminal states, p_T.
   * Call {@link measure} first.
   */
  async probabilities(replica: number): Promise<Float32Array> {
    const states = this.mass.shape[1] as number;
    return (await this.mass.read(replica * states, states)) as Float32Array;
  }

  /**
   * p_F of every action at every state of one replica, `[state, action]`: 0 of an action that is not allowed. Rows of terminal states
   * have no meaning. Call {@link measure} first.
   */
  async policy(replica: number): Promise<Float32Array> {
    const { table } = this.#measurement.results;
    const [, states, actions] = table.shape as [number, number, number];
    return (await table.read(replica * states * actions, states * actions)) as Float32Array;
  }

  dispose(): void {
    this.#measurement.dispose();
    this.#search.dispose();
  }
}
