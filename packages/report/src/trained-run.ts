import type { LoadedRun } from "@webgfn/runs/node/internal";

/** A run with its loaded checkpoint. */
export interface TrainedRun extends LoadedRun {
  label: string;
  /** Index of the run's colour. */
  colour: number;
}
