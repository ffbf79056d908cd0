/** A word as a POSIX shell takes it. */
function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** A command line of this program, ready to be pasted. */
export function commandLine(...words: string[]): string {
  return ["npx", "webgfn", ...words].map(quote).join(" ");
}
