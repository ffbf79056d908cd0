import { argumentError } from "@webgfn/tensor/internal";
import { completeDisplay, type EdgePicture, type ObjectDisplay } from "../objects.js";

/** A graph by its edges, as pairs of variable numbers. */
export type GraphObject = { edges: [from: number, to: number][] };

/** How graphs over named variables are shown: as edges, an adjacency matrix and a matrix of edge probabilities. */
export function graphDisplay(
  names: readonly string[],
  known: Pick<EdgePicture, "exactMarginals" | "exactPaths" | "reference">,
): ObjectDisplay<GraphObject> {
  const variables = names.length;
  const text = ({ edges }: GraphObject) => edges.map(([i, j]) => `${names[i]}→${names[j]}`).join(", ") || "no edges";
  /** Action i·variables + j adds the edge i → j; the last action stops. */
  const edgeOf = (action: number): [number, number] => [Math.floor(action / variables), action % variables];
  return completeDisplay<GraphObject>("dags", {
    kind: "graph",
    text,
    columns: [
      {
        name: "adjacency",
        dtype: "uint8",
        shape: [variables, variables],
        values({ edges }) {
          const matrix = new Array<number>(variables * variables).fill(0);
          for (const [from, to] of edges) matrix[from * variables + to] = 1;
          return matrix;
        },
      },
    ],
    fromColumns({ adjacency = [] }) {
      const odd = adjacency.findIndex((entry) => entry !== 0 && entry !== 1);
      if (odd >= 0) {
        throw argumentError(`adjacency has ${adjacency[odd]} at [${edgeOf(odd).join(", ")}]; it must be 1 where there is an edge, else 0`);
      }
      return { edges: adjacency.flatMap((entry, index) => (entry === 1 ? [edgeOf(index)] : [])) };
    },
    steps: (actions) =>
      actions.map((action, n) =>
        action === variables ** 2
          ? `stop: ${text({ edges: actions.slice(0, n).map(edgeOf) })}`
          : `add ${text({ edges: [edgeOf(action)] })}`,
      ),
    picture: { kind: "edges", names, edges: ({ edges }) => edges, ...known },
  });
}
