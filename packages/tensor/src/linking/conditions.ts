import { endOfBrackets, type Token } from "./tokens.js";

/** The kind of place in a module: inside brackets are a struct's members, statements, or a list; outside are the module's declarations. */
type Place = "module" | "struct" | "block" | "list";

/**
 * Removes the tokens that `@if(condition)` and `@else` exclude. Conditions are names with `!`, `&&`, `||` and brackets; a name that is not
 * given is off. Returns `undefined` if a condition is not before a declaration, a struct's member or a statement.
 */
export function withConditions(tokens: readonly Token[], conditions: Readonly<Record<string, boolean>>): Token[] | undefined {
  const kept: Token[] = [];
  const places: Place[] = [];
  /** Positions of each `@else` whose `@if` holds. */
  const over = new Set<number>();
  let space: string | undefined;
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index] as Token;
    const place = places.at(-1) ?? "module";
    const word = token.text === "@" ? tokens[index + 1]?.text : undefined;
    if (word === "if" || word === "else") {
      const first = word === "else" ? index + 2 : endOfBrackets(tokens, index + 2);
      const end = first < 0 ? -1 : endOfElement(tokens, first, place);
      if (end < 0) return undefined;
      const holds = word === "else" ? !over.has(index) : evaluate(tokens.slice(index + 3, first - 1), conditions);
      if (holds === undefined) return undefined;
      const isElseNext = tokens[end]?.text === "@" && tokens[end + 1]?.text === "else";
      if (word === "if" && holds && isElseNext) over.add(end);
      space ??= token.space;
      index = (holds ? first : end) - 1;
      if (!holds) space = undefined;
      continue;
    }
    if (word === "elif") return undefined;
    if (token.text === "{") places.push(tokens[index - 2]?.text === "struct" ? "struct" : "block");
    else if (token.text === "(" || token.text === "[") places.push("list");
    else if (token.text === "}" || token.text === ")" || token.text === "]") places.pop();
    kept.push(space === undefined ? token : { ...token, space });
    space = undefined;
  }
  return kept;
}

/** The index after the declaration, member or statement that begins at `start`; -1 if it does not end, or is none of these. */
function endOfElement(tokens: readonly Token[], start: number, place: Place): number {
  if (place === "list") return -1;
  if (place === "struct") return endOfMember(tokens, start);
  const first = tokens[start]?.text;
  const hasBody = first !== "import" && (place === "module" || /^(\{|for|while|loop|if|switch)$/.test(first ?? ""));
  for (let index = start; index < tokens.length; index++) {
    const { text } = tokens[index] as Token;
    if (text === ";") return index + 1;
    if (text === "{" && hasBody) {
      const end = endOfBrackets(tokens, index);
      if (place === "module" || tokens[end]?.text !== "else") return end;
      index = end;
    } else if (text === "{" || text === "(" || text === "[") {
      const end = endOfBrackets(tokens, index);
      if (end < 0) return -1;
      index = end - 1;
    }
  }
  return -1;
}

function endOfMember(tokens: readonly Token[], start: number): number {
  let templates = 0;
  for (let index = start; index < tokens.length; index++) {
    const { text } = tokens[index] as Token;
    if (text === "<") templates += 1;
    else if (/^>+$/.test(text)) templates -= text.length;
    else if (text === "," && templates === 0) return index + 1;
    else if (text === "}") return index;
    else if (text === "(") {
      const end = endOfBrackets(tokens, index);
      if (end < 0) return -1;
      index = end - 1;
    }
  }
  return -1;
}

/** The value of a condition; `undefined` if it is not a valid condition. */
function evaluate(tokens: readonly Token[], conditions: Readonly<Record<string, boolean>>): boolean | undefined {
  let at = 0;
  const next = () => tokens[at]?.text;
  const any = (): boolean | undefined => {
    let value = all();
    while (next() === "||") {
      at += 1;
      const right = all();
      value = value === undefined || right === undefined ? undefined : value || right;
    }
    return value;
  };
  const all = (): boolean | undefined => {
    let value = one();
    while (next() === "&&") {
      at += 1;
      const right = one();
      value = value === undefined || right === undefined ? undefined : value && right;
    }
    return value;
  };
  const one = (): boolean | undefined => {
    const token = tokens[at];
    at += 1;
    if (token?.text === "!") {
      const value = one();
      return value === undefined ? undefined : !value;
    }
    if (token?.text === "(") {
      const value = any();
      if (next() !== ")") return undefined;
      at += 1;
      return value;
    }
    if (token?.kind !== "name") return undefined;
    return token.text === "true" || (token.text !== "false" && (conditions[token.text] ?? false));
  };
  const value = any();
  return at === tokens.length ? value : undefined;
}
