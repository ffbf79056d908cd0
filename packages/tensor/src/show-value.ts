/** Letters of a name that errors and tables show before they cut it. */
const LONGEST_NAME = 60;

/**
 * Characters that may control a terminal: C0 and C1 control characters and DEL, line and paragraph separators, and the marks that change the
 * direction of writing. Tabs and line feeds are not included.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this finds
const UNPRINTABLE = /[\x00-\x08\x0B-\x1F\x7F-\x9F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF]/g;

const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;

/**
 * Replaces characters that may control a terminal by their JSON escape sequences, such as `\u001b` for ESC. Tabs and line feeds stay. The
 * meaning of JSON text does not change.
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, escaped);
}

/** Whether a text is a single line without characters that may control a terminal. */
export function isPlainLine(text: string): boolean {
  return !/[\t\n]/.test(text) && printable(text) === text;
}

/** Formats a name from a file for tables and errors: on one line, printable, and cut after `most` letters. */
export function shownName(name: string, most: number = LONGEST_NAME): string {
  const short = name.length > most ? `${name.slice(0, most)}…` : name;
  return printable(short).replace(/[\t\n]/g, escaped);
}

/** Formats any value for errors: on one line, printable and short. Never throws. */
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
