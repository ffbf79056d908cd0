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
