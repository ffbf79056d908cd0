import { isPlainLine } from "@webgfn/tensor/internal";

/** Words that need no quotes in any shell. zsh expands a word that begins with = to a command's path; shells expand ~ to a home folder. */
const PLAIN = /^[\w@%+:,./-][\w@%+=:,./-]*$/;

/** Quotes a word for a POSIX shell, or on Windows for its command prompt. */
function quote(word: string): string {
  if (PLAIN.test(word)) return word;
  if (process.platform === "win32") return `"${word.replaceAll('"', '""')}"`;
  if (isPlainLine(word)) return `'${word.replaceAll("'", "'\\''")}'`;
  // bash, zsh and ksh interpret escape sequences in $'…'.
  const bytes = Array.from(new TextEncoder().encode(word), (byte) =>
    byte < 0x20 || byte > 0x7e || byte === 0x27 || byte === 0x5c ? `\\x${byte.toString(16).padStart(2, "0")}` : String.fromCharCode(byte),
  );
  return `$'${bytes.join("")}'`;
}

/** A command of any program with its words, ready to be pasted into a shell. */
export function shellLine(...words: readonly string[]): string {
  return words.map(quote).join(" ");
}

/** A command line of this program, ready to be pasted into a shell. */
export function commandLine(...words: readonly string[]): string {
  return shellLine("npx", "webgfn", ...words);
}

/** A path as a word of a command line: one that begins with a dash would be read as an option. */
export function pathWord(path: string): string {
  return path.startsWith("-") ? `./${path}` : path;
}
