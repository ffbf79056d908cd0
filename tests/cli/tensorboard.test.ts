/** `webgfn train --log tensorboard`: what is in the event files, as a reader of this file's own and TensorBoard's read them. */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Evaluation, RunFolder, TensorBoardLog } from "@webgfn/runs/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { completeConfiguration } from "webgfn";
import { call, run } from "./run.js";

const root = mkdtempSync(join(tmpdir(), "webgfn-tensorboard-"));
const trained = join(root, "trained");

/** One configuration for all: a software adapter compiles each kernel once and keeps it. */
const SMALL = "train hypergrid --env.side 4 --hidden 8 --batch-size 16 --replicas 2 --steps 40 --evaluate-every 10 --out".split(" ");
const LOG = ["--log", "tensorboard"];

/** The lowest bits of a checksum, bit by bit and without a table. */
function crc32c(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return ~crc >>> 0;
}

function requireChecksum(bytes: Uint8Array, checksum: number): void {
  const crc = crc32c(bytes);
  expect(checksum).toBe(((crc >>> 15) + ((crc << 17) >>> 0) + 0xa282ead8) % 2 ** 32);
}

/** Adds to the list of a key. */
function addTo<T>(lists: Record<string | number, T[]>, key: string | number, ...values: T[]): void {
  lists[key] = [...(lists[key] ?? []), ...values];
}

/** A whole number from its bytes of seven bits, the lowest first. */
function whole(bytes: Buffer): number {
  return [...bytes].reduceRight((sum, byte) => sum * 128 + (byte & 127), 0);
}

/** The values of a protocol buffer's fields, by the number of the field. */
function fieldsOf(bytes: Buffer): Record<number, Buffer[]> {
  const fields: Record<number, Buffer[]> = {};
  let at = 0;
  const varint = () => {
    const start = at;
    while (bytes[at]! >= 128) at++;
    return bytes.subarray(start, ++at);
  };
  while (at < bytes.length) {
    const key = whole(varint());
    const take = (length: number) => {
      at += length;
      return bytes.subarray(at - length, at);
    };
    const content = { 0: varint, 1: () => take(8), 2: () => take(whole(varint())), 5: () => take(4) }[key & 7];
    addTo(fields, key >> 3, content!());
  }
  return fields;
}

interface Point {
  step: number;
  time: number;
  value: number;
}

interface Events {
  /** Those before the first number: `version` and the step of a start. */
  opening: (string | number)[];
  curves: Record<string, Point[]>;
  labels: Record<string, string>;
}

/** All events of a file. */
function eventsOf(path: string): Events {
  const bytes = readFileSync(path);
  const events: Events = { opening: [], curves: {}, labels: {} };
  for (let at = 0; at < bytes.length; ) {
    const length = Number(bytes.readBigUInt64LE(at));
    requireChecksum(bytes.subarray(at, at + 8), bytes.readUInt32LE(at + 8));
    const payload = bytes.subarray(at + 12, at + 12 + length);
    requireChecksum(payload, bytes.readUInt32LE(at + 12 + length));
    at += length + 16;
    const { 1: time, 2: step, 3: version, 5: summary, 7: session } = fieldsOf(payload);
    if (version !== undefined) events.opening.push(version[0]!.toString());
    if (session !== undefined && whole(fieldsOf(session[0]!)[1]![0]!) === 1) events.opening.push(whole(step![0]!));
    for (const value of fieldsOf(summary?.[0] ?? Buffer.alloc(0))[1] ?? []) {
      const { 1: name, 2: number, 9: metadata } = fieldsOf(value);
      const tag = name![0]!.toString();
      addTo(events.curves, tag, { step: whole(step![0]!), time: time![0]!.readDoubleLE(), value: number![0]!.readFloatLE() });
      if (metadata !== undefined) events.labels[tag] = fieldsOf(metadata[0]!)[2]![0]!.toString();
    }
  }
  return events;
}

/** The event files of a seed, as `[name, bytes]`, the oldest first. */
function filesOf(folder: string, seed: number): [string, number][] {
  const path = join(folder, "tensorboard", `seed-${seed}`);
  return readdirSync(path)
    .sort()
    .map((name) => [name, statSync(join(path, name)).size]);
}

/** The events in all files of a seed, in the order in which TensorBoard reads them. */
function logOf(folder: string, seed: number): Events {
  const path = join(folder, "tensorboard", `seed-${seed}`);
  const all = filesOf(folder, seed).map(([name]) => eventsOf(join(path, name)));
  const curves: Events["curves"] = {};
  for (const each of all) for (const [tag, points] of Object.entries(each.curves)) addTo(curves, tag, ...points);
  return { opening: all.flatMap(({ opening }) => opening), curves, labels: Object.assign({}, ...all.map(({ labels }) => labels)) };
}

/** The curves of a replica, from the metrics. */
function expectedCurves(folder: string, replica: number): Record<string, Point[]> {
  const opened = RunFolder.open(folder);
  const { evaluations } = opened.readMetrics();
  const curves: Record<string, Point[]> = {};
  const columns = opened.readColumns(evaluations).columns.map(({ key }) => key);
  for (const { step, time, replicas, stepsPerSecond } of evaluations) {
    const values: Record<string, unknown> = { ...replicas[replica], stepsPerSecond };
    for (const tag of [...columns, "stepsPerSecond"]) {
      const value = values[tag] === null ? Number.NaN : values[tag];
      if (typeof value === "number") addTo(curves, tag, { step, time: Date.parse(time as string) / 1000, value: Math.fround(value) });
    }
  }
  return curves;
}

beforeAll(async () => {
  const { status, stderr } = await call([...SMALL, trained, ...LOG]);
  expect(stderr).toContain("step 40/40");
  expect(status).toBe(0);
});

afterAll(() => rmSync(root, { recursive: true }));

describe("the event files of a run", () => {
  it("are one for each seed, with a curve for every column", () => {
    expect(readdirSync(join(trained, "tensorboard")).sort()).toEqual(["seed-0", "seed-1"]);
    for (const replica of [0, 1]) {
      expect(filesOf(trained, replica)).toEqual([[expect.stringMatching(/^events\.out\.tfevents\.\d{10}\.webgfn$/), expect.any(Number)]]);
      const { opening, curves, labels } = logOf(trained, replica);
      expect(opening).toEqual(["brain.Event:2", 0]);
      expect(curves).toEqual(expectedCurves(trained, replica));
      expect(curves["l1"]?.map(({ step }) => step)).toEqual([0, 10, 20, 30, 40]);
      expect(curves["loss"]?.map(({ value }) => Number.isNaN(value))).toEqual([true, false, false, false, false]);
      expect(curves["stepsPerSecond"]?.map(({ step, value }) => [step, value > 0])).toEqual([10, 20, 30, 40].map((step) => [step, true]));
      expect(labels).toMatchObject({ l1: "L1", logZ: "log Z", stepsPerSecond: "steps per second" });
      expect(Object.keys(labels).sort()).toEqual(Object.keys(curves).sort());
    }
    expect(logOf(trained, 0).curves["l1"]).not.toEqual(logOf(trained, 1).curves["l1"]);
  });

  it("leave configuration and result as they are", async () => {
    const plain = join(root, "plain");
    const { status, stdout } = await call([...SMALL, plain, "--json"]);
    expect(status).toBe(0);
    expect(readdirSync(plain)).not.toContain("tensorboard");
    for (const name of ["config.json", "checkpoint.safetensors"]) {
      expect(readFileSync(join(plain, name)).equals(readFileSync(join(trained, name)))).toBe(true);
    }
    // A run that was made without them gets them all, and standard output is JSON alone.
    const resumed = await call(["train", "--resume", plain, ...LOG, "--json"]);
    expect({ ...JSON.parse(resumed.stdout), seconds: 0, stepsPerSecond: 0, trajectoriesPerSecond: 0 }).toEqual({
      ...JSON.parse(stdout),
      seconds: 0,
      stepsPerSecond: 0,
      trajectoriesPerSecond: 0,
    });
    expect(logOf(plain, 1).curves).toEqual(expectedCurves(plain, 1));
  });

  it("have no step twice and none missing after resumes with and without --log", async () => {
    const out = join(root, "resumed");
    expect((await call([...SMALL, out, ...LOG])).status).toBe(0);
    const earlier = filesOf(out, 0);
    copyFileSync(join(out, "checkpoint.safetensors"), join(root, "step-40"));
    expect((await call(["train", "--resume", out, "--steps", "60"])).status).toBe(0);
    expect(logOf(out, 0).curves["l1"]?.at(-1)?.step).toBe(40);
    for (const [steps, log] of [
      ["70", LOG],
      ["80", []],
      ["80", LOG],
    ] as const) {
      // As if it had been killed before its next checkpoint: evaluations from step 50 on are made again.
      copyFileSync(join(root, "step-40"), join(out, "checkpoint.safetensors"));
      const { status } = await call(["train", "--resume", out, "--steps", steps, ...log]);
      expect(status).toBe(0);
    }
    for (const replica of [0, 1]) {
      const { opening, curves } = logOf(out, replica);
      expect(opening).toEqual(["brain.Event:2", 0]);
      expect(curves["l1"]?.map(({ step }) => step)).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80]);
      expect(curves).toEqual(expectedCurves(out, replica));
      // The session before was read from a file that is empty now. The first one's is gone.
      const files = filesOf(out, replica);
      expect(files.map(([, bytes]) => bytes > 0)).toEqual([false, true]);
      expect(files.map(([name]) => name)).not.toContain(earlier[0]?.[0]);
    }
  });

  it("are named in the line that goes on with an interrupted run", async () => {
    const out = join(root, "interrupted");
    const args = [...SMALL.map((word) => (word === "40" ? "30000" : word)), out, ...LOG];
    let sent = false;
    const { status, stderr } = await run(args, {
      onError(text, kill) {
        if (!sent && text.includes("step 20/")) kill("SIGINT");
        sent ||= text.includes("step 20/");
      },
    });
    expect(stderr).toMatch(/resume with: npx webgfn train --resume \S+ --log tensorboard\n$/);
    expect(status).toBe(130);
    expect(logOf(out, 0).curves).toEqual(expectedCurves(out, 0));
  });

  it("end a run with one sentence where they cannot be written", async () => {
    const out = join(root, "occupied");
    mkdirSync(out);
    writeFileSync(join(out, "tensorboard"), "a file");
    const { status, stdout, stderr } = await call([...SMALL, out, ...LOG]);
    expect(stderr).toBe(`webgfn: ${out}/tensorboard cannot be written: not a directory; choose another --out, or make room\n`);
    expect([status, stdout]).toEqual([1, ""]);
    rmSync(join(out, "tensorboard"));
    expect((await call(["train", "--resume", out, ...LOG])).status).toBe(0);
    expect(logOf(out, 0).curves).toEqual(expectedCurves(out, 0));
  });
});

/** A folder of a run without training. */
function madeRun(name: string): RunFolder {
  return RunFolder.create(join(root, name), completeConfiguration({ environment: "sets", seed: 7 }));
}

function evaluation(step: number, values: Record<string, unknown>, more: Partial<Evaluation> = {}): Evaluation {
  return { step, seconds: step, replicas: [{ seed: 7, ...values }], ...more } as Evaluation;
}

const column = (key: string) => ({ key, label: key, help: key });

describe("a TensorBoardLog", () => {
  it("writes numbers that are not finite as they are, and nothing for other values", () => {
    const folder = madeRun("values");
    folder.writeColumns(["a", "b", "c", "d", "e"].map(column));
    const values = { a: Number.NaN, b: -Infinity, c: 1e300, d: null, e: "text" };
    const log = new TensorBoardLog(folder, [evaluation(0, {})]);
    log.append(evaluation(3, values, { stepsPerSecond: 2.5, rewards: { all: 9, evaluated: 5, seconds: 1 } }));
    folder.release();
    const { curves } = logOf(folder.path, 7);
    const numbers = Object.entries(curves).map(([tag, points]) => [tag, points.map(({ step, value }) => [step, value])]);
    expect(Object.fromEntries(numbers)).toEqual({
      a: [[3, Number.NaN]],
      b: [[3, -Infinity]],
      c: [[3, Infinity]],
      d: [[3, Number.NaN]],
      stepsPerSecond: [[3, 2.5]],
      "rewards.evaluated": [[3, 5]],
    });
    // Without a time of its own an evaluation has that of its writing.
    expect(Math.abs(Date.now() / 1000 - (curves["a"]?.[0]?.time ?? 0))).toBeLessThan(60);
  });

  it("comes last by its name where a clock was ahead, and leaves files of others alone", () => {
    const folder = madeRun("names");
    folder.writeColumns([column("a")]);
    const path = join(folder.path, "tensorboard", "seed-7");
    mkdirSync(path, { recursive: true });
    const ahead = "events.out.tfevents.9000000000.webgfn";
    for (const name of [ahead, "events.out.tfevents.1.other", "notes.txt"]) writeFileSync(join(path, name), "theirs");
    new TensorBoardLog(folder, [evaluation(0, { a: 1 })]);
    folder.release();
    expect(filesOf(folder.path, 7)).toEqual([
      ["events.out.tfevents.1.other", 6],
      [ahead, 0],
      ["events.out.tfevents.9000000001.webgfn", expect.any(Number)],
      ["notes.txt", 6],
    ]);
  });

  it("is refused what is no run", () => {
    expect(() => new TensorBoardLog({ path: root } as never, [])).toThrow("run must be a RunFolder");
    const folder = madeRun("refused");
    expect(() => new TensorBoardLog(folder, 5 as never)).toThrow("evaluations must be a list");
    folder.release();
  });
});

const PYTHON = process.env["WEBGFN_PYTHON"] ?? "python3";
const hasTensorBoard = spawnSync(PYTHON, ["-c", "import tensorboard"]).status === 0;
const missing = hasTensorBoard ? "" : ` (skipped: ${PYTHON} has no package tensorboard; WEBGFN_PYTHON names another Python)`;

/** All curves of a folder as TensorBoard's own reader gives them, as JSON. Python writes NaN, which JSON does not know, as text here. */
const READER = `
import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
accumulator = EventAccumulator(sys.argv[1])
accumulator.Reload()
curves = {tag: [[each.step, each.wall_time, str(each.value)] for each in accumulator.Scalars(tag)] for tag in accumulator.Tags()["scalars"]}
print(json.dumps(curves))
`;

describe.skipIf(!hasTensorBoard)(`TensorBoard's own reader${missing}`, () => {
  it.each(["trained", "resumed"])("reads the same curves of the run that was %s", (name) => {
    for (const replica of [0, 1]) {
      const { stdout, stderr, status } = spawnSync(PYTHON, ["-c", READER, join(root, name, "tensorboard", `seed-${replica}`)], {
        encoding: "utf8",
      });
      expect({ status, stderr: status === 0 ? "" : stderr }).toEqual({ status: 0, stderr: "" });
      const read = JSON.parse(stdout) as Record<string, [number, number, string][]>;
      const curves = Object.entries(read).map(([tag, points]) => [
        tag,
        points.map(([step, time, value]) => ({ step, time, value: value === "nan" ? Number.NaN : Number(value) })),
      ]);
      expect(Object.fromEntries(curves)).toEqual(logOf(join(root, name), replica).curves);
    }
  });
});
