/**
 * The forest that actions make from single leaves, such as `(a,b) c (d,e)`. Action j·(j−1)/2 + i joins the tree whose smallest leaf is j into
 * that of i < j; actions after those choose lengths of branches, which are left out.
 */
export function forestText(names: readonly string[], leaves: number, actions: readonly number[]): string {
  const trees: (string | undefined)[] = Array.from({ length: leaves }, (_, leaf) => names[leaf] ?? String(leaf));
  for (const action of actions) {
    if (action >= (leaves * (leaves - 1)) / 2) continue;
    let j = 1;
    while ((j * (j + 1)) / 2 <= action) j++;
    const i = action - (j * (j - 1)) / 2;
    trees[i] = `(${trees[i]},${trees[j]})`;
    trees[j] = undefined;
  }
  return trees.filter((tree) => tree !== undefined).join(" ");
}
