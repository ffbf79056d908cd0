import type { Work } from "./works.mjs";

export const USUAL_CARD: string;

/** Files of the driver, or what is missing. */
export type Radeon = { shim: string; driver: string } | { missing: string };

export function findRadeon(): Radeon;

/** Statistics of RADV for one pipeline. */
export interface CompiledPipeline {
  number: number;
  kernel: string;
  text: string;
  vgprs: number;
  sgprs: number;
  spilledVgprs: number;
  spilledSgprs: number;
  scratch: number;
  lds: number;
  waves: number;
  instructions: number;
  valu: number;
  latency: number;
  inverseThroughput: number;
}

export function compileFor(
  radeon: { shim: string; driver: string },
  card: string,
  work: Work,
  assembly?: boolean,
): {
  adapter: { name: string; type: string };
  dispatches: { kernel: string; pipeline: number; workgroups: number[] }[];
  microseconds: number;
  compiled: CompiledPipeline[];
};
