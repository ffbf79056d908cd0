/** Samples to learn graphs from. */
import type { DataFile } from "@webgfn/envs";
import { mulberry32 } from "@webgfn/reference";

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
