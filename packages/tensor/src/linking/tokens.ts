/** A token of WGSL, with the space before it. Comments are space. */
export interface Token {
  text: string;
  /** The space between it and the token before: a line's end with its indentation, a space, or nothing. */
  space: string;
  kind: "name" | "number" | "sign";
}

const SPACE = /(?:\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y;
const TOKEN =
  /(?<name>[_\p{XID_Start}][\p{XID_Continue}]*)|(?<number>(?:0[xX][\da-fA-F]+|\d*\.\d+(?:[eE][+-]?\d+)?|\d+\.?(?:[eE][+-]?\d+)?)[iufh]?)|(?<sign>::|->|&&|\|\||<<=|>>=|<<|[-+*/%&|^!=<>]=|\+\+|--|[-+*/%&|^!=<>~@;:,.(){}[\]])/uy;

/** The tokens of a module; `undefined` if a part of the text is not a token. */
export function tokensOf(text: string): Token[] | undefined {
  const tokens: Token[] = [];
  for (let position = 0; ; ) {
    SPACE.lastIndex = position;
    const gap = SPACE.exec(text)?.[0] ?? "";
    position += gap.length;
    if (position >= text.length) return tokens;
    TOKEN.lastIndex = position;
    const { 0: found = "", groups = {} } = TOKEN.exec(text) ?? {};
    if (found === "") return undefined;
    const kind = groups["name"] !== undefined ? "name" : groups["number"] !== undefined ? "number" : "sign";
    tokens.push({ text: found, space: withoutComments(gap), kind });
    position += found.length;
  }
}

function withoutComments(gap: string): string {
  if (gap === "" || gap === " ") return gap;
  const line = gap.lastIndexOf("\n");
  return line < 0 ? " " : `\n${gap.slice(line + 1).replace(/\S.*$/, "")}`;
}

/** The text of tokens. */
export function textOf(tokens: readonly Token[]): string {
  return tokens
    .map(({ text, space }) => space + text)
    .join("")
    .trim();
}

const OPENERS: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };

/** The index after the bracket that closes the one at `start`; -1 if none does. */
export function endOfBrackets(tokens: readonly Token[], start: number): number {
  const open: string[] = [];
  for (let index = start; index < tokens.length; index++) {
    const { text } = tokens[index] as Token;
    const closer = OPENERS[text];
    if (closer !== undefined) open.push(closer);
    else if (text === ")" || text === "]" || text === "}") {
      if (open.pop() !== text) return -1;
      if (open.length === 0) return index + 1;
    }
  }
  return -1;
}
