import { expect, it } from "vitest";
import { type Column, npyHeader, npyRows } from "./npy.js";

const columns: Column[] = [
  { name: "point", type: "<f4", shape: [2] },
  { name: "logReward", type: "<f4", shape: [] },
  { name: "actions", type: "<i4", shape: [3] },
  { name: "adjacency", type: "|u1", shape: [2, 2] },
];

it("begins as NumPy's format says", () => {
  const header = Buffer.from(npyHeader(columns, 12));
  expect([...header.subarray(0, 8)]).toEqual([0x93, ...Buffer.from("NUMPY"), 1, 0]);
  expect(header.length % 64).toBe(0);
  expect(header.readUInt16LE(8)).toBe(header.length - 10);
  expect(header.subarray(10).toString()).toMatch(
    /^\{'descr': \[\('point', '<f4', \(2,\)\), \('logReward', '<f4'\), \('actions', '<i4', \(3,\)\), \('adjacency', '\|u1', \(2, 2\)\)\], 'fortran_order': False, 'shape': \(12,\), \} *\n$/,
  );
});

it("writes a record for every row, and fills lists that are too short", () => {
  const rows = [
    [[0.5, -2], [3], [7, 8, 9], [0, 1, 1, 0]],
    [[1, 2], [-0.25], [4], [1, 0, 0, 1]],
  ];
  const bytes = Buffer.from(npyRows(columns, rows));
  expect(bytes.length).toBe(2 * 28);
  const row = bytes.subarray(28);
  expect([0, 4, 8].map((at) => row.readFloatLE(at))).toEqual([1, 2, -0.25]);
  expect([12, 16, 20].map((at) => row.readInt32LE(at))).toEqual([4, -1, -1]);
  expect([...row.subarray(24)]).toEqual([1, 0, 0, 1]);
});

it("holds any name as a Python literal, and a header of any length", () => {
  const odd: Column[] = [{ name: "it's \\ ü\n\u{1f600}", type: "<i4", shape: [1] }];
  const header = Buffer.from(npyHeader(odd, 1));
  expect(header.length % 64).toBe(0);
  expect(header.toString("latin1")).toContain(`('it\\'s \\\\ \\u00fc\\u000a\\ud83d\\ude00', '<i4', (1,))`);
  const many = Array.from({ length: 5000 }, (_, k): Column => ({ name: `column${k}`, type: "<f4", shape: [] }));
  const long = Buffer.from(npyHeader(many, 1));
  expect([long[6], long.readUInt32LE(8), long.length % 64]).toEqual([2, long.length - 12, 0]);
});

it("refuses what NumPy would not read, or would read as something else", () => {
  const twice: Column[] = [...columns, { name: "point", type: "<f4", shape: [] }];
  expect(() => npyHeader(twice, 1)).toThrow('cannot have two fields "point"');
  const column = (type: Column["type"], shape: number[] = []): Column[] => [{ name: "x", type, shape }];
  const writing = (type: Column["type"], value: unknown) => () => npyRows(column(type), [[[value as number]]]);
  expect(writing("|u1", 256)).toThrow('the field "x" of an object holds |u1, not 256');
  expect(writing("<i4", 0.5)).toThrow("holds <i4, not 0.5");
  expect(writing("<u4", -1)).toThrow("holds <u4, not -1");
  expect(writing("<f4", "1")).toThrow('holds <f4, not "1"');
  expect(() => npyRows(column("<i4", [2]), [[[1, 2, 3]]])).toThrow("has 3 numbers, and there is room for 2");
});
