import type { Environment, ObjectColumn } from "@webgfn/envs";
import type { Sample } from "@webgfn/sampler";
import { argumentError } from "@webgfn/tensor/internal";
import type { Column } from "./npy.js";

/** A column of a `.npy` file of samples, with a function that returns a sample's numbers for it. */
export interface SampleColumn extends Column {
  values(sample: Sample): readonly number[];
}

const TYPES: Readonly<Record<ObjectColumn["dtype"], Column["type"]>> = { float32: "<f4", int32: "<i4", uint32: "<u4", uint8: "|u1" };

/**
 * The columns of a `.npy` file of samples: first those of the object, which the environment declares, then numbers such as log R, named as in the
 * JSON lines.
 *
 * @throws WebgfnError `argument` if objects have no fixed shape and `trajectories` is false: no column would identify the object.
 */
export function sampleColumns({ objects, actionSpace, horizon }: Environment, trajectories: boolean): SampleColumn[] {
  const { columns } = objects;
  if (!columns.available && !trajectories) {
    throw argumentError(columns.reason, "remove --format npy, or add --trajectories: the actions identify the object");
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
