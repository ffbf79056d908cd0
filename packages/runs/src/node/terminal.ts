import { printable } from "@webgfn/tensor/internal";

/**
 * Writes to a terminal or a log, which are not worth a run: where they are full, closed or gone, the text is lost and nothing else
 * happens. Escape sequences in the text are written as they are; see {@link tell}.
 */
export function writeQuietly(stream: NodeJS.WritableStream, text: string): void {
  try {
    stream.write(text);
  } catch {
    // Node writes to files at once, and throws; errors of pipes and terminals come later, and `ignoreErrors` takes them.
  }
}

/** Columns of a terminal that does not say how many it has, and the fewest that are written to. */
const USUAL_WIDTH = 80;
const NARROWEST = 20;

/** Letters that a line of a terminal takes without being broken. */
export function lineWidth({ columns }: NodeJS.WriteStream): number {
  return Math.max(NARROWEST, (columns || USUAL_WIDTH) - 1);
}

/** Says something to people on standard error. Characters that a terminal would obey are shown as escape sequences. */
export function tell(text: string): void {
  writeQuietly(process.stderr, printable(text));
}

/** Takes the errors of a stream that nobody has to read, such as standard error. */
export function ignoreErrors(stream: NodeJS.WritableStream): void {
  stream.on("error", () => {});
}
