import { inBrief, shownName } from "@webgfn/tensor/internal";
import { unreachable } from "../encoding.js";
import { insertJoin, joinsInto } from "./forest-state.js";
import type { TreeObject } from "./tree-display.js";

/** What a tree's text is made of, with blanks between: a quoted name, a branch length, a comment, a name, a mark. */
const TOKEN = /\s*(?:'([^']*(?:''[^']*)*)'|:\s*([^\s()[\]{}:;,'"]+)|\[[^\]]*\]|([^\s()[\]{}:;,'"]+)|([(),;]))/y;

/**
 * Reads a rooted binary tree in Newick format: its state, which is the same for every way to write the tree. Branch lengths, names of
 * inner nodes and comments in brackets are passed over.
 *
 * @param names the species, in the order of the leaves' numbers.
 * @throws WebgfnError `argument` for a text that is no such tree, or a species that is unknown, twice in it, or missing.
 */
export function encodeTree(object: TreeObject, names: readonly string[]): Uint32Array {
  const text: unknown = (object as TreeObject | null | undefined)?.newick;
  const fail = (why: string): never => {
    throw unreachable(`trees of ${names.length} species`, object, why);
  };
  if (typeof text !== "string") return fail('it needs a text "newick", as in {"newick":"((A,B),C);"}');
  const tree = new TreeBuilder(names, fail);
  const token = new RegExp(TOKEN);
  for (;;) {
    const at = token.lastIndex;
    const match = token.exec(text);
    if (match === null) {
      const rest = text.slice(at).trim();
      return fail(rest === "" ? 'it ends without ";"' : `${inBrief(rest)} is no Newick`);
    }
    const [, quotedName, length, name, mark] = match;
    if (quotedName !== undefined) tree.name(quotedName.replaceAll("''", "'"), true);
    else if (length !== undefined) tree.length(length);
    else if (name !== undefined) tree.name(name, false);
    else if (mark === "(") tree.open();
    else if (mark === ",") tree.next();
    else if (mark === ")") tree.close();
    else if (mark === ";") {
      const beyond = text.slice(token.lastIndex).trim();
      if (beyond !== "") fail(`${inBrief(beyond)} follows the tree`);
      return tree.end();
    }
  }
}

/** Builds the state of a tree from the marks and names of its text. `fail` throws. */
class TreeBuilder {
  readonly #names: readonly string[];
  readonly #fail: (why: string) => never;
  readonly #leaves: ReadonlyMap<string, number>;
  readonly #state: Uint32Array;
  readonly #seen = new Set<number>();
  /** For each open bracket, from the outermost: the smallest leaf of each subtree before the latest comma. */
  readonly #open: number[][] = [];
  /** The smallest leaf of the subtree that was read last, after which a mark must follow; undefined where a subtree must follow. */
  #last: number | undefined;
  /** Whether the name of an inner node may follow. */
  #nameable = false;

  constructor(names: readonly string[], fail: (why: string) => never) {
    this.#names = names;
    this.#fail = fail;
    this.#leaves = new Map(names.map((name, leaf) => [name, leaf]));
    this.#state = new Uint32Array(names.length + 1);
  }

  name(name: string, isQuoted: boolean): void {
    if (this.#last === undefined) {
      const leaf = this.#leafOf(name, isQuoted);
      if (this.#seen.has(leaf)) this.#fail(`species ${inBrief(this.#names[leaf])} is in it twice`);
      this.#seen.add(leaf);
      this.#last = leaf;
    } else if (!this.#nameable) {
      this.#fail(`${inBrief(name)} follows a subtree without "," before it`);
    }
    this.#nameable = false;
  }

  /** The leaf of a name: a quoted one as it is, another one as it is or with blanks for underscores, as Newick says. */
  #leafOf(name: string, isQuoted: boolean): number {
    const exact = this.#leaves.get(name);
    const blank = isQuoted || !name.includes("_") ? undefined : this.#leaves.get(name.replaceAll("_", " "));
    if (exact !== undefined && blank !== undefined) this.#fail(`${inBrief(name)} may be two species; put its name in quotes`);
    return exact ?? blank ?? this.#fail(`there is no species ${inBrief(name)}`);
  }

  length(text: string): void {
    if (this.#last === undefined || !Number.isFinite(Number(text))) this.#fail(`":${shownName(text)}" is no branch length of a subtree`);
    this.#nameable = false;
  }

  open(): void {
    if (this.#last !== undefined) this.#fail('"(" follows a subtree without "," before it');
    this.#open.push([]);
  }

  next(): void {
    const subtrees = this.#open.at(-1) ?? this.#fail('"," stands outside of brackets');
    subtrees.push(this.#last ?? this.#fail('"," follows no subtree'));
    this.#last = undefined;
  }

  /** Joins the two subtrees within brackets: the tree is in the slot of its smallest leaf, and this is the latest join into it. */
  close(): void {
    const subtrees = this.#open.pop() ?? this.#fail('")" has no "(" before it');
    subtrees.push(this.#last ?? this.#fail('")" follows no subtree'));
    const count = subtrees.length;
    if (count !== 2) {
      const isRoot = this.#open.length === 0;
      const cause = isRoot && count === 3 ? ", as in an unrooted tree; root it, for example at an outgroup" : "";
      this.#fail(`${isRoot ? "its root" : "a node"} joins ${count} subtree${count === 1 ? "" : "s"}, not 2${cause}`);
    }
    const [a, b] = subtrees as [number, number];
    const into = Math.min(a, b);
    insertJoin(this.#state, { into, leaf: Math.max(a, b) }, joinsInto(this.#state, into));
    this.#last = into;
    this.#nameable = true;
  }

  end(): Uint32Array {
    const unclosed = this.#open.length;
    if (unclosed > 0) this.#fail(`${unclosed} "(" ${unclosed === 1 ? "is" : "are"} not closed`);
    const missing = this.#names.find((_, leaf) => !this.#seen.has(leaf));
    if (missing !== undefined) this.#fail(`species ${inBrief(missing)} is missing`);
    return this.#state;
  }
}
