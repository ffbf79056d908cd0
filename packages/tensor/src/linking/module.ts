import { endOfBrackets, type Token } from "./tokens.js";

/** A declaration of a module: its tokens, with its attributes. */
export interface Declaration {
  name: string;
  tokens: readonly Token[];
  /** A function's parameters. Their names hide all others within the function. */
  parameters: ReadonlySet<string>;
  /** A function's variables. */
  locals: ReadonlySet<string>;
}

/** A WGSL module with its conditions resolved. */
export interface Module {
  /** Directives such as `enable subgroups;`. */
  directives: string[];
  /** The source of each imported name. A path such as `package::a::b` within a declaration counts as a name. */
  imports: Map<string, { module: string; name: string }>;
  declarations: Map<string, Declaration>;
}

/** Reads a module; `undefined` if it has syntax that this linker does not know. */
export function parseModule(tokens: readonly Token[]): Module | undefined {
  const module: Module = { directives: [], imports: new Map(), declarations: new Map() };
  for (let start = 0; start < tokens.length; ) {
    const word = tokens[start]?.text;
    if (word === ";") {
      start += 1;
      continue;
    }
    const end = endOfDeclaration(tokens, start);
    if (end < 0) return undefined;
    const own = tokens.slice(start, end);
    start = end;
    if (word === "import") {
      if (!addImports(own, module)) return undefined;
    } else if (word === "enable" || word === "requires" || word === "diagnostic") {
      module.directives.push(own.map(({ text }) => text).join(" "));
    } else {
      const named = withPaths(own, module);
      const declaration = named && readDeclaration(named);
      if (declaration === undefined || module.declarations.has(declaration.name)) return undefined;
      module.declarations.set(declaration.name, declaration);
    }
  }
  for (const name of module.declarations.keys()) if (module.imports.has(name)) return undefined;
  return module;
}

/** The index after the `;` or the body that ends a declaration or directive; -1 if nothing ends it. */
function endOfDeclaration(tokens: readonly Token[], start: number): number {
  const isImport = tokens[start]?.text === "import";
  for (let index = start; index < tokens.length; index++) {
    const { text } = tokens[index] as Token;
    if (text === ";") return index + 1;
    if (text !== "{" && text !== "(" && text !== "[") continue;
    const end = endOfBrackets(tokens, index);
    if (end < 0 || (text === "{" && !isImport)) return end;
    index = end - 1;
  }
  return -1;
}

/** Adds `import a::b::{c, d};` or `import a::b::c;`; false for other forms. */
function addImports(tokens: readonly Token[], { imports }: Module): boolean {
  const words = tokens.slice(1, -1).map(({ text }) => text);
  const open = words.indexOf("{");
  const path = words.slice(0, open < 0 ? -2 : open - 1).filter((word) => word !== "::");
  const names = open < 0 ? words.slice(-1) : words.slice(open + 1, -1);
  if (open >= 0 && (words.at(-1) !== "}" || words[open - 1] !== "::")) return false;
  if (path.length === 0 || path.includes("super") || (path[0] !== "package" && path[0] !== "constants")) return false;
  const module = path[0] === "package" ? path.slice(1).join("/") : "constants";
  if (path[0] === "constants" && path.length > 1) return false;
  for (const [index, name] of names.entries()) {
    if (name === "," ? index % 2 === 0 : index % 2 === 1 || !/^\w+$/.test(name) || imports.has(name)) return false;
    if (name !== ",") imports.set(name, { module, name });
  }
  return true;
}

/** A declaration in which each path `package::a::b` is one imported name; `undefined` for other paths. */
function withPaths(tokens: readonly Token[], { imports }: Module): readonly Token[] | undefined {
  if (tokens.every(({ text }) => text !== "::")) return tokens;
  const joined: Token[] = [];
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index] as Token;
    if (tokens[index + 1]?.text !== "::") {
      joined.push(token);
      continue;
    }
    const path = [token.text];
    for (; tokens[index + 1]?.text === "::"; index += 2) path.push(tokens[index + 2]?.text ?? "");
    if (path[0] !== "package" || path.includes("super")) return undefined;
    const text = path.join("::");
    imports.set(text, { module: path.slice(1, -1).join("/"), name: path.at(-1) as string });
    joined.push({ ...token, text });
  }
  return joined;
}

const DECLARES = new Set(["fn", "struct", "alias", "const", "var", "override"]);

function readDeclaration(tokens: readonly Token[]): Declaration | undefined {
  let at = 0;
  while (tokens[at]?.text === "@") {
    at += 2;
    if (tokens[at]?.text === "(") at = endOfBrackets(tokens, at);
  }
  const kind = tokens[at]?.text ?? "";
  if (!DECLARES.has(kind)) return undefined;
  at += 1;
  if (kind === "var" && tokens[at]?.text === "<") {
    while (tokens[at] !== undefined && tokens[at]?.text !== ">") at += 1;
    at += 1;
  }
  const name = tokens[at];
  if (name?.kind !== "name") return undefined;
  return { name: name.text, tokens, ...(kind === "fn" ? namesIn(tokens, at + 1) : { parameters: new Set(), locals: new Set() }) };
}

/** The names of a function's variables and of its parameters, whose list begins at `start`. */
function namesIn(tokens: readonly Token[], start: number): Pick<Declaration, "parameters" | "locals"> {
  const body = endOfBrackets(tokens, start);
  const parameters = new Set<string>();
  const locals = new Set<string>();
  for (let index = start; index < tokens.length; index++) {
    const { text, kind } = tokens[index] as Token;
    if (index < body && kind === "name" && tokens[index + 1]?.text === ":") parameters.add(text);
    if (!/^(let|var|const)$/.test(text)) continue;
    let at = index + 1;
    if (tokens[at]?.text === "<") while (tokens[at - 1]?.text !== ">") at += 1;
    locals.add(tokens[at]?.text ?? "");
  }
  return { parameters, locals };
}

/**
 * Calls `visit` for every name in a declaration that may refer to another declaration: not for attributes, address spaces, members and the
 * names that the declaration itself introduces.
 */
export function forEachReference({ tokens }: Declaration, visit: (index: number, name: string) => void): void {
  /** In a struct's body, a name before `:` is a member's. */
  const isStruct = tokens.some(({ text }, index) => text === "struct" && tokens[index + 2]?.text === "{");
  for (let index = 0; index < tokens.length; index++) {
    const { text, kind } = tokens[index] as Token;
    const before = tokens[index - 1]?.text;
    if (text === "@" && /^(builtin|diagnostic)$/.test(tokens[index + 1]?.text ?? "")) {
      index = endOfBrackets(tokens, index + 2) - 1;
    } else if (text === "var" && tokens[index + 1]?.text === "<") {
      while (tokens[index]?.text !== ">") index += 1;
    } else if (kind === "name" && before !== "." && before !== "@" && !(isStruct && tokens[index + 1]?.text === ":")) {
      visit(index, text);
    }
  }
}
