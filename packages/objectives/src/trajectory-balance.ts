import source from "@webgfn/shaders/objectives/trajectory_balance.wgsl";
import type { Objective } from "./objective.js";

/** Trajectory balance: mean (log Z + s − b − log R)² with a learned log Z (method §2, balance losses). */
export function trajectoryBalance(): Objective {
  return { name: "tb", family: "balance", shader: source, defaultEstimator: "none", constant: "reward", learnsLogZ: true };
}
