import type { ConsensusNode } from "@webgfn/envs/internal";
import { largestOf } from "@webgfn/tensor/internal";
import { cut, fixed, LETTER, MARGIN } from "./drawing.js";
import { escapeText } from "./html.js";
import type { Trees } from "./picture.js";

const ROW = 22;
const STEP = 46;
/** Letters of a name. */
const LONGEST = 28;

interface Drawn {
  /** Height above the leaves: 0 for a leaf, else one more than that of the highest child. */
  height: number;
  /** The row of the node: the middle of its children. */
  row: number;
}

/** Makes one drawing for each tree: leaves on the right, one per row, and the support of each clade at its node. */
export function treesSvg({ title, names, trees }: Trees): string[] {
  const shown = names.map((name) => cut(name, LONGEST));
  const textWidth = largestOf(shown.map(({ length }) => length)) * LETTER + 8;
  return trees.map(({ label, root }) => {
    const parts: string[] = [];
    const spoken: string[] = [];
    const depth = heightOf(root);
    const x = (height: number) => (depth - height) * STEP;
    let rows = 0;
    const draw = (node: ConsensusNode): Drawn => {
      if (typeof node === "number") {
        const row = rows++;
        parts.push(`<text x="${x(0) + 6}" y="${row * ROW + 4.5}">${escapeText(shown[node] as string)}</text>`);
        return { height: 0, row };
      }
      const children = node.children.map(draw);
      const height = 1 + largestOf(children.map((child) => child.height));
      const [first, last] = [children[0] as Drawn, children.at(-1) as Drawn];
      const row = (first.row + last.row) / 2;
      const branches = children.map((child) => `M${x(height)} ${fixed(child.row * ROW)}H${x(child.height)}`);
      parts.push(`<path class="branch" d="M${x(height)} ${fixed(first.row * ROW)}V${fixed(last.row * ROW)}${branches.join("")}"/>`);
      if (node !== root) {
        const support = node.support.toFixed(2);
        parts.push(`<text class="support" x="${x(height) - 4}" y="${fixed(row * ROW - 4)}" text-anchor="end">${support}</text>`);
        spoken.push(
          `${leavesOf(node)
            .map((leaf) => names[leaf])
            .join(" and ")} ${support}`,
        );
      }
      return { height, row };
    };
    draw(root);
    const box = `${-MARGIN} ${-ROW} ${fixed(depth * STEP + textWidth + 2 * MARGIN)} ${rows * ROW + ROW}`;
    const words = spoken.length === 0 ? "no clade in more than half of the trees" : spoken.join(", ");
    return `<svg viewBox="${box}" role="img" aria-label="${escapeText(`${title}, ${label}: ${words}`)}">\n${parts.join("\n")}\n</svg>`;
  });
}

function heightOf(node: ConsensusNode): number {
  return typeof node === "number" ? 0 : 1 + largestOf(node.children.map(heightOf));
}

function leavesOf(node: ConsensusNode): number[] {
  return typeof node === "number" ? [node] : node.children.flatMap(leavesOf);
}
