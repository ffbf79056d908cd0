import type { Configuration } from "@webgfn/runs";
import type { LogFormat } from "@webgfn/runs/node/internal";
import type { Ending } from "./perform-run.js";

/** The job of a child process. */
export interface Job {
  readonly folder: string;
  readonly configuration: Configuration;
  /** Seconds without a heartbeat after which another process takes the run over. */
  readonly lease: number;
  readonly tune: boolean;
  /** A format in which evaluations are also written, for another program. */
  readonly log?: LogFormat;
}

/** A message from a child process. */
export type FromChild =
  | { readonly kind: "says" | "notes"; readonly text: string }
  | { readonly kind: "stepped"; readonly step: number }
  /** `text`: the main columns of the evaluation. */
  | { readonly kind: "evaluated"; readonly step: number; readonly text: string }
  /** The last message. */
  | { readonly kind: "ended"; readonly ending: Ending };
