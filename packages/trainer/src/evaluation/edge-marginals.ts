import type { EdgePicture, Environment } from "@webgfn/envs";
import { largestOf } from "@webgfn/tensor/internal";

/** How often each edge i → j occurs, as [i][j]. */
export interface EdgeMarginals {
  /** Among the objects sampled from the policy. */
  sampled: number[][];
  /** Under R/Z, where the environment knows it. */
  exact?: number[][];
  /** The largest difference between the two. */
  largestError?: number;
}

/**
 * Counts the edges of sampled graphs, and compares them with the exact marginals.
 *
 * @param states terminal states, one after another.
 * @returns `undefined` where objects are not graphs.
 */
export function edgeMarginals(environment: Environment, states: Uint32Array): EdgeMarginals | undefined {
  const { picture } = environment.objects;
  return picture.kind === "edges" ? marginalsOf(environment, picture, states) : undefined;
}

function marginalsOf(environment: Environment, picture: EdgePicture, states: Uint32Array): EdgeMarginals {
  const { stateWords } = environment;
  const { names, exactMarginals } = picture;
  const counts = names.map(() => names.map(() => 0));
  const graphs = states.length / stateWords;
  for (let n = 0; n < graphs; n++) {
    for (const [i, j] of picture.edges(environment.decode(states.subarray(n * stateWords, (n + 1) * stateWords)))) {
      (counts[i] as number[])[j] = ((counts[i] as number[])[j] as number) + 1;
    }
  }
  const sampled = counts.map((row) => row.map((count) => count / graphs));
  if (!exactMarginals.available) return { sampled };
  const exact = exactMarginals.value();
  const errors = sampled.flatMap((row, i) => row.map((share, j) => Math.abs(share - ((exact[i] as number[])[j] as number))));
  return { sampled, exact, largestError: largestOf(errors) };
}
