import type { LoadedRun } from "@webgfn/runs/node/internal";

/** A run whose checkpoint is at hand. */
export interface TrainedRun extends LoadedRun {
  label: string;
  /** Number of the run's colour. */
  colour: number;
}
