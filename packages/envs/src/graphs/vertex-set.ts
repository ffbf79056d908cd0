import { withoutPadding } from "../encoding.js";
import { completeDisplay, type ObjectDisplay } from "../objects.js";

/** A set of vertices by their numbers, in ascending order. */
export type VertexSetObject = { vertices: number[] };

/** How sets of vertices are shown: by the vertices' names. */
export function vertexSetDisplay(environment: string, names: readonly string[]): ObjectDisplay<VertexSetObject> {
  const text = ({ vertices }: VertexSetObject): string => `{${vertices.map((v) => names[v]).join(", ")}}`;
  return completeDisplay<VertexSetObject>(environment, {
    kind: "set",
    text,
    columns: [{ name: "vertices", dtype: "int32", shape: [names.length], values: ({ vertices }) => vertices }],
    fromColumns: ({ vertices = [] }) => ({ vertices: withoutPadding(vertices) }),
    steps: (actions) =>
      actions.map((action, n) => {
        const set = text({
          vertices: actions
            .slice(0, n + 1)
            .filter((v) => v < names.length)
            .sort((a, b) => a - b),
        });
        return action === names.length ? `stop: ${set}` : `add ${names[action]}: ${set}`;
      }),
  });
}
