import { rules } from "@webgfn/tensor";

/** p_B over the parents of a state: uniform, or learned by further outputs of the network. */
export type BackwardPolicy = "uniform" | "learned";

/** A policy's architecture, before it is fitted to an environment: made by `mlp` or `gin`. */
export interface Policy {
  readonly name: PolicyName;
  /** Widths of the hidden layers, or of the graph layers. */
  readonly hidden: readonly number[];
  /** For continuous environments: Gaussians in the mixture over a coordinate. */
  readonly components: number;
  /** For continuous environments: least and largest standard deviation of a Gaussian. */
  readonly scales: readonly [number, number];
  readonly backward: BackwardPolicy;
  /** Whether one more output is log F(s), which some objectives learn. */
  readonly flow: boolean;
  /** The WGSL module `package::policy`. */
  readonly shader: string;
}

export const policyNames = ["mlp", "gin"] as const;
export type PolicyName = (typeof policyNames)[number];

/** Widths of hidden or graph layers. */
export const widths = rules.list("the widths of 1 to 8 layers, whole numbers from 1 to 4096, such as [64, 64]", rules.whole(1, 4096), 1, 8);
