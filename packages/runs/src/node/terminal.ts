import { printable } from "@webgfn/tensor/internal";

/**
 * Writes to a terminal or a log without ever failing: if it is full, closed or gone, the text is lost, but the run continues. Escape
 * sequences in the text are written unchanged; see {@link tell}.
 */
export function writeQuietly(stream: NodeJS.WritableStream, text: string): void {
  try {
    stream.write(text);
  } catch {
    // Node writes to files at once, and throws; errors of pipes and terminals come later, and `ignoreErrors` takes them.
  }
}

/** Columns of a terminal that does not report its width, and the smallest width to write for. */
const USUAL_WIDTH = 80;
const NARROWEST = 20;

/** Letters that fit on a line of a terminal without wrapping. */
export function lineWidth({ columns }: NodeJS.WriteStream): number {
  return Math.max(NARROWEST, (columns || USUAL_WIDTH) - 1);
}

/** Writes a message to standard error. Control characters are shown as escape sequences. */
export function tell(text: string): void {
  writeQuietly(process.stderr, printable(text));
}

/** Ignores the errors of a stream that nobody has to read, such as standard error. */
export function ignoreErrors(stream: NodeJS.WritableStream): void {
  stream.on("error", () => {});
}
