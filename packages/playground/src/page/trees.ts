import { largestOf, smallestOf } from "@webgfn/tensor/internal";

/** Draws a tree from Newick text without branch lengths as SVG. */

interface Node {
  name: string;
  children: Node[];
}

const WIDTH = 100;
const HEIGHT = 80;
/** Width of the leaves' names. */
const NAMES = 34;

/** Parses Newick text such as `((a,b),'c d');`. Within quotes, '' stands for a quote. */
function parseNewick(text: string): Node {
  let at = 0;
  const node = (): Node => {
    const children: Node[] = [];
    if (text[at] === "(") {
      do {
        at++;
        children.push(node());
      } while (text[at] === ",");
      at++;
    }
    const [name = ""] = /^('(?:[^']|'')*'|[^(),;:]*)/.exec(text.slice(at)) ?? [];
    at += name.length;
    return { name: name.startsWith("'") ? name.slice(1, -1).replaceAll("''", "'") : name, children };
  };
  return node();
}

/** An SVG element with the tree of a Newick text, leaves to the right. */
export function treeSvg(newick: string): SVGSVGElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "tree");
  svg.setAttribute("viewBox", `0 0 ${WIDTH + NAMES} ${HEIGHT}`);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", newick);
  const root = parseNewick(newick);
  const leaves = countLeaves(root);
  const depth = depthOf(root);
  let next = 0;
  let lines = "";
  /** Draws the subtree of a node, and returns the node's position [x, y]. */
  const draw = (node: Node): [number, number] => {
    if (node.children.length === 0) {
      const y = ((next++ + 0.5) * HEIGHT) / leaves;
      svg.append(textAt(WIDTH + 4, y + 3.5, node.name));
      return [WIDTH, y];
    }
    const ends = node.children.map(draw);
    const x = WIDTH * (1 - depthOf(node) / depth) + 2;
    const heights = ends.map(([, y]) => y);
    for (const [end, y] of ends) lines += `M${x} ${y}H${end}`;
    lines += `M${x} ${smallestOf(heights)}V${largestOf(heights)}`;
    return [x, heights.reduce((sum, y) => sum + y, 0) / heights.length];
  };
  draw(root);
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", lines);
  svg.append(path);
  return svg;
}

function textAt(x: number, y: number, content: string): SVGTextElement {
  const text = document.createElementNS("http://www.w3.org/2000/svg", "text");
  text.setAttribute("x", String(x));
  text.setAttribute("y", String(y));
  text.textContent = content.length > 6 ? `${content.slice(0, 5)}…` : content;
  return text;
}

const countLeaves = ({ children }: Node): number =>
  children.length === 0 ? 1 : children.reduce((sum, child) => sum + countLeaves(child), 0);
const depthOf = ({ children }: Node): number => (children.length === 0 ? 0 : 1 + largestOf(children.map(depthOf)));
