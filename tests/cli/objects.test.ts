/** Objects as training data: `--objects FILE`. */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { call, run, WITHOUT_ADAPTER } from "./run.js";

// A driver compiles each kernel when it first runs.
vi.setConfig({ testTimeout: 300_000 });

const folder = mkdtempSync(join(tmpdir(), "webgfn-objects-"));
mkdirSync(join(folder, "a-folder"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** Runs where no adapter opens: whoever gets as far as wanting one has accepted the file. */
async function withoutAdapter(args: readonly string[]): ReturnType<typeof call> {
  for (const [name, value] of Object.entries(WITHOUT_ADAPTER)) vi.stubEnv(name, value);
  try {
    return await call(args);
  } finally {
    vi.unstubAllEnvs();
  }
}

/** Bad usage, in exactly one line. */
async function refused(args: readonly string[], sentence: string): Promise<void> {
  const { status, stdout, stderr } = await withoutAdapter(args);
  expect(stderr).toBe(`webgfn: ${sentence}\n`);
  expect([status, stdout]).toEqual([2, ""]);
}

const SMALL = "train sets --env.items 6 --env.size 2 --objective forward-kl --hidden 8 --batch-size 16".split(" ");
const SOURCE = ["--source", "policy:0.5,objects:0.5"];
const LINES = '{"object":{"items":[0,1]},"logReward":1}\n{"items":[4,5]}\n';

describe("--objects", () => {
  it.each<[string, string, string]>([
    [
      "is empty",
      "",
      "s.jsonl is empty; expected objects as JSON lines, a table (CSV) with a header, a NumPy array of records, safetensors",
    ],
    [
      "has an object that cannot be reached",
      `${LINES}{"items":[5,6]}\n`,
      's.jsonl:3: sets of 2 out of 6 items cannot reach {"items":[5,6]}: an item is a whole number from 0 to 5, not 6',
    ],
    [
      "is of another environment",
      '{"object":{"symbols":[1]}}\n',
      's.jsonl:1: sets of 2 out of 6 items cannot reach {"symbols":[1]}: it needs a list "items", as in {"items":[0,1]}',
    ],
  ])("refuses a file that %s", (_, content, sentence) => refused([...SMALL, ...SOURCE, "--objects", file("s.jsonl", content)], sentence));

  it("refuses a file that cannot be read", async () => {
    const missing = join(folder, "missing");
    await refused([...SMALL, ...SOURCE, "--objects", missing], `${missing} cannot be read: no such file or directory`);
    const inner = join(folder, "a-folder");
    await refused([...SMALL, ...SOURCE, "--objects", inner], `${inner} cannot be read: it is a folder`);
    const device = "/dev/zero";
    if (existsSync(device))
      await refused([...SMALL, ...SOURCE, "--objects", device], `${device} cannot be read: it is a device and may never end`);
  });

  it("needs the source objects, and the source needs it", async () => {
    const path = file("s.jsonl", LINES);
    await refused(
      [...SMALL, "--objects", path],
      "objects are given, but no trajectory is drawn from them: the source is policy; give them a share, such as --source policy:0.5,objects:0.5, or leave them out",
    );
    await refused(
      [...SMALL, ...SOURCE],
      "source objects has no objects to draw from; give them: objects in the API, --objects FILE on the command line",
    );
  });

  it("is a field of a configuration, as a path or a file", async () => {
    const path = file("s.jsonl", LINES);
    const configured = (objects: unknown) => [
      "train",
      "--config",
      file("c.json", JSON.stringify({ environment: "sets", env: { items: 6, size: 2 }, source: "objects", objects })),
    ];
    for (const objects of [path, { name: "inner", text: LINES }]) {
      const { status, stderr } = await withoutAdapter([...configured(objects), "--steps", "1"]);
      expect(stderr).toMatch(/^webgfn: no WebGPU adapter was found .*\n$/);
      expect(status).toBe(1);
    }
    const { stderr } = await withoutAdapter(configured({ text: LINES }));
    expect(stderr).toContain("objects must be a path, or a file as { name, text }, not");
    await refused(
      configured({ name: "inner", text: "{}\n" }),
      'inner:1: sets of 2 out of 6 items cannot reach {}: it needs a list "items", as in {"items":[0,1]}',
    );
    // Another environment or source leaves the objects behind.
    await refused(
      [...configured(path), "--environment", "hypergrid"],
      "source objects has no objects to draw from; give them: objects in the API, --objects FILE on the command line",
    );
    const other = await withoutAdapter([...configured(path), "--source", "policy", "--steps", "1"]);
    expect(other.stderr).toMatch(/^webgfn: no WebGPU adapter was found .*\n$/);
  });

  it("needs encode of an environment of one's own", async () => {
    const module = file(
      "mine.mjs",
      `import { defineEnvironment, hypergrid } from ${JSON.stringify(import.meta.resolve("webgfn"))};
       const { decode, encode, objects, ...dynamics } = hypergrid({ side: 4 });
       const pair = ([x, y]) => ({ pair: [x, y] });
       export const silent = defineEnvironment({ ...dynamics, name: "silent", decode: pair });
       export const open = defineEnvironment({ ...dynamics, name: "open", decode: pair, encode: ({ pair: [x, y] }) => Uint32Array.of(x, y, 1) });`,
    );
    const path = file("pairs.jsonl", '{"pair":[1,2]}\n');
    const words = (name: string) => ["train", `${module}#${name}`, "--source", "objects", "--objects", path, "--steps", "1"];
    await refused(
      words("silent"),
      "silent has no encode, so that its objects cannot be turned into states; give its description an encode(object), the inverse of decode",
    );
    expect((await withoutAdapter(words("open"))).stderr).toMatch(/^webgfn: no WebGPU adapter was found .*\n$/);
  });
});

describe("a run with objects", () => {
  const path = (name: string) => join(folder, name);
  const checkpoint = (name: string) => readFileSync(join(path(name), "checkpoint.safetensors"));
  const trained = [...SMALL, ...SOURCE, "--steps", "20", "--evaluate-every", "10"];

  it("goes on with the same bits without the file, whichever form the file had", async () => {
    const lines = file("s.jsonl", LINES);
    expect((await run([...trained, "--objects", lines, "--out", path("whole")])).status).toBe(0);
    const { objects } = JSON.parse(readFileSync(join(path("whole"), "config.json"), "utf8"));
    expect(objects).toEqual({ name: "s.jsonl", text: '{"object":{"items":[0,1]}}\n{"object":{"items":[4,5]}}\n' });

    // The folder of a run that was stopped at step 0: without its checkpoint.
    mkdirSync(path("again"));
    copyFileSync(join(path("whole"), "config.json"), join(path("again"), "config.json"));
    rmSync(lines);
    expect((await run(["train", "--resume", path("again")])).status).toBe(0);
    expect(checkpoint("again")).toEqual(checkpoint("whole"));

    const table = file("s.jsonl", "items_1;items_0\n1;0\n5;4\n");
    expect((await run([...trained, "--objects", table, "--out", path("table")])).status).toBe(0);
    expect(checkpoint("table")).toEqual(checkpoint("whole"));
    // Other objects make another run, and a run's objects stay.
    const others = file("others.jsonl", '{"items":[2,3]}\n');
    expect((await run([...trained, "--objects", others, "--out", path("others")])).status).toBe(0);
    expect(checkpoint("others")).not.toEqual(checkpoint("whole"));
    await refused(
      ["train", "--resume", path("whole"), "--objects", others],
      '--objects cannot be changed with --resume: the run\'s own value is "s.jsonl"; remove it, or start a new run in another folder',
    );
  });

  it("takes what `sample` writes", async () => {
    for (const name of ["samples.jsonl", "samples.npy"]) {
      expect((await run(["sample", path("whole"), "--count", "50", "--out", path(name)])).status).toBe(0);
      const { status, stdout } = await run([...trained, "--objects", path(name), "--json"]);
      expect(status).toBe(0);
      const { text } = JSON.parse(stdout).configuration.objects;
      expect(text.trimEnd().split("\n")).toHaveLength(50);
    }
  });
});
