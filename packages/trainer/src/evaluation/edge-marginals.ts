import type { Dags, Environment } from "@webgfn/envs";

/** How often each edge i → j occurs, as [i][j]. */
export interface EdgeMarginals {
  /** Among the objects sampled from the policy. */
  sampled: number[][];
  /** Under R/Z, where the graphs can be enumerated. */
  exact?: number[][];
  /** The largest difference between the two. */
  largestError?: number;
}

export function hasEdges(environment: Environment): environment is Dags {
  return "edgeMarginals" in environment;
}

/** Edge frequencies of sampled graphs, whose states lie one after another, beside the exact ones. */
export function edgeMarginals(environment: Dags, states: Uint32Array): EdgeMarginals {
  const { stateWords, variableNames } = environment;
  const counts = variableNames.map(() => variableNames.map(() => 0));
  const graphs = states.length / stateWords;
  for (let n = 0; n < graphs; n++) {
    const { edges } = environment.decode(states.subarray(n * stateWords, (n + 1) * stateWords)) as { edges: [number, number][] };
    for (const [i, j] of edges) (counts[i] as number[])[j] = ((counts[i] as number[])[j] as number) + 1;
  }
  const sampled = counts.map((row) => row.map((count) => count / graphs));
  if (!environment.edgeMarginals.available) return { sampled };
  const exact = environment.edgeMarginals.value();
  const errors = sampled.flatMap((row, i) => row.map((share, j) => Math.abs(share - ((exact[i] as number[])[j] as number))));
  return { sampled, exact, largestError: Math.max(...errors) };
}
