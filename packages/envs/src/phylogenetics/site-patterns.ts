/** The distinct columns of an alignment: sites with the same bases in every taxon have the same likelihood. */
export interface SitePatterns {
  /** [pattern][taxon]: bases as bits. */
  bases: readonly Uint8Array[];
  /** Sites of each pattern. */
  weights: readonly number[];
}

/** Patterns in the order of their first sites. */
export function sitePatterns(sequences: readonly Uint8Array[]): SitePatterns {
  const positions = new Map<string, number>();
  const bases: Uint8Array[] = [];
  const weights: number[] = [];
  for (let site = 0; site < (sequences[0]?.length ?? 0); site++) {
    const column = Uint8Array.from(sequences, (sequence) => sequence[site] as number);
    const key = column.join();
    const position = positions.get(key);
    if (position === undefined) {
      positions.set(key, bases.length);
      bases.push(column);
      weights.push(1);
    } else {
      weights[position] = (weights[position] as number) + 1;
    }
  }
  return { bases, weights };
}
