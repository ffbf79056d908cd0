import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { SequenceObject } from "@webgfn/envs";
import { completeConfiguration } from "@webgfn/runs";
import { isFileThere } from "@webgfn/runs/node/internal";
import { RandomStream, WebgfnError } from "@webgfn/tensor";
import { argumentError, largestOf, smallestOf } from "@webgfn/tensor/internal";

/** The benchmarks whose rewards come from a table of measured or modelled y. */
export type TableName = "tfbind8" | "qm9-small";

const SIZES = { tfbind8: { symbols: 4, length: 8 }, "qm9-small": { symbols: 11, length: 5 } } as const;

/** All sequences of a length, the last symbol fastest. */
export function objectsOf(symbols: number, length: number): SequenceObject[] {
  return Array.from({ length: symbols ** length }, (_, n) => ({
    symbols: Array.from({ length }, (_value, i) => Math.floor(n / symbols ** (length - 1 - i)) % symbols),
  }));
}

/** log R of each y, as in gfnx: max(10 (y/y_max)³, 10⁻³), and 100 (max(y, 10⁻³)/y_max)⁵. */
export function tableLogRewards(name: TableName, table: readonly number[]): number[] {
  const most = largestOf(table);
  return name === "tfbind8"
    ? table.map((y) => Math.log(Math.max(10 * (y / most) ** 3, 1e-3)))
    : table.map((y) => Math.log(100 * (Math.max(y, 1e-3) / most) ** 5));
}

/**
 * A synthetic table in place of measurements: y is the sum of a normal number for each symbol at its position and one for each pair of
 * neighbours, scaled to [0, 1].
 */
export function madeUpTable(name: TableName): number[] {
  const { symbols, length } = SIZES[name];
  const random = new RandomStream(0, 0x6669656c);
  const alone = Array.from({ length: length * symbols }, () => random.normal());
  const pairs = Array.from({ length: (length - 1) * symbols ** 2 }, () => random.normal());
  const sums = objectsOf(symbols, length).map(({ symbols: x }) =>
    x.reduce((sum, symbol, i) => {
      const next = x[i + 1];
      const pair = next === undefined ? 0 : (pairs[(i * symbols + symbol) * symbols + next] as number);
      return sum + (alone[i * symbols + symbol] as number) + pair;
    }, 0),
  );
  const [least, most] = [smallestOf(sums), largestOf(sums)];
  return sums.map((sum) => (sum - least) / (most - least));
}

const pathOf = (name: TableName, folder: string) => join(folder, `${name}.safetensors`);

/** Whether a folder has the table. */
export function hasTable(name: TableName, folder: string | undefined): folder is string {
  return folder !== undefined && isFileThere(pathOf(name, folder));
}

/** @throws WebgfnError `argument` for a folder without any of the tables. */
export function requireTables(folder: string): void {
  const names = Object.keys(SIZES) as TableName[];
  if (names.some((name) => hasTable(name, folder))) return;
  const files = names.map((name) => basename(pathOf(name, folder))).join(" and no ");
  throw argumentError(`--data ${folder} has no ${files}`, "leave it out to train on rewards that are made up");
}

/**
 * The table of y in a folder, `tfbind8.safetensors` or `qm9-small.safetensors`, as docs/sequence-benchmarks.md makes them.
 *
 * @throws WebgfnError `file` for a table that does not fit, or lacks an object.
 */
export function givenTable(name: TableName, folder: string): number[] {
  const path = pathOf(name, folder);
  const bytes = new Uint8Array(readFileSync(path));
  const { rewardTable } = completeConfiguration({ environment: name, rewardTable: { name: basename(path), bytes } });
  const { symbols, length } = SIZES[name];
  const table = new Array<number | undefined>(symbols ** length);
  for (const text of (rewardTable?.text ?? "").split("\n")) {
    if (text === "") continue;
    const { object, reward } = JSON.parse(text) as { object?: SequenceObject; reward?: number };
    if (object !== undefined) table[object.symbols.reduce((index, symbol) => index * symbols + symbol, 0)] = reward;
  }
  const lacking = table.findIndex((y) => typeof y !== "number");
  if (lacking >= 0) {
    throw new WebgfnError("file", `${path} lacks object ${lacking} of ${table.length}`, {
      fix: "give a table with the tensors symbols and reward, of all objects",
    });
  }
  return table as number[];
}
