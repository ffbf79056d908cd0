import { environmentDataFor, policyConstants, policyMemory, policyModules, tiling, workgroupsWithMemory } from "@webgfn/sampler/internal";
import policyTable from "@webgfn/shaders/trainer/evaluation/policy_table.wgsl";
import type { Kernel, Program, Tensor } from "@webgfn/tensor";
import { argumentError, type TensorPlan } from "@webgfn/tensor/internal";
import type { EvaluatorInputs } from "./evaluator.js";
import { foldedWorkgroups } from "./folded-workgroups.js";
import { Measurement } from "./measurement.js";
import { required } from "./required.js";

/** The kernel that evaluates the policy at every state, with the tensors that it needs. */
export class PolicyTable {
  readonly #inputs: EvaluatorInputs;
  readonly #kernel: Kernel;
  readonly #workgroups: number;
  /** `table`: [replica, state, action]. */
  readonly plans: { readonly table: TensorPlan; readonly rows?: TensorPlan };

  private constructor(inputs: EvaluatorInputs, kernel: Kernel, workgroups: number, plans: PolicyTable["plans"]) {
    this.#inputs = inputs;
    this.#kernel = kernel;
    this.#workgroups = workgroups;
    this.plans = plans;
  }

  /** @param which p_F of the actions that are allowed at a state, or the learned p_B of those that may have led to it. */
  static async compile(inputs: EvaluatorInputs, states: number, which: "forward" | "backward"): Promise<PolicyTable> {
    const { device, environment, network, replicas } = inputs;
    const { count } = replicas;
    const shapeOfTile = tiling(device, network, environment, { rows: states * count });
    const graph = network.memory4 > 0;
    // If each workgroup needs its own memory, a few workgroups loop over all states.
    const most = graph ? workgroupsWithMemory(device, count) : Number.POSITIVE_INFINITY;
    const workgroups = Math.min(Math.ceil(states / shapeOfTile.tile), most);
    const kernel = await device.kernel({
      root: "trainer/evaluation/policy_table",
      modules: { ...(await policyModules(environment, network)), "trainer/evaluation/policy_table": policyTable },
      constants: {
        ...policyConstants(device, environment, network, shapeOfTile, false),
        STATES: states,
        WORKGROUPS: workgroups,
      },
      conditions: { record: false, graph, backward: which === "backward" },
    });
    return new PolicyTable(inputs, kernel, workgroups, {
      table: { shape: [count, states, environment.actions], label: "policy table" },
      ...(graph && { rows: policyMemory(network, count, workgroups * shapeOfTile.tile) }),
    });
  }

  /** Adds the dispatch that fills the table. */
  record(program: Program, { table, rows }: { table: Tensor; rows?: Tensor }): void {
    const { weights, replicas, data } = this.#inputs;
    const resources = { weights, replicas: replicas.tensor, table, ...environmentDataFor(this.#kernel, data), ...(rows && { rows }) };
    program.add(this.#kernel, resources, foldedWorkgroups(this.#workgroups, replicas.count));
  }
}

/** The learned p_B at every state of an enumerable environment. */
export class LearnedBackward {
  readonly #measurement: Measurement<Tensor>;

  private constructor(measurement: Measurement<Tensor>) {
    this.#measurement = measurement;
  }

  /** @throws WebgfnError `argument` if the environment is not enumerable, or the network learns no p_B. */
  static async create(inputs: EvaluatorInputs): Promise<LearnedBackward> {
    const { device, environment, network } = inputs;
    if (network.head.backward !== "learned") throw argumentError("this policy learns no p_B", "train one with backward: learned");
    const policy = await PolicyTable.compile(inputs, required(environment, "enumeration"), "backward");
    const plans = { all: policy.plans };
    return new LearnedBackward(
      await Measurement.record(device, "learned p_B", plans, async (program, { all }) => {
        policy.record(program, all);
        return all.table;
      }),
    );
  }

  /**
   * p_B(action | state) of one replica now, `[state, action]`: the probability that the action led to the state; 0 for an action that cannot
   * lead there.
   */
  async read(replica: number): Promise<Float32Array> {
    const { program, results } = this.#measurement;
    await program.run();
    const [, states, actions] = results.shape as [number, number, number];
    return (await results.read(replica * states * actions, states * actions)) as Float32Array;
  }

  dispose(): void {
    this.#measurement.dispose();
  }
}
