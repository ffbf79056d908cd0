import { rules } from "@webgfn/tensor";
import { requireRule } from "@webgfn/tensor/internal";
import { type Capability, unavailable } from "../capability.js";
import { completeDisplay, type ObjectDisplay } from "../objects.js";
import { cladesOfState, type SupportedClade } from "./clades.js";
import { joinedText, label } from "./newick.js";

/** A tree in Newick format. */
export type TreeObject = { newick: string };

/** How trees over named species are shown: in Newick format, and drawn. */
export function treeDisplay(names: readonly string[], exactClades: Capability<() => readonly SupportedClade[]>): ObjectDisplay<TreeObject> {
  return completeDisplay<TreeObject>("phylogenetics", {
    kind: "tree",
    text: ({ newick }) => newick,
    columns: unavailable("the objects of phylogenetics have no form in numbers of one shape"),
    steps: (actions) => joined(names, actions).steps,
    fromActions(actions) {
      const { trees } = joined(names, actions);
      return { newick: `${trees[0]};` };
    },
    picture: { kind: "trees", names, clades: cladesOfState, exactClades },
  });
}

/**
 * Joins trees: action j·(j−1)/2 + i joins the tree whose smallest leaf is j into that of i < j.
 *
 * @returns a line for each action, and the text of the tree in each slot.
 * @throws WebgfnError `argument` for a number that is no action.
 */
function joined(names: readonly string[], actions: readonly number[]): { steps: string[]; trees: string[] } {
  const trees = names.map(label);
  const steps = actions.map((action) => {
    requireRule("an action", action, rules.whole(0, (names.length * (names.length - 1)) / 2 - 1));
    let j = 1;
    while ((j * (j + 1)) / 2 <= action) j++;
    const i = action - (j * (j - 1)) / 2;
    const [left, right] = [trees[i] as string, trees[j] as string];
    trees[i] = joinedText(left, right);
    return `join ${left} and ${right}`;
  });
  return { steps, trees };
}
