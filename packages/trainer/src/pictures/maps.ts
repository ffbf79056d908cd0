import type { CellPicture, EdgePicture, SampledObject } from "@webgfn/envs";

/** An entry of a list of objects. */
interface Listed<O extends SampledObject> {
  readonly object: O;
}

/**
 * Arranges one number per object as a map of cells.
 *
 * @param values numbers in the order of `objects`.
 * @returns [row from the top][column]; NaN in cells without an object.
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
 * Probability of each edge: the sum of the probabilities of the objects that contain it.
 *
 * @param probabilities one per object, in the order of `objects`.
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
