import { unavailable } from "../capability.js";
import { completeDisplay, type ObjectDisplay } from "../objects.js";
import { joinedText, label } from "./newick.js";

/** A tree in Newick format. */
export type TreeObject = { newick: string };

/** How trees over named species are shown: in Newick format, and drawn. */
export function treeDisplay(names: readonly string[]): ObjectDisplay<TreeObject> {
  return completeDisplay<TreeObject>("phylogenetics", {
    kind: "tree",
    text: ({ newick }) => newick,
    columns: unavailable("the objects of phylogenetics have no form in numbers of one shape"),
    steps: (actions) => joinSteps(names, actions),
    picture: { kind: "trees" },
  });
}

/** Action j·(j−1)/2 + i joins the tree whose smallest leaf is j into that of i < j. */
function joinSteps(names: readonly string[], actions: readonly number[]): string[] {
  const trees = names.map(label);
  return actions.map((action) => {
    let j = 1;
    while ((j * (j + 1)) / 2 <= action) j++;
    const i = action - (j * (j - 1)) / 2;
    const [left, right] = [trees[i] as string, trees[j] as string];
    trees[i] = joinedText(left, right);
    return `join ${left} and ${right}`;
  });
}
