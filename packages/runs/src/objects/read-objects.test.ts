/** Files of objects that are foreign, damaged, or of another environment. */
import {
  dags,
  defineEnvironment,
  type Environment,
  encodeObjects,
  gaussianMixture,
  hypergrid,
  phylogenetics,
  sequences,
  sets,
} from "@webgfn/envs";
import { describe, expect, it } from "vitest";
import { readObjects } from "./read-objects.js";

const SETS = sets({ items: 6, size: 2 });
const TREES = phylogenetics({ species: 3, sites: 4 });
const CELLS = hypergrid({ dimensions: 2, side: 5 });
const GRAPHS = dags({ variables: 2, samples: 10 });

type Content = string | Uint8Array;
const read = <O extends object>(environment: Environment<O>, content: Content, name = "x") =>
  readObjects(environment, typeof content === "string" ? { name, text: content } : { name, bytes: content });

const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const ascii = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

/** A `.npy` file. */
function npy(descr: string, shape: string, data: ArrayLike<number>, { version = 1, fortran = "False" } = {}): Uint8Array {
  const header = `{'descr': ${descr}, 'fortran_order': ${fortran}, 'shape': ${shape}, }\n`;
  const length = version === 1 ? [header.length & 255, header.length >> 8] : [header.length & 255, header.length >> 8, 0, 0];
  return Uint8Array.from([0x93, ...ascii("NUMPY"), version, 0, ...length, ...ascii(header), ...Array.from(data)]);
}
const bytesOf = (array: ArrayBufferView) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
const ITEMS = "[('items', '<i4', (2,))]";

describe("a file that is refused", () => {
  it.each<[string, Environment, Content, string]>([
    [
      "is empty",
      SETS,
      "",
      "x is empty; expected objects as JSON lines, a table (CSV) with a header, a NumPy array of records, safetensors",
    ],
    ["is blank", SETS, " \n\t\r\n", "x is empty; expected objects as JSON lines"],
    ["has only a header", SETS, "items_0,items_1\n", "x holds no objects; expected objects as JSON lines"],
    ["has no records", SETS, npy(ITEMS, "(0,)", []), "x holds no objects"],
    ["is a picture", SETS, PNG, "x:1: expected UTF-8 text, found the byte 0x89"],
    ["is a gzip archive", SETS, Uint8Array.of(0x1f, 0x8b, 8), "x: expected UTF-8 text, found a gzip archive; unpack it"],
    ["is UTF-16", SETS, Uint8Array.of(0xff, 0xfe, 0x7b, 0), "x: expected UTF-8 text, found UTF-16"],
    ["is a web page", SETS, "<!doctype html>\n", "x:1: expected objects as JSON lines"],
    ["is a JSON list", SETS, '[{"items":[0,1]}]', "x:1: expected JSON lines, found a list; write one object a line, as `jq -c '.[]'` does"],
    [
      "is JSON over several lines",
      SETS,
      '{\n "items": [\n0,1]}\n',
      'x:1: expected a JSON object, found "{"; each object must stand on one line, as `jq -c .`',
    ],
    ["is Python", SETS, "{'items': [0, 1]}\n", `x:1: expected a JSON object, found "{'items': [0, 1]}"; JSON has double quotes`],
    ["has NaN", gaussianMixture(), '{"point":[0,NaN]}\n', "JSON has no NaN, Infinity, None, True and False"],
    ["has commas between lines", SETS, '{"items":[0,1]},\n{"items":[0,1]}\n', "no comma stands between lines"],
    ["is cut off", SETS, '{"items":[0,1]}\n{"items":[0', 'x:2: expected a JSON object, found "{\\"items\\":[0"; the file may be cut off'],
    ["has an empty line", SETS, '{"items":[0,1]}\n\n{"items":[0,1]}\n', "x:2: expected a JSON object, found an empty line"],
    ["has other values", SETS, '{"items":[0,1]}\n3\n', 'x:2: expected a JSON object, found "3"'],
    ["has null objects", SETS, '{"object":null}\n', 'x:1: sets of 2 out of 6 items cannot reach null: it needs a list "items"'],
    [
      "has an object that cannot be reached",
      SETS,
      '{"object":{"items":[0,1]}}\n{"object":{"items":[1,6]},"logReward":3}\n',
      'x:2: sets of 2 out of 6 items cannot reach {"items":[1,6]}: an item is a whole number from 0 to 5, not 6',
    ],
    [
      "is of another environment",
      SETS,
      '{"object":{"coordinates":[0,1]},"logReward":1}\n',
      'x:1: sets of 2 out of 6 items cannot reach {"coordinates":[0,1]}: it needs a list "items"',
    ],
    [
      "is Newick",
      TREES,
      "((s0,s1),s2);\n",
      'x:1: expected objects as JSON lines, a NumPy array of records, safetensors, found "((s0,s1),s2);"; a tree is written as {"newick":"…"}',
    ],
    ["is a table of trees", TREES, "newick\n", "x:1: expected objects as JSON lines, a NumPy array of records, safetensors, found"],
    [
      "has no header",
      SETS,
      "0,1\n2,3\n",
      'x:1: expected a header with items_0, items_1, found "0,1"; the first line must name the columns',
    ],
    ["has another header", SETS, "a,b\n0,1\n", 'x:1: expected a header with items_0, items_1, found "a,b"'],
    ["counts columns from 1", SETS, "items_1,items_2\n0,1\n", "x:1: expected a header with items_0, items_1, found none named items_0"],
    ["names a column twice", SETS, "items_0,items_1,items[1]\n0,1,1\n", "x:1: the header names the column items_1 twice"],
    ["has a cell too few", SETS, "items_0,items_1\n0,1\n2\n", "x:3: expected 2 values as in line 1, found 1"],
    ["has a word", SETS, "items_0,items_1\n0,one\n", 'x:2: expected a number in column items_1, found "one"'],
    [
      "has a gap",
      sequences(),
      `${[0, 1, 2, 3, 4, 5].map((i) => `symbols_${i}`)}\n0,1,,,,\n`,
      'x:2: expected a number in column symbols_2, found ""; a list that is too short is filled with -1',
    ],
    ["has thousands", SETS, "items_0;items_1\n1,234;0\n", 'x:2: expected a number in column items_0, found "1,234"; write decimal points'],
    ["has an empty line in a table", CELLS, "coordinates_0,coordinates_1\n0,1\n\n0,2\n", "x:3: expected an object, found an empty line"],
    [
      "has another size of set",
      SETS,
      "items_0,items_1,items_2\n0,1,2\n",
      "x:1: expected a header with items_0, items_1 and no further numbers, found items_2",
    ],
    [
      "has an open quote",
      SETS,
      'items_0,items_1\n0,"1\n',
      'x:2: expected a closing " after the cell in column 2, found the end of the file',
    ],
    [
      "has entries that are no edges",
      GRAPHS,
      "adjacency_0_0,adjacency_0_1,adjacency_1_0,adjacency_1_1\n0,0,0,0\n0,2,0,0\n",
      "x:3: adjacency has 2 at [0, 1]; it must be 1 where there is an edge, else 0",
    ],
    ["has a cycle", GRAPHS, "adjacency_0_0,adjacency_0_1,adjacency_1_0,adjacency_1_1\n0,1,1,0\n", "x:2: DAGs on 2 variables cannot reach"],
    [
      "has records of another shape",
      SETS,
      npy("[('items', '<i4', (3,))]", "(1,)", new Array(12).fill(0)),
      "x: expected the field items to have the shape (2,), found (3,)",
    ],
    [
      "has records of other fields",
      SETS,
      npy("[('item', '<i4'), ('logReward', '<f4')]", "(1,)", new Array(8).fill(0)),
      "x: expected a field items, found item, logReward",
    ],
    [
      "has records of texts",
      SETS,
      npy("[('items', '<U1', (2,))]", "(1,)", new Array(8).fill(0)),
      "x: expected numbers in the field items, found <U1",
    ],
    [
      "has Python objects",
      SETS,
      npy("'|O'", "(1,)", [0]),
      "x: expected fields of numbers, found |O, Python objects that only Python can read",
    ],
    [
      "is cut off within its records",
      SETS,
      npy(ITEMS, "(2,)", new Array(15).fill(0)),
      "x: expected 16 bytes of 2 records, found 15; the file may be cut off",
    ],
    ["goes on behind its records", SETS, npy(ITEMS, "(1,)", new Array(9).fill(0)), "x: expected 8 bytes of 1 records, found 9"],
    ["says that it is huge", SETS, npy(ITEMS, "(9007199254740991,)", [0]), "found 1; the file may be cut off"],
    ["has a header that is cut off", SETS, npy(ITEMS, "(1,)", []).subarray(0, 40), "x: the header is cut off"],
    [
      "ends after its mark",
      SETS,
      npy(ITEMS, "(1,)", []).subarray(0, 7),
      "x: expected a NumPy array of format 1, 2 or 3, found a damaged header",
    ],
    ["has a header that is no literal", SETS, npy("[('items', <i4)]", "(1,)", []), "x: expected a NumPy array, found a damaged header"],
    [
      "has a record that cannot be reached",
      SETS,
      npy(ITEMS, "(2,)", bytesOf(Int32Array.of(0, 1, 2, 2))),
      'x: record 1: sets of 2 out of 6 items cannot reach {"items":[2,2]}: item 2 is in it twice',
    ],
    [
      "is an array of another shape",
      SETS,
      npy("'<i4'", "(2,)", new Array(8).fill(0)),
      "x: expected records with items, or an array of shape (N, 2), found (2,)",
    ],
    [
      "is in Fortran's order",
      SETS,
      npy("'<i4'", "(2, 2)", new Array(16).fill(0), { fortran: "True" }),
      "expected rows one after another, found Fortran's order; save np.ascontiguousarray(a)",
    ],
    [
      "has no actions of trees",
      TREES,
      npy("[('logReward', '<f4')]", "(1,)", [0, 0, 0, 0]),
      "x: expected a field actions, found logReward; sample with --trajectories, or write JSON lines",
    ],
    [
      "has actions that make no tree",
      TREES,
      npy("[('actions', '<i4', (2,))]", "(1,)", bytesOf(Int32Array.of(0, 0))),
      "x: record 0: trees of 3 species cannot reach",
    ],
    [
      "has actions that there are none of",
      TREES,
      npy("[('actions', '<i4', (2,))]", "(1,)", bytesOf(Int32Array.of(0, 9))),
      "x: record 0: an action must be a whole number from 0 to 2, not 9",
    ],
  ])("%s", (_, environment, content, message) => {
    try {
      read(environment, content);
    } catch (error) {
      expect(error).toMatchObject({ name: "WebgfnError", code: "file" });
      expect((error as Error).message).toContain(message);
      return;
    }
    throw new Error("it was read");
  });

  it("is too large", () => {
    const large = npy(ITEMS, "(1,)", new Uint8Array(0));
    const bytes = new Uint8Array(2 ** 25 + 1);
    bytes.set(large);
    expect(() => read(SETS, bytes)).toThrow("x: expected a data file of at most 32 MiB, found more; take a part of it");
  });

  it("is no file", () => {
    for (const file of [null, 3, "x", {}, { name: "x" }, { name: "x", text: 3 }, { name: 3, text: "" }, { name: "x", bytes: "x" }]) {
      expect(() => readObjects(SETS, file as never)).toThrow(expect.objectContaining({ code: "argument" }));
    }
  });

  it("is of an environment that reads none", () => {
    const { decode: _, encode: __, objects: ___, ...dynamics } = CELLS;
    const silent = defineEnvironment({ ...dynamics, name: "mine", decode: ([x = 0, y = 0]): { sum: number } => ({ sum: x + y }) });
    expect(() => read(silent, '{"sum":3}\n')).toThrow("mine has no encode, so that its objects cannot be turned into states");
    const open = defineEnvironment({ ...silent, encode: ({ sum }) => Uint32Array.of(Math.min(sum, 4), sum - Math.min(sum, 4), 1) });
    expect(read(open, '{"sum":3}\n')).toEqual([{ sum: 3 }]);
    expect(() => read(open, "sum\n3\n")).toThrow('x:1: expected objects as JSON lines, found "sum"');
    expect(() => read(open, npy("[('sum', '<i4')]", "(1,)", [0, 0, 0, 0]))).toThrow("mine does not say how its objects are written");
    const shown = { columns: [{ name: "sum", dtype: "int32", shape: [], values: ({ sum }: { sum: number }) => [sum] }] } as const;
    const written = defineEnvironment({ ...open, objects: shown });
    expect(() => read(written, npy("[('sum', '<i4')]", "(1,)", [3, 0, 0, 0]))).toThrow(
      "x: mine does not say how columns become an object (objects.fromColumns); write the objects as JSON lines",
    );
    const whole = defineEnvironment({ ...open, objects: { ...shown, fromColumns: ({ sum: [sum = 0] = [] }) => ({ sum }) } });
    expect(read(whole, npy("[('sum', '<i4')]", "(1,)", [3, 0, 0, 0]))).toEqual([{ sum: 3 }]);
    expect(read(whole, "id,sum\n7,3\n")).toEqual([{ sum: 3 }]);
  });
});

describe("a file that is read", () => {
  it("has objects beside further fields, or nothing else", () => {
    const text = '{"object":{"items":[4,1]},"logReward":1}\n{"items":[0,5],"logReward":2}\n';
    expect(read(SETS, text)).toEqual([{ items: [1, 4] }, { items: [0, 5] }]);
  });

  it("has numbers of any type that NumPy has for them", () => {
    const wide = { "<i8": BigInt64Array.of(3n, 5n), "<u2": Uint16Array.of(3, 5), "<f8": Float64Array.of(3, 5), "|i1": Int8Array.of(3, 5) };
    for (const [type, values] of Object.entries(wide)) {
      expect(read(SETS, npy(`[('items', '${type}', (2,))]`, "(1,)", bytesOf(values))), type).toEqual([{ items: [3, 5] }]);
    }
    expect(read(SETS, npy("[('items', '>i4', (2,))]", "(1,)", [0, 0, 0, 3, 0, 0, 0, 5]))).toEqual([{ items: [3, 5] }]);
    expect(read(SETS, npy("'<i4'", "(1, 2)", bytesOf(Int32Array.of(3, 5))))).toEqual([{ items: [3, 5] }]);
    expect(read(GRAPHS, npy("'|b1'", "(1, 2, 2)", [0, 1, 0, 0]))).toEqual([{ edges: [[0, 1]] }]);
    expect(() => read(SETS, npy("[('items', '<f8', (2,))]", "(1,)", bytesOf(Float64Array.of(3, 4.5))))).toThrow("not 4.5");
  });

  it("has fields that are passed over, padding among them", () => {
    const descr = `[("it's", '<U2'), ('', '|V4'), (('the items', 'items'), '|u1', (2,)), ('time', '<M8[ns]')]`;
    expect(read(SETS, npy(descr, "(1,)", [...new Array(12).fill(9), 3, 5, ...new Array(8).fill(9)], { version: 2 }))).toEqual([
      { items: [3, 5] },
    ]);
  });

  it("keeps points to the bit", () => {
    const environment = gaussianMixture();
    const [x, y] = [Math.fround(0.1), Math.fround(-1e-30)];
    const states = encodeObjects(environment, [{ point: [x, y] }]);
    for (const file of [
      `{"point":[${x},${y}]}`,
      `point_1;point_0\n${y};${String(x).replace(".", ",")}\n`,
      npy("'<f4'", "(1, 2)", bytesOf(Float32Array.of(x, y))),
    ]) {
      expect(encodeObjects(environment, read(environment, file))).toEqual(states);
    }
  });
});
