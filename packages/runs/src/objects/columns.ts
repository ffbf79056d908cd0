import { available, type Capability, type Environment, type SampledObject, unavailable } from "@webgfn/envs";
import { withoutPadding } from "@webgfn/envs/internal";

/** A column of an environment's files: its name and the shape of one object's array, [] for a single number. */
export interface FileColumn {
  readonly name: string;
  readonly shape: readonly number[];
}

/** The columns of a file, and a function that makes objects from them. */
export interface ObjectColumns {
  readonly columns: readonly FileColumn[];
  /** Makes the object of a row from the numbers of each column. */
  object(values: Readonly<Record<string, readonly number[]>>): SampledObject;
}

/** The columns from which an environment makes its objects, or the reason why it makes none. */
export function objectColumns({ name, objects }: Environment): Capability<ObjectColumns> {
  const { columns, fromColumns } = objects;
  if (!columns.available) return unavailable(columns.reason);
  if (fromColumns === undefined) return unavailable(`${name} does not say how columns become an object (objects.fromColumns)`);
  return available({ columns: columns.value, object: (values) => fromColumns(values) });
}

/** Like {@link objectColumns}, for arrays of records: objects without columns are identified by their actions. */
export function recordColumns(environment: Environment): Capability<ObjectColumns> {
  const { horizon, objects } = environment;
  const { fromActions } = objects;
  if (objects.columns.available || fromActions === undefined) return objectColumns(environment);
  const columns = [{ name: "actions", shape: [horizon] }];
  return available({ columns, object: ({ actions = [] }) => fromActions(withoutPadding(actions)) });
}

/** Size of one object's array. */
export function sizeOf({ shape }: FileColumn): number {
  return shape.reduce((product, extent) => product * extent, 1);
}
