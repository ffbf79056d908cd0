/** Samples to learn graphs from. */
import type { DataFile, Environment } from "@webgfn/envs";
import { type LocalScore, mulberry32 } from "@webgfn/reference";

/** Samples of x_j = ½ x_{j−1} + noise: weak enough dependences that no graph takes all of the target. */
export function chainSamples(variables: number, count: number, seed = 3): number[][] {
  const random = mulberry32(seed);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Array.from({ length: count }, () => {
    const row: number[] = [];
    for (let j = 0; j < variables; j++) row.push(10 + 0.5 * (row[j - 1] ?? 0) + normal());
    return row;
  });
}

export function csvFile(rows: readonly (readonly number[])[]): DataFile {
  return { name: "test.csv", text: rows.map((row) => row.join(",")).join("\n") };
}

/**
 * The local scores in the data of an environment of graphs. Sets of parents have numbers: smaller sets first, and of one size that with the smaller
 * largest parent first; a child's own number is left out.
 */
export function tabulatedScore({ constants, data }: Environment): LocalScore {
  const [variables, most, count] = [constants["VARIABLES"]!, constants["MOST_PARENTS"]!, constants["PARENT_SETS"]!];
  // Sets of one size: those whose largest member comes first, before it those with the smaller others.
  const ofSize = (size: number, below: number): number[][] =>
    size === 0 ? [[]] : Array.from({ length: below }, (_, largest) => ofSize(size - 1, largest).map((rest) => [...rest, largest])).flat();
  const sets = Array.from({ length: most + 1 }, (_, size) => ofSize(size, variables - 1)).flat();
  const numbers = new Map(sets.map((set, n) => [set.join(), n]));
  const start = (variables + 1) * (most + 1);
  return (node, parents) =>
    data[start + node * count + numbers.get(parents.map((parent) => (parent > node ? parent - 1 : parent)).join())!]!;
}
