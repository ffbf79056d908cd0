import {
  environmentConstants,
  environmentDataFor,
  fitsWorkgroup,
  policyConstants,
  policyMemory,
  policyModules,
  tiling,
  uniformTable,
  workgroupsWithMemory,
} from "@webgfn/sampler";
import lanes from "@webgfn/shaders/tensor/lanes.wgsl";
import distributionDistance from "@webgfn/shaders/trainer/evaluation/distribution_distance.wgsl";
import policyTable from "@webgfn/shaders/trainer/evaluation/policy_table.wgsl";
import pushForward from "@webgfn/shaders/trainer/evaluation/push_forward.wgsl";
import { argumentError, Program, type Tensor, WebgfnError } from "@webgfn/tensor";
import type { Distance, Evaluator, EvaluatorInputs } from "./evaluator.js";
import { foldedWorkgroups } from "./folded-workgroups.js";
import { exactLogZTensor, required } from "./required.js";

const LANES = 64;
/** How far the probabilities of all objects may be from 1 by rounding. */
const ROUNDING = 1e-2;

/**
 * The exact terminating distribution of an enumerable environment: the policy at every state, then probability pushed
 * through the state graph one level at a time.
 */
export class ExactEvaluator implements Evaluator {
  readonly #inputs: EvaluatorInputs;
  readonly #program: Program;
  /** `[replica, state]`: probabilities of every state, as of the latest {@link distances}; at terminal states, p_T. */
  readonly mass: Tensor;
  readonly #distances: Tensor;
  readonly #owned: Tensor[];

  private constructor(inputs: EvaluatorInputs, program: Program, mass: Tensor, distances: Tensor, owned: Tensor[]) {
    this.#inputs = inputs;
    this.#program = program;
    this.mass = mass;
    this.#distances = distances;
    this.#owned = owned;
  }

  /**
   * @throws WebgfnError `argument` when the environment is not enumerable or its log Z is not known, with the reason; `limit`
   * where the policy's activations do not fit into workgroup memory.
   */
  static async create(inputs: EvaluatorInputs): Promise<ExactEvaluator> {
    const { device, environment, network, weights, data, replicas } = inputs;
    const states = required(environment, "enumeration");
    if (!fitsWorkgroup(device, network, environment)) {
      throw new WebgfnError("limit", `a layer of ${4 * network.width4} units does not fit into this adapter's workgroup memory`, {
        fix: "use narrower hidden layers: wider ones are trained and sampled, but have no exact distribution",
      });
    }
    const logZ = exactLogZTensor(device, environment);
    const shapeOfTile = tiling(device, network, environment);
    const modules = {
      ...policyModules(environment, network),
      "tensor/lanes": lanes,
      "trainer/evaluation/distribution_distance": distributionDistance,
      "trainer/evaluation/policy_table": policyTable,
      "trainer/evaluation/push_forward": pushForward,
    };
    const constants = { ...environmentConstants(environment), LANES, STATES: states };
    const count = replicas.count;
    const { tile } = shapeOfTile;
    const graph = network.memory4 > 0;
    // Where each workgroup needs memory of its own, few of them go through all the states.
    const most = graph ? workgroupsWithMemory(device, count) : Number.POSITIVE_INFINITY;
    const workgroups = Math.min(Math.ceil(states / tile), most);
    const conditions = { record: false, graph };
    const compile = (name: string, more: Record<string, number | string> = {}) =>
      device.kernel({ root: `trainer/evaluation/${name}`, modules, constants: { ...constants, ...more }, conditions });
    const [tableKernel, pushKernel, distanceKernel] = await Promise.all([
      compile("policy_table", { ...policyConstants(environment, network, shapeOfTile, false), WORKGROUPS: workgroups }),
      compile("push_forward"),
      compile("distribution_distance"),
    ]);

    const table = device.tensor([count, states, environment.actions], { label: "policy table" });
    const mass = device.tensor([count, states], { label: "state probabilities" });
    const distances = device.tensor([count, 4], { label: "distances" });
    const levels = Array.from({ length: environment.horizon + 1 }, (_, level) => [level]);
    const levelTable = uniformTable(device, levels, "levels");
    const program = new Program(device, "exact evaluation");
    const memory = graph ? [policyMemory(device, network, count, workgroups * tile)] : [];
    program.add(
      tableKernel,
      {
        weights,
        replicas: replicas.tensor,
        table,
        ...environmentDataFor(tableKernel, data),
        ...(graph ? { rows: memory[0] as Tensor } : {}),
      },
      foldedWorkgroups(workgroups, count),
    );
    for (const level of levels.keys()) {
      program.add(
        pushKernel,
        { current_level: levelTable.at(level), replicas: replicas.tensor, table, mass, ...environmentDataFor(pushKernel, data) },
        foldedWorkgroups(Math.ceil(states / LANES), count),
      );
    }
    program.add(distanceKernel, { log_z: logZ, mass, distances, ...environmentDataFor(distanceKernel, data) }, [count]);
    return new ExactEvaluator(inputs, program, mass, distances, [table, mass, distances, levelTable, logZ, ...memory]);
  }

  /** @throws WebgfnError `argument` where the probabilities of all objects do not sum to 1, so that the module contradicts itself. */
  async distances(): Promise<Distance[]> {
    await this.#program.run();
    const values = (await this.#distances.read()) as Float32Array;
    for (let r = 0; r < this.#inputs.replicas.count; r++) {
      const total = values[4 * r + 2] as number;
      if (Math.abs(total - 1) > ROUNDING) {
        throw argumentError(
          `${this.#inputs.environment.title}: the probabilities of all objects sum to ${total.toPrecision(4)} instead of 1`,
          "in its WGSL module, level, is_undoable, undo, state_at or state_index does not agree with apply",
        );
      }
    }
    return Array.from({ length: this.#inputs.replicas.count }, (_, r) => ({
      l1: values[4 * r] as number,
      js: values[4 * r + 1] as number,
    }));
  }

  /**
   * Probabilities of every state of one replica by the environment's state index; at terminal states, p_T.
   * Call {@link distances} first.
   */
  async probabilities(replica: number): Promise<Float32Array> {
    const states = this.mass.shape[1] as number;
    return (await this.mass.read(replica * states, states)) as Float32Array;
  }

  dispose(): void {
    for (const tensor of this.#owned) tensor.dispose();
  }
}
