import type { Environment } from "@webgfn/envs";
import type { Parameters, ParameterValue } from "@webgfn/tensor";

/** p_B over the parents of a state: uniform, or learned by further outputs of the network. */
export type BackwardPolicy = "uniform" | "learned";

/**
 * Turns a network's outputs into a distribution over actions. After the outputs for p_F, from the next multiple of four on, follow those for
 * a learned p_B, or one for log F(s).
 */
export interface Head {
  /** Name of the head, for errors. */
  readonly name: string;
  /** Returns the WGSL module `package::head`. That of the Gaussians is loaded on demand: few pages need it. */
  readonly wgsl: () => string | Promise<string>;
  /** Total number of outputs of the network. */
  readonly outputs: number;
  /** vec4s of the outputs for p_F; a learned p_B has as many after them. */
  readonly forward4: number;
  /** p_B: uniform, or read from further outputs. */
  readonly backward: BackwardPolicy;
  /** Whether the last output is log F(s). */
  readonly flow: boolean;
  /** Constants that the module imports from `constants`. */
  readonly constants: Readonly<Record<string, number | string>>;
}

/** One dense layer in the GPU's layout. Offsets and padded widths count vec4s; weights are [in][out], padded with zeros. */
export interface Layer {
  /** Number of inputs. */
  inputs: number;
  /** Number of outputs. */
  outputs: number;
  /** vec4s of the inputs. */
  in4: number;
  /** vec4s of the outputs. */
  out4: number;
  /** Initial weights are uniform in ±bound. */
  bound: number;
  /** Initial value of all biases. Absent if they are drawn like the weights. */
  initialBias?: number;
  /** Offset of W in a replica's weights. */
  weight: number;
  /** Offset of b in a replica's weights. */
  bias: number;
  /** Offset of Wᵀ in a replica's weights; the first layer has none. */
  transposed: number;
  /** Offset of the layer's input in a record. */
  input: number;
  /** Offset of the gradient of the layer's output in a record. */
  delta: number;
}

/** The backward pass of a policy: a WGSL kernel that turns the deltas of the outputs into those of every layer. */
export interface BackwardPass {
  /** The kernel's module, such as `trainer/mlp_backward`. */
  root: string;
  /** Its text. Absent if the trainer contains it. */
  wgsl?: string;
  /** A row of its tile: one evaluation of the policy, or all evaluations of a trajectory, one after another. */
  unit: "evaluation" | "trajectory";
}

/** The layout of a policy for an environment and a head. */
export interface Fit {
  /** The WGSL module `package::policy`. */
  wgsl: string;
  /** The backward pass. */
  backward: BackwardPass;
  /**
   * Whether the layers form a chain from the features to the outputs, with LeakyReLU in between. A chain can be evaluated layer by layer, and
   * on the host.
   */
  isChain: boolean;
  /** The layers, in the order of the weights. */
  layers: readonly Layer[];
  /** vec4s of trained weights, per replica. */
  parameters4: number;
  /** vec4s of weights including their transposed copies, per replica. */
  weights4: number;
  /** vec4s of a record: the inputs of the layers, their deltas, and the gradient of the outputs. */
  row4: number;
  /** vec4s of a record without a backward pass: only the first part, which the policy itself reads again. */
  memory4: number;
  /** Offset in a record of the gradient of log p with respect to the outputs. */
  score: number;
  /** vec4s of the widest row of activations, for workgroup memory. */
  width4: number;
  /** Further bytes of workgroup memory for each row of a tile. */
  rowBytes: number;
  /** Records of a trajectory: one per evaluation of the policy. */
  rowsPerTrajectory: number;
  /** Further constants that the policy's WGSL modules import. */
  constants: Readonly<Record<string, number | string>>;
}

/** A policy fitted to an environment's features and actions: where every weight and every activation lives. */
export interface Network extends Fit {
  /** The policy that was fitted. */
  policy: Policy;
  /** Turns its outputs into a distribution over actions. */
  head: Head;
  /** vec4s of the outputs for p_F; a learned p_B has as many after them. */
  forward4: number;
}

/** A policy's architecture, before it is fitted to an environment. `mlp`, `gin` and `definePolicy` make one. */
export interface Policy {
  /** Name on the command line and in run folders. */
  readonly name: string;
  /** Its parameters by name, with their current values, including those of its head. */
  readonly parameters: Parameters;
  /** Lays the network out for an environment and a head. @throws WebgfnError `argument` if they do not fit together. */
  fit(environment: Environment, head: Head): Fit;
  /** The same policy with other values of its parameters. @throws WebgfnError `argument` for a value that breaks its rule. */
  with(values: Readonly<Record<string, ParameterValue | undefined>>): Policy;
}
