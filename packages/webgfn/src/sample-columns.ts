import type { Environment, SampledObject } from "@webgfn/envs";
import type { Sample } from "@webgfn/sampler";
import { argumentError } from "@webgfn/tensor";
import type { Column } from "./npy.js";

/** A column, and what of a sample it holds. */
export interface SampleColumn extends Column {
  values(sample: Sample): readonly number[];
}

/** A field of the decoded object that is a list of numbers. */
function list(name: string, type: Column["type"], length: number): SampleColumn {
  return { name, type, shape: [length], values: ({ object }) => (object as Record<string, number[]>)[name] as number[] };
}

function adjacency(variables: number): SampleColumn {
  return {
    name: "adjacency",
    type: "|u1",
    shape: [variables, variables],
    values({ object }) {
      const matrix = new Array<number>(variables * variables).fill(0);
      for (const [from, to] of (object as SampledObject & { edges: [number, number][] }).edges) matrix[from * variables + to] = 1;
      return matrix;
    },
  };
}

/** Objects as numbers of one shape; trees have none. */
function objectColumn({ name, parameters }: Environment): SampleColumn | undefined {
  const size = (parameter: string) => parameters[parameter] as number;
  switch (name) {
    case "hypergrid":
      return list("coordinates", "<i4", size("dimensions"));
    case "sets":
      return list("items", "<i4", size("size"));
    case "sequences":
      return list("symbols", "<i4", size("length"));
    case "dags":
      return adjacency(size("variables"));
    case "gaussian-mixture":
    case "banana":
      return list("point", "<f4", 2);
    default:
      return undefined;
  }
}

/**
 * The columns of a `.npy` file of samples, named as the fields of the JSON lines.
 *
 * @throws WebgfnError `argument` where objects have no form in numbers and their actions are not asked for either.
 */
export function sampleColumns(environment: Environment, trajectories: boolean): SampleColumn[] {
  const object = objectColumn(environment);
  if (object === undefined && !trajectories) {
    throw argumentError(
      `the objects of ${environment.name} have no form in numbers of one shape`,
      "leave --format npy out, or add --trajectories, whose actions say which object it is",
    );
  }
  const number = (name: "logReward" | "logForward" | "logBackward"): SampleColumn => ({
    name,
    type: "<f4",
    shape: [],
    values: (sample) => [sample[name]],
  });
  // A continuous environment's actions are the coordinates of its points.
  const discrete = environment.actionSpace !== "continuous";
  const actions: SampleColumn = { name: "actions", type: "<i4", shape: [environment.horizon], values: (sample) => sample.actions };
  return [
    ...(object === undefined ? [] : [object]),
    number("logReward"),
    number("logForward"),
    ...(trajectories ? [...(discrete ? [actions] : []), number("logBackward")] : []),
  ];
}
