/** What drawings of graphs and trees share. */

/** Space around a drawing. */
export const MARGIN = 12;
/** Width of a letter in a name. */
export const LETTER = 7.5;

/** A coordinate with one decimal. */
export const fixed = (value: number): string => String(Math.round(10 * value) / 10);

/** A name cut to a number of letters. */
export const cut = (name: string, longest: number): string => (name.length > longest ? `${name.slice(0, longest - 1)}…` : name);
