import { rules } from "@webgfn/tensor";
import { requireRule } from "@webgfn/tensor/internal";
import { type Capability, unavailable } from "../capability.js";
import { completeDisplay, type ObjectDisplay } from "../objects.js";
import type { Branches } from "./branches.js";
import { cladesOfState, type SupportedClade } from "./clades.js";
import type { JoinLengths } from "./forest-state.js";
import { joinedText, label, shownLength } from "./newick.js";

/** A tree in Newick format. */
export type TreeObject = { newick: string };

/** The display of trees over named species: in Newick format, and as drawings. */
export function treeDisplay(
  names: readonly string[],
  branches: Branches,
  exactClades: Capability<() => readonly SupportedClade[]>,
): ObjectDisplay<TreeObject> {
  return completeDisplay<TreeObject>("phylogenetics", {
    kind: "tree",
    text: ({ newick }) => newick,
    columns: unavailable("the objects of phylogenetics have no form in numbers of one shape"),
    steps: (actions) => joined(names, branches, actions).steps,
    fromActions(actions) {
      const { trees } = joined(names, branches, actions);
      return { newick: `${trees[0]};` };
    },
    picture: { kind: "trees", names, clades: cladesOfState, exactClades },
  });
}

/**
 * Joins trees: action j·(j−1)/2 + i joins the tree whose smallest leaf is j into the tree of leaf i < j. Higher actions choose lengths of
 * branches.
 *
 * @returns a line for each action, and the text of the tree in each slot.
 * @throws WebgfnError `argument` for a number that is not an action.
 */
function joined(names: readonly string[], branches: Branches, actions: readonly number[]): { steps: string[]; trees: string[] } {
  const trees = names.map(label);
  const pairs = (names.length * (names.length - 1)) / 2;
  let chosen: number[] = [];
  const steps = actions.map((action) => {
    requireRule("an action", action, rules.whole(0, pairs + branches.bins - 1));
    if (action >= pairs) {
      chosen.push(action - pairs + 1);
      return `a branch of length ${shownLength(branches.lengths[action - pairs + 1] as number)}`;
    }
    let j = 1;
    while ((j * (j + 1)) / 2 <= action) j++;
    const i = action - (j * (j - 1)) / 2;
    const [left, right] = [trees[i] as string, trees[j] as string];
    const [a = 0, b = 0] = chosen;
    const lengths: JoinLengths = [a, b];
    chosen = [];
    trees[i] = joinedText(left, right, lengths, branches);
    return `join ${left} and ${right}`;
  });
  return { steps, trees };
}
