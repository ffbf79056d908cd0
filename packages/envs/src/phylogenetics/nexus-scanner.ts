import { type DataFile, fault, quoted } from "../data-file.js";

/** Scans the text of a NEXUS file once, counting lines and skipping blanks and nested [comments]. */
export class NexusScanner {
  readonly file: DataFile;
  readonly #text: string;
  #at = 0;
  /** The position where the last token began, and the position of its line. */
  #token = 0;
  #lineStart = 0;
  line = 1;

  constructor(file: DataFile) {
    this.file = file;
    this.#text = file.text.replace(/\r\n?/g, "\n");
  }

  /** The column, from 1, of the last token. */
  get column(): number {
    return this.#token - this.#lineStart + 1;
  }

  /** The error at the last token, or at the end of the file. */
  expected(what: string, found?: string, cause = ""): Error {
    const where = found === undefined ? "the end of the file" : `${quoted(found)} in column ${this.column}`;
    return fault(this.file, this.line, `expected ${what}, found ${where}${cause}`);
  }

  #newLine(): void {
    this.line++;
    this.#lineStart = this.#at + 1;
  }

  /**
   * Skips to the next character that is neither blank nor comment, with `onThisLine` at most to the end of the line. Returns whether there is
   * one.
   */
  skipBlanks(onThisLine = false): boolean {
    let depth = 0;
    let opened = this.line;
    for (; this.#at < this.#text.length; this.#at++) {
      const character = this.#text[this.#at] as string;
      if (character === "[" && depth === 0) opened = this.line;
      if (character === "[") depth++;
      else if (character === "]" && depth > 0) depth--;
      else if (depth === 0 && !/\s/.test(character)) return true;
      if (character === "\n") {
        if (onThisLine && depth === 0) return false;
        this.#newLine();
      }
    }
    if (depth > 0) throw fault(this.file, opened, 'expected "]" after this comment, found the end of the file');
    return false;
  }

  /** Whether the next token is another site of the matrix. */
  hasSite({ onThisLine }: { onThisLine: boolean }): boolean {
    return this.skipBlanks(onThisLine) && this.#text[this.#at] !== ";";
  }

  /** Whether more letters follow without a blank between. */
  isWithinWord(): boolean {
    return /[^\s[;]/.test(this.#text[this.#at] ?? ";");
  }

  /** Returns the next character, of any kind. */
  take(): string {
    if (!this.skipBlanks()) throw this.expected('";" after the matrix');
    this.#token = this.#at;
    const character = String.fromCodePoint(this.#text.codePointAt(this.#at) as number);
    this.#at += character.length;
    return character;
  }

  /** A symbol for a letter: one character, in quotes or not. */
  symbol(): string {
    const first = this.take();
    if ((first !== "'" && first !== '"') || this.#text[this.#at + 1] !== first) return first;
    const symbol = this.#text[this.#at] as string;
    this.#at += 2;
    return symbol;
  }

  /** Consumes the character if it is the next one. */
  takes(character: string): boolean {
    const next = this.skipBlanks() && this.#text[this.#at] === character;
    if (next) this.#at++;
    return next;
  }

  /** Whether the command ends here. */
  atSemicolon(): boolean {
    if (!this.skipBlanks()) throw this.expected('";"');
    return this.#text[this.#at] === ";";
  }

  /** The next word of a command; empty at the end of the file. Punctuation counts as a word by itself. */
  word(): string {
    return this.#run(/[^\s[\]{}()=;,'"]/);
  }

  /** The value after "=". */
  value(): string {
    return this.#run(/[^\s[\];,'"]/);
  }

  /**
   * A taxon's name: quoted, with '' for a quote, or up to the next blank. In a name without quotes, the format defines an underscore as a
   * blank.
   */
  name(): string {
    const opened = this.line;
    const isQuoted = this.skipBlanks() && /['"]/.test(this.#text[this.#at] as string);
    const name = this.#run(/[^\s[;']/);
    if (name === "") throw fault(this.file, opened, "expected a taxon's name, found an empty one");
    return isQuoted ? name : name.replaceAll("_", " ");
  }

  #run(part: RegExp): string {
    if (!this.skipBlanks()) return "";
    this.#token = this.#at;
    const first = this.#text[this.#at] as string;
    if (first === "'" || first === '"') return this.#quoted(first);
    const start = this.#at;
    do this.#at++;
    while (this.#at < this.#text.length && part.test(this.#text[this.#at] as string) && part.test(first));
    return this.#text.slice(start, this.#at);
  }

  #quoted(quote: string): string {
    const opened = this.line;
    const parts: string[] = [];
    for (this.#at++; ; this.#at++) {
      const close = this.#text.indexOf(quote, this.#at);
      if (close < 0) throw fault(this.file, opened, `expected a closing ${quote} after this text, found the end of the file`);
      const [start, part] = [this.#at, this.#text.slice(this.#at, close)];
      parts.push(part);
      for (let end = part.indexOf("\n"); end >= 0; end = part.indexOf("\n", end + 1)) {
        this.#at = start + end;
        this.#newLine();
      }
      this.#at = close + 1;
      if (this.#text[this.#at] !== quote) return parts.join(quote);
    }
  }

  /** Skips to after the command's semicolon. */
  skipCommand(): void {
    while (!this.atSemicolon()) this.#run(/[^\s[\];'"]/);
    this.#at++;
  }
}
