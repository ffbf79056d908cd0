import type { Environment, ObjectColumn } from "@webgfn/envs";
import type { Sample } from "@webgfn/sampler";
import { argumentError } from "@webgfn/tensor/internal";
import type { Column } from "./npy.js";

/** A column, and the numbers of a sample that go into it. */
export interface SampleColumn extends Column {
  values(sample: Sample): readonly number[];
}

const TYPES: Readonly<Record<ObjectColumn["dtype"], Column["type"]>> = { float32: "<f4", int32: "<i4", uint32: "<u4", uint8: "|u1" };

/**
 * The columns of a `.npy` file of samples: the object's own, as its environment describes them, then the numbers of the JSON
 * lines by the same names.
 *
 * @throws WebgfnError `argument` where objects are not arrays of one shape and their actions are left out too.
 */
export function sampleColumns({ objects, actionSpace, horizon }: Environment, trajectories: boolean): SampleColumn[] {
  const { columns } = objects;
  if (!columns.available && !trajectories) {
    throw argumentError(columns.reason, "leave --format npy out, or add --trajectories, whose actions say which object it is");
  }
  const ofObject = columns.available
    ? columns.value.map(
        (column): SampleColumn => ({
          name: column.name,
          type: TYPES[column.dtype],
          shape: column.shape,
          values: ({ object }) => column.values(object),
        }),
      )
    : [];
  const number = (name: "logReward" | "logForward" | "logBackward"): SampleColumn => ({
    name,
    type: "<f4",
    shape: [],
    values: (sample) => [sample[name]],
  });
  // A continuous environment's actions are the coordinates of its points.
  const discrete = actionSpace !== "continuous";
  const actions: SampleColumn = { name: "actions", type: "<i4", shape: [horizon], values: (sample) => sample.actions };
  return [
    ...ofObject,
    number("logReward"),
    number("logForward"),
    ...(trajectories ? [...(discrete ? [actions] : []), number("logBackward")] : []),
  ];
}
