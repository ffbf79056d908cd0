import type { Resource, Tensor } from "@webgfn/tensor";
import type { TensorPlan } from "@webgfn/tensor/internal";
import { uniformTable } from "./uniform-table.js";

/** The records of a rollout's evaluations of the policy, for a backward pass. */
export interface Records {
  /** `[section, words]`; a section is [replica, trajectory of the section, rowsPerTrajectory, 4 · row4]. */
  rows: Tensor;
  /** A uniform for each section, if there are several: `[section, 64]`. */
  sections?: Tensor;
  /** Trajectories of each replica in a section; the last may have fewer. */
  sectionSize: number;
}

/** Consecutive trajectories of every replica, whose records fit into one binding. */
export interface Section {
  /** Trajectories [first, end) of each replica. */
  first: number;
  end: number;
  /** Its `rows`, and its `section` uniform if there are several. */
  resources: Record<string, Resource>;
}

/** The sections of a batch, in order. */
export function sectionsOf({ rows, sections, sectionSize }: Records, batch: number): Section[] {
  return Array.from({ length: sectionCount(batch, sectionSize) }, (_, index) => {
    const [first, end] = bounds(index, batch, sectionSize);
    return { first, end, resources: { rows: rows.at(index), ...(sections && { section: sections.at(index) }) } };
  });
}

/** The uniforms of all sections; undefined if one section is the whole batch. See `shaders/sampler/section.wgsl`. */
export function sectionTable(batch: number, sectionSize: number): TensorPlan | undefined {
  if (sectionSize >= batch) return undefined;
  return uniformTable(sectionCount(batch, sectionSize), (index) => bounds(index, batch, sectionSize), "sections");
}

/**
 * The shape of records in sections. Each section is a separate binding, so its size is a multiple of the alignment that every adapter
 * accepts.
 */
export function sectionShape(words: number, batch: number, sectionSize: number): [number, number] {
  return [sectionCount(batch, sectionSize), Math.ceil(words / 64) * 64];
}

function sectionCount(batch: number, sectionSize: number): number {
  return Math.ceil(batch / sectionSize);
}

/** Trajectories [first, end) of a section. */
function bounds(index: number, batch: number, sectionSize: number): [first: number, end: number] {
  return [index * sectionSize, Math.min((index + 1) * sectionSize, batch)];
}
