import type { CellPicture, EdgePicture, SampledObject } from "@webgfn/envs";

/** An object with what is known of it. */
interface Listed<O extends SampledObject> {
  readonly object: O;
}

/**
 * Lays one number per object out as a map.
 *
 * @param values numbers in the order of `objects`.
 * @returns [row from the top][column]; NaN where no object has its cell.
 */
export function cellMap<O extends SampledObject>(
  picture: CellPicture<O>,
  objects: readonly Listed<O>[],
  values: ArrayLike<number>,
): number[][] {
  const rows = picture.rows.length;
  const map = picture.rows.map(() => picture.columns.map(() => Number.NaN));
  objects.forEach(({ object }, n) => {
    const [column, row] = picture.cell(object);
    const cells = map[rows - 1 - row];
    if (cells !== undefined) cells[column] = values[n] as number;
  });
  return map;
}

/**
 * Probability of each edge, as the sum over the objects that have it.
 *
 * @param probabilities of the objects, in their order.
 * @returns [i][j] for i → j; NaN on the diagonal.
 */
export function edgeMap<O extends SampledObject>(
  picture: EdgePicture<O>,
  objects: readonly Listed<O>[],
  probabilities: ArrayLike<number>,
): number[][] {
  const map = picture.names.map((_, i) => picture.names.map((_, j) => (i === j ? Number.NaN : 0)));
  objects.forEach(({ object }, n) => {
    for (const [i, j] of picture.edges(object)) {
      const row = map[i] as number[];
      row[j] = (row[j] as number) + (probabilities[n] as number);
    }
  });
  return map;
}
