import batch from "@webgfn/shaders/objectives/batch.wgsl";
import divergence from "@webgfn/shaders/objectives/divergence.wgsl";
import liveRows from "@webgfn/shaders/objectives/live_rows.wgsl";
import records from "@webgfn/shaders/objectives/records.wgsl";
import summary from "@webgfn/shaders/objectives/summary.wgsl";
import transitions from "@webgfn/shaders/objectives/transitions.wgsl";
import lanes from "@webgfn/shaders/tensor/lanes.wgsl";
import type { Estimator, Objective } from "./objective.js";

const SHARED = {
  "objectives/batch": batch,
  "objectives/live_rows": liveRows,
  "objectives/records": records,
  "objectives/summary": summary,
  "objectives/transitions": transitions,
  "tensor/lanes": lanes,
};

/** The objective kernel's root module and the modules it is linked from. */
export function objectiveModules(objective: Objective, estimator: Estimator): { root: string; modules: Record<string, string> } {
  if (objective.family === "balance") return { root: "objective", modules: { ...SHARED, objective: objective.shader } };
  return {
    root: "objectives/divergence",
    modules: { ...SHARED, "objectives/divergence": divergence, objective: objective.shader, estimator: estimator.shader },
  };
}
