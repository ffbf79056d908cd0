/** Letters of a name that errors and tables show before they cut it. */
const LONGEST_NAME = 60;

/**
 * Characters that a terminal may obey instead of showing them: C0 and C1 control characters and DEL, line and paragraph separators,
 * and the marks that turn the direction of writing. Tabs and line feeds are not among them.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this finds
const UNPRINTABLE = /[\x00-\x08\x0B-\x1F\x7F-\x9F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF]/g;

const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;

/**
 * A text without characters that a terminal may obey: each becomes its escape sequence in JSON, `\u001b` for ESC. Tabs and line
 * feeds stay, and JSON stays the same JSON.
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, escaped);
}

/** Whether a text is one line that a terminal shows as it is. */
export function isPlainLine(text: string): boolean {
  return !/[\t\n]/.test(text) && printable(text) === text;
}

/** A name that a file holds, as tables and errors show it: on one line, printable, and cut after `most` letters. */
export function shownName(name: string, most: number = LONGEST_NAME): string {
  const short = name.length > most ? `${name.slice(0, most)}…` : name;
  return printable(short).replace(/[\t\n]/g, escaped);
}

/** Any value as errors show it: on one line, printable and short, whatever it is. Never throws. */
export function inBrief(value: unknown): string {
  if (typeof value === "function") return "a function";
  let text: string | undefined;
  try {
    text = typeof value === "string" || (typeof value === "object" && value !== null) ? JSON.stringify(value) : String(value);
  } catch {
    // Nested too deep, circular, or with a toJSON that fails.
  }
  return shownName(text ?? "an object");
}

/** A count with its noun: `1 action`, `2 actions`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
