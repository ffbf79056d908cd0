import type { Dags, Environment, Phylogenetics, SampledObject } from "@webgfn/envs";

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const letter = (symbol: number) => LETTERS[symbol] ?? `(${symbol})`;

/** An object as people write it. */
export function objectName(object: SampledObject, environment: Environment): string {
  if ("symbols" in object) return (object["symbols"] as number[]).map(letter).join("") || "(empty)";
  if ("items" in object) return `{${(object["items"] as number[]).join(", ")}}`;
  if ("coordinates" in object) return `(${(object["coordinates"] as number[]).join(", ")})`;
  if ("point" in object) return `(${(object["point"] as number[]).map((x) => x.toFixed(2)).join(", ")})`;
  if ("newick" in object) return String(object["newick"]);
  if ("edges" in object) return edgesText(object["edges"] as [number, number][], (environment as Dags).variableNames);
  return JSON.stringify(object);
}

const edgesText = (edges: readonly (readonly [number, number])[], names: readonly string[]) =>
  edges.map(([i, j]) => `${names[i]}→${names[j]}`).join(", ") || "no edges";

export interface Steps {
  steps: string[];
  path?: [number, number][];
}

/** What each action of a trajectory did, in words, and where it led where that can be drawn. */
export function stepsOf(environment: Environment, actions: readonly number[]): Steps {
  switch (environment.name) {
    case "hypergrid":
      return gridSteps(environment, actions);
    case "gaussian-mixture":
    case "banana":
      return planeSteps(actions);
    case "sets":
      return { steps: actions.map((item, n) => `add item ${item}: {${[...actions.slice(0, n + 1)].sort((a, b) => a - b).join(", ")}}`) };
    case "sequences":
      return { steps: sequenceSteps(Number(environment.parameters["symbols"]), actions) };
    case "dags":
      return { steps: graphSteps(environment as Dags, actions) };
    case "phylogenetics":
      return { steps: treeSteps((environment as Phylogenetics).alignment.names, actions) };
    default:
      return { steps: actions.map((action) => `action ${action}`) };
  }
}

function gridSteps({ parameters }: Environment, actions: readonly number[]): Steps {
  const dimensions = Number(parameters["dimensions"]);
  const at = new Array<number>(dimensions).fill(0);
  const path: [number, number][] = [[0, 0]];
  const steps = actions.map((action) => {
    if (action === dimensions) return `stop at (${at.join(", ")})`;
    at[action] = (at[action] as number) + 1;
    path.push([at[0] as number, at[1] ?? 0]);
    return `${["right", "up"][action] ?? `along ${action + 1}`}, to (${at.join(", ")})`;
  });
  return dimensions === 2 ? { steps, path: [...path, path.at(-1) as [number, number]].slice(0, actions.length + 1) } : { steps };
}

function planeSteps(actions: readonly number[]): Steps {
  const [x = 0, y = 0] = new Float32Array(Uint32Array.from(actions).buffer);
  return {
    steps: [`coordinate 1 is ${x.toFixed(2)}`, `coordinate 2 is ${y.toFixed(2)}`],
    path: [
      [0, 0],
      [x, 0],
      [x, y],
    ],
  };
}

function sequenceSteps(symbols: number, actions: readonly number[]): string[] {
  const text = (count: number) => actions.slice(0, count).map(letter).join("");
  return actions.map((action, n) => (action === symbols ? `stop: ${text(n) || "(empty)"}` : `append ${letter(action)}: ${text(n + 1)}`));
}

function graphSteps({ variableNames: names }: Dags, actions: readonly number[]): string[] {
  const edges: [number, number][] = [];
  return actions.map((action) => {
    if (action === names.length ** 2) return `stop: ${edgesText(edges, names)}`;
    const edge: [number, number] = [Math.floor(action / names.length), action % names.length];
    edges.push(edge);
    return `add ${edgesText([edge], names)}`;
  });
}

/** Action j·(j−1)/2 + i joins the tree whose smallest leaf is j into that of i < j. */
function treeSteps(names: readonly string[], actions: readonly number[]): string[] {
  const trees: string[] = [...names];
  return actions.map((action) => {
    let j = 1;
    while ((j * (j + 1)) / 2 <= action) j++;
    const i = action - (j * (j - 1)) / 2;
    const [left, right] = [trees[i] as string, trees[j] as string];
    trees[i] = `(${left},${right})`;
    return `join ${left} and ${right}`;
  });
}
