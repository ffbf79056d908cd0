/** Tables of rewards from files: whichever form a file has, the configuration keeps the same JSON lines. */
import { sets } from "@webgfn/envs";
import { describe, expect, it } from "vitest";
import { givenRewards } from "./table-file.js";

const SETS = sets({ items: 4, size: 2 });
const text = (name: string, content: string) => ({ name, text: content });

describe("a table of rewards", () => {
  const lines = '{"object":{"items":[0,1]},"reward":2}\n{"object":{"items":[1,3]},"reward":0.5}\n';

  it.each([
    ["JSON lines", text("of.jsonl", lines)],
    ["JSON lines with more fields", text("of.jsonl", lines.replace('"reward":2', '"note":"x","reward":2'))],
    ["CSV", text("of.csv", "items_0,items_1,reward\n0,1,2\n1,3,0.5\n")],
    ["CSV with other columns", text("of.csv", "name;reward;items_1;items_0\na;2;1;0\nb;0.5;3;1\n")],
  ])("is kept as JSON lines: %s", (_, file) => {
    const given = givenRewards(SETS, file);
    expect(given.file.text).toBe(lines);
    expect(given.reward.title).toBe("a table of 2 rewards");
    expect(givenRewards(SETS, given.file).file).toEqual(given.file);
  });

  it.each([
    ["F32 and I64", { items: ["I64", [2, 2], [0, 1, 1, 3]], reward: ["F32", [2], [2, 0.5]] }],
    ["BF16 and U8, with more tensors", { items: ["U8", [2, 2], [0, 1, 1, 3]], reward: ["BF16", [2], [2, 0.5]], width: ["F16", [], [1.5]] }],
    ["F16 and I32", { reward: ["F16", [2], [2, 0.5]], items: ["I32", [2, 2], [0, 1, 1, 3]] }],
  ] as const)("is kept as JSON lines: safetensors, %s", (_, tensors) => {
    expect(givenRewards(SETS, tensorFile(tensors)).file.text).toBe(lines);
  });

  it("is numbers by index in safetensors without objects", () => {
    const { enumeration } = SETS;
    const numbers = Array.from({ length: enumeration.value! }, (_, n) => 1 + n);
    const [linear, log] = (["reward", "logReward"] as const).map((name) => {
      const given = givenRewards(SETS, tensorFile({ [name]: ["F64", [numbers.length], numbers] }));
      expect(givenRewards(SETS, given.file).file).toEqual(given.file);
      return givenRewards(SETS, given.file).reward.bind(SETS).data![2];
    });
    expect(linear).toBeCloseTo(Math.log(3), 6);
    expect(log).toBe(3);
  });

  it.each([
    [
      { items: ["I64", [2, 3], [0, 1, 2, 1, 3, 2]], reward: ["F32", [2], [1, 1]] },
      /expected the tensor items to have the shape \[2,2\], found \[2,3\]/,
    ],
    [{ items: ["I64", [2, 2], [0, 1, 1, 9]], reward: ["F32", [2], [1, 1]] }, /row 1: .*9/],
    [{ items: ["I64", [1, 2], [0, 1]], colour: ["F32", [1], [1]] }, /row 0: expected rewards as logReward or reward, found colour/],
    [{ colour: ["F32", [1], [1]] }, /expected rewards as logReward or reward, found colour/],
    [{ reward: ["F32", [3], [1, 2]] }, /does not lie within it/],
  ] as const)("is refused where it is wrong: %#", (tensors, message) => {
    expect(() => givenRewards(SETS, tensorFile(tensors as Tensors))).toThrow(message);
  });

  it("takes a column of R for R, and one of log R for log R", () => {
    const [linear, log] = ["reward", "logReward"].map((column) => {
      const { reward } = givenRewards(SETS, text("of.csv", `items_0,items_1,${column}\n0,1,2\n`), { missing: 1 });
      // What all other objects get comes first.
      return reward.bind(SETS).data![0];
    });
    expect([linear, log]).toEqual([0, 1]);
  });

  it.each(["", " ", "null", "much", "[]", "true", "NaN"])("refuses %j as a reward", (value) => {
    if (value !== "null" && value !== "[]") {
      expect(() => givenRewards(SETS, text("of.csv", `items_0,items_1,reward\n0,1,${value}\n`))).toThrow(
        /^of\.csv:2: expected a number as reward/,
      );
    }
    const json = value.trim() === "" || value === "much" || value === "NaN" ? JSON.stringify(value) : value;
    const file = text("of.jsonl", `{"object":{"items":[0,1]},"reward":${json}}\n`);
    expect(() => givenRewards(SETS, file)).toThrow(/^of\.jsonl:1: expected a number as reward/);
  });

  it("refuses a file without objects", () => {
    for (const file of [text("of.csv", "items_0,items_1,reward\n"), text("of.jsonl", "\n")])
      expect(() => givenRewards(SETS, file)).toThrow(/^of\./);
  });

  const npy = (() => {
    const header = `${"{'descr': '<f4', 'fortran_order': False, 'shape': (16,), }".padEnd(117)}\n`;
    const bytes = new Uint8Array(128 + 64);
    bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 118, 0]);
    bytes.set(new TextEncoder().encode(header), 10);
    return bytes;
  })();

  it.each([
    ["of.csv", new TextEncoder().encode("items_0,items_1,reward\n0,1,2.25\n1,3,0.5\n")],
    ["of.jsonl", new TextEncoder().encode(lines)],
    ["of.npy", npy],
  ])("that is cut off anywhere is refused, or has the rows before the cut: %s", (name, bytes) => {
    const rows = (length: number) => givenRewards(SETS, { name, bytes: bytes.slice(0, length) }).file.text;
    const whole = rows(bytes.length);
    let refused = 0;
    for (let length = 0; length < bytes.length; length++) {
      let found: string;
      try {
        found = rows(length);
      } catch (error) {
        expect(error).toMatchObject({ code: "file", message: expect.stringMatching(new RegExp(`^${name}`)) });
        refused += 1;
        continue;
      }
      // Of the last number, digits may be lost, which no reader can tell.
      const kept = found.replace(/[\d.]*\}\n$/, "");
      expect(kept).not.toBe("");
      expect(whole.startsWith(kept), `${found} of ${length} bytes`).toBe(true);
    }
    expect(refused).toBeGreaterThan(bytes.length / 2);
  });
});

/** Tensors as type, shape and numbers. */
type Tensors = Readonly<Record<string, readonly [type: string, shape: readonly number[], numbers: readonly number[]]>>;

/** Bytes of a number of each type; those of 1, 1.5, 2 and 0.5 as float16 are written out. */
const WRITERS: Readonly<Record<string, { width: number; write(view: DataView, at: number, value: number): void }>> = {
  F64: { width: 8, write: (view, at, value) => view.setFloat64(at, value, true) },
  F32: { width: 4, write: (view, at, value) => view.setFloat32(at, value, true) },
  BF16: { width: 2, write: (view, at, value) => view.setUint16(at, new Uint32Array(Float32Array.of(value).buffer)[0]! >>> 16, true) },
  F16: { width: 2, write: (view, at, value) => view.setUint16(at, { 0.5: 0x3800, 1: 0x3c00, 1.5: 0x3e00, 2: 0x4000 }[value]!, true) },
  I64: { width: 8, write: (view, at, value) => view.setBigInt64(at, BigInt(value), true) },
  I32: { width: 4, write: (view, at, value) => view.setInt32(at, value, true) },
  U8: { width: 1, write: (view, at, value) => view.setUint8(at, value) },
};

/** A safetensors file, as its library writes one. */
function tensorFile(tensors: Tensors): { name: string; bytes: Uint8Array } {
  const header: Record<string, object> = {};
  const bytes: number[] = [];
  for (const [name, [dtype, shape, numbers]] of Object.entries(tensors)) {
    const { width, write } = WRITERS[dtype]!;
    const data = new Uint8Array(numbers.length * width);
    numbers.forEach((value, n) => {
      write(new DataView(data.buffer), n * width, value);
    });
    header[name] = { dtype, shape, data_offsets: [bytes.length, bytes.length + data.length] };
    for (const byte of data) bytes.push(byte);
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const file = new Uint8Array(8 + json.length + bytes.length);
  new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
  file.set(json, 8);
  file.set(bytes, 8 + json.length);
  return { name: "of.safetensors", bytes: file };
}
