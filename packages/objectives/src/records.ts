import flowRows from "@webgfn/shaders/objectives/balance/flow_rows.wgsl";
import records from "@webgfn/shaders/objectives/records.wgsl";
import { Struct } from "@webgfn/tensor/internal";

/** An objective's result on one batch: `Outcome` of `shaders/objectives/records.wgsl`. */
export const outcomeRecord = new Struct<"live_rows" | "step" | "scale" | "mean" | "gradient_terms">(records, "Outcome");

/** A workgroup's result on its chunk of a large batch: `Chunk` of `shaders/objectives/records.wgsl`. */
export const chunkRecord = new Struct<"live_rows" | "highest" | "sums">(records, "Chunk");

/** A row of flow matching: `FlowRow` of `shaders/objectives/balance/flow_rows.wgsl`. */
export const flowRowRecord = new Struct<"log_flow" | "action" | "count">(flowRows, "FlowRow");

/** Metrics of one batch: `Metrics` of `shaders/objectives/records.wgsl`. */
export const metricsRecord = new Struct<
  "loss" | "mean_log_weight" | "variance_log_weight" | "log_mean_weight" | "mean_log_reward" | "mean_length" | "log_z" | "finite"
>(records, "Metrics");

/** The learned log Z with its Adam moments: `LogZ` of `shaders/objectives/records.wgsl`. */
export const logZRecord = new Struct<"value" | "first_moment" | "second_moment">(records, "LogZ");
