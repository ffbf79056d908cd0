import { inBrief, shownName } from "@webgfn/tensor/internal";
import { unreachable } from "../encoding.js";
import type { Branches } from "./branches.js";
import { insertJoin, type JoinLengths, joinsInto } from "./forest-state.js";
import { shownLength } from "./newick.js";
import type { TreeObject } from "./tree-display.js";

/** A token of a tree's text, after blanks: a quoted name, a branch length, a comment, a name, or a mark. */
const TOKEN = /\s*(?:'([^']*(?:''[^']*)*)'|:\s*([^\s()[\]{}:;,'"]+)|\[[^\]]*\]|([^\s()[\]{}:;,'"]+)|([(),;]))/y;

/**
 * Reads a rooted binary tree in Newick format and returns its state, which is the same for every notation of the tree. Names of inner nodes
 * and comments in brackets are skipped, and so are branch lengths if the environment's branches are all equal. Otherwise each length must be
 * the middle of a bin; the two lengths at the root are added.
 *
 * @param names the species, in the order of the leaves' numbers.
 * @throws WebgfnError `argument` for a text that is not such a tree, or a species that is unknown, repeated, or missing.
 */
export function encodeTree(object: TreeObject, names: readonly string[], branches: Branches): Uint32Array {
  const text: unknown = (object as TreeObject | null | undefined)?.newick;
  const fail = (why: string): never => {
    throw unreachable(`trees of ${names.length} species`, object, why);
  };
  if (typeof text !== "string") return fail('it needs a text "newick", as in {"newick":"((A,B),C);"}');
  const tree = new TreeBuilder(names, branches, fail);
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

/** A subtree by its smallest leaf, and the length of the branch above it if one was given. */
interface Subtree {
  leaf: number;
  length?: number;
}

/** Builds the state of a tree from the marks and names of its text. `fail` throws. */
class TreeBuilder {
  readonly #names: readonly string[];
  readonly #branches: Branches;
  readonly #fail: (why: string) => never;
  readonly #leaves: ReadonlyMap<string, number>;
  readonly #state: Uint32Array;
  readonly #seen = new Set<number>();
  /** For each open bracket, from the outermost one: the subtrees before the latest comma. */
  readonly #open: Subtree[][] = [];
  /** The latest subtree, after which a mark must follow; undefined if a subtree must follow. */
  #last: Subtree | undefined;
  /** Whether the name of an inner node may follow. */
  #nameable = false;

  constructor(names: readonly string[], branches: Branches, fail: (why: string) => never) {
    this.#names = names;
    this.#branches = branches;
    this.#fail = fail;
    this.#leaves = new Map(names.map((name, leaf) => [name, leaf]));
    this.#state = new Uint32Array(names.length + 1);
  }

  name(name: string, isQuoted: boolean): void {
    if (this.#last === undefined) {
      const leaf = this.#leafOf(name, isQuoted);
      if (this.#seen.has(leaf)) this.#fail(`species ${inBrief(this.#names[leaf])} is in it twice`);
      this.#seen.add(leaf);
      this.#last = { leaf };
    } else if (!this.#nameable) {
      this.#fail(`${inBrief(name)} follows a subtree without "," before it`);
    }
    this.#nameable = false;
  }

  /** The leaf with a name. In a name without quotes, underscores may stand for blanks, as Newick defines. */
  #leafOf(name: string, isQuoted: boolean): number {
    const exact = this.#leaves.get(name);
    const blank = isQuoted || !name.includes("_") ? undefined : this.#leaves.get(name.replaceAll("_", " "));
    if (exact !== undefined && blank !== undefined) this.#fail(`${inBrief(name)} may be two species; put its name in quotes`);
    return exact ?? blank ?? this.#fail(`there is no species ${inBrief(name)}`);
  }

  length(text: string): void {
    if (this.#last === undefined || !Number.isFinite(Number(text))) this.#fail(`":${shownName(text)}" is no branch length of a subtree`);
    else this.#last.length = Number(text);
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
    const [a, b] = subtrees.sort((one, other) => one.leaf - other.leaf) as [Subtree, Subtree];
    insertJoin(this.#state, { into: a.leaf, leaf: b.leaf }, joinsInto(this.#state, a.leaf), this.#binsOf(a, b));
    this.#last = { leaf: a.leaf };
    this.#nameable = true;
  }

  /** The bins of the branches to two subtrees; at the root, of their sum. */
  #binsOf(a: Subtree, b: Subtree): JoinLengths {
    if (this.#branches.bins === 0) return [0, 0];
    const lengthOf = ({ length, leaf }: Subtree) => length ?? this.#fail(`a branch above ${inBrief(this.#names[leaf])} has no length`);
    const isRoot = this.#open.length === 0;
    return isRoot ? [this.#binOf(lengthOf(a) + lengthOf(b)), 0] : [this.#binOf(lengthOf(a)), this.#binOf(lengthOf(b))];
  }

  #binOf(length: number): number {
    const { lengths } = this.#branches;
    const away = (bin: number) => Math.abs(length - (lengths[bin] as number));
    let bin = 1;
    for (let other = 2; other < lengths.length; other++) if (away(other) < away(bin)) bin = other;
    const middle = lengths[bin] as number;
    if (away(bin) > 1e-6 * middle) {
      this.#fail(`a branch of length ${shownLength(length)} is no bin's; the closest is ${shownLength(middle)}`);
    }
    return bin;
  }

  end(): Uint32Array {
    const unclosed = this.#open.length;
    if (unclosed > 0) this.#fail(`${unclosed} "(" ${unclosed === 1 ? "is" : "are"} not closed`);
    const missing = this.#names.find((_, leaf) => !this.#seen.has(leaf));
    if (missing !== undefined) this.#fail(`species ${inBrief(missing)} is missing`);
    return this.#state;
  }
}
