import type { Dags, Environment, SampledObject } from "@webgfn/envs";

/** Objects in a ranking. */
export const SHOWN = 10;

/** Names of the variables that graphs are over. */
export function namesOf(environment: Environment): readonly string[] | undefined {
  return "variableNames" in environment ? (environment as Dags).variableNames : undefined;
}

/** An object as people write it: `1, 4, 7`, `x0→x1, x0→x2`, a Newick tree. */
export function objectText(object: SampledObject, names: readonly string[] | undefined): string {
  if ("newick" in object) return String(object["newick"]);
  if ("edges" in object && names !== undefined) {
    const edges = (object["edges"] as [number, number][]).map(([i, j]) => `${names[i]}→${names[j]}`);
    return edges.length === 0 ? "no edges" : edges.join(", ");
  }
  const values = Object.values(object);
  return values.length === 1 && Array.isArray(values[0]) ? values[0].join(", ") : JSON.stringify(object);
}
