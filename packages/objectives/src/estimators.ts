import batchMean from "@webgfn/shaders/objectives/estimators/batch_mean.wgsl";
import controlVariate from "@webgfn/shaders/objectives/estimators/control_variate.wgsl";
import leaveOneOut from "@webgfn/shaders/objectives/estimators/leave_one_out.wgsl";
import plain from "@webgfn/shaders/objectives/estimators/plain.wgsl";
import { unknownWord } from "@webgfn/tensor";
import type { Estimator, EstimatorName } from "./objective.js";

/** Every estimator by name; `paper` is the default of the divergences. */
export const estimators: Readonly<Record<EstimatorName, Estimator>> = {
  none: { name: "none", shader: plain, channels: 1, smallestBatch: 1 },
  loo: { name: "loo", shader: leaveOneOut, channels: 1, smallestBatch: 2 },
  paper: { name: "paper", shader: controlVariate, channels: 2, smallestBatch: 2 },
  "batch-mean": { name: "batch-mean", shader: batchMean, channels: 1, smallestBatch: 1 },
};

/** @throws WebgfnError `argument` for a name that is not an estimator's. */
export function estimator(name: string): Estimator {
  const found = Object.hasOwn(estimators, name) ? estimators[name as EstimatorName] : undefined;
  if (found === undefined) throw unknownWord("an estimator", name, Object.keys(estimators));
  return found;
}
