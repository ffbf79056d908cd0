/** Standard output and error that are full or closed, signals that end a run, and what files hold that a terminal would obey. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readCheckpoint } from "@webgfn/runs/node";
import { commandLine, ProgressLine, pathWord, shellLine } from "@webgfn/runs/node/internal";
import { encodeSafetensors } from "@webgfn/sampler/internal";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run, shell } from "./run.js";

const BIN = fileURLToPath(new URL("../../packages/webgfn/dist/bin.js", import.meta.url));
const root = mkdtempSync(join(tmpdir(), "webgfn-streams-"));
afterAll(() => rmSync(root, { recursive: true }));

const tiny = "--env.side 4 --hidden 8 --batch-size 16";
const trained = join(root, "trained");
const isLinux = process.platform === "linux";
/** Characters that a terminal obeys. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this finds
const OBEYED = /[\x00-\x08\x0B-\x1F\x7F-\x9F]/;

beforeAll(async () => {
  expect((await run(["train", "hypergrid", ...tiny.split(" "), "--steps", "4", "--out", trained])).status).toBe(0);
});

describe.skipIf(!isLinux || !existsSync("/dev/full"))("a stream on a full disk", () => {
  it.each([
    ["list", "list"],
    ["help", "--help"],
    ["many samples", `sample ${trained} --count 20000`],
    ["an array", `sample ${trained} --count 20 --format npy`],
    ["a report", `report ${trained} --no-pictures --out -`],
    ["a training's summary", `train hypergrid ${tiny} --steps 4 --json`],
  ])("as standard output ends with one sentence: %s", async (_, words) => {
    const { status, stderr } = await shell(`"$NODE" "$BIN" ${words} > /dev/full`);
    const lines = stderr.split("\n").filter((text) => text.startsWith("webgfn:") || /^\s+at |Error/.test(text));
    expect(lines).toEqual(["webgfn: standard output cannot be written: no space left on device; make room, or write elsewhere"]);
    expect(status).toBe(1);
  });

  it("as standard output loses no state", async () => {
    const out = join(root, "full-output");
    const { status } = await shell(`"$NODE" "$BIN" train hypergrid ${tiny} --steps 4 --out ${out} > /dev/full`);
    expect([status, readCheckpoint(join(out, "checkpoint.safetensors")).checkpoint.step]).toEqual([1, 4]);
    expect(existsSync(join(out, "run.lock"))).toBe(false);
  });

  it("as standard error changes nothing", async () => {
    const out = join(root, "full-error");
    const { status, stdout } = await shell(
      `"$NODE" "$BIN" train hypergrid ${tiny} --steps 40 --evaluate-every 10 --out ${out} 2> /dev/full`,
    );
    expect(status).toBe(0);
    expect(stdout).toContain("What to try next");
    expect(readCheckpoint(join(out, "checkpoint.safetensors")).checkpoint.step).toBe(40);
  });

  it("as both tells it by the status alone", async () => {
    expect((await shell(`"$NODE" "$BIN" list > /dev/full 2> /dev/full`)).status).toBe(1);
  });
});

describe.skipIf(process.platform === "win32")("a stream that is closed", () => {
  it.each([">&-", "2>&-", ">&- 2>&-", "| true", "2>&1 | true"])(
    "from the start, or by its reader, ends nothing: %s",
    async (redirection) => {
      const out = join(root, `closed${redirection.replace(/\W/g, "_")}`);
      const { stderr } = await shell(
        `set -o pipefail; "$NODE" "$BIN" train hypergrid ${tiny} --steps 40 --evaluate-every 10 --out ${out} ${redirection}`,
      );
      expect(stderr).not.toMatch(/^\s+at |Error/m);
      expect(readCheckpoint(join(out, "checkpoint.safetensors")).checkpoint.step).toBe(40);
    },
  );
});

describe.skipIf(process.platform === "win32")("SIGHUP", () => {
  it.each([
    ["", [process.execPath, BIN]],
    [" under nohup", ["nohup", process.execPath, BIN]],
  ] as const)("saves the run%s", async (name, [program, ...args]) => {
    const out = join(root, `hangup${name.trim()}`.replace(" ", "-"));
    const words = `train hypergrid ${tiny} --steps 2000000 --evaluate-every 1000 --checkpoint-every 1000000 --out ${out}`.split(" ");
    const child = spawn(program, [...args, ...words], { stdio: ["ignore", "pipe", "pipe"] });
    let text = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (part: string) => {
        if (!text.includes("step 1000/") && (text + part).includes("step 1000/")) child.kill("SIGHUP");
        text += part;
      });
    }
    const [status] = await once(child, "close");
    expect(status).toBe(129);
    expect(text).toContain("stopped at step ");
    expect(readCheckpoint(join(out, "checkpoint.safetensors")).checkpoint.step).toBeGreaterThanOrEqual(1000);
  });
});

describe.skipIf(!isLinux)("--out below a folder that cannot be made", () => {
  it.each([["train", "hypergrid", ...tiny.split(" "), "--steps", "2", "--out", "/proc/nowhere/run"]])("ends at once", async (...words) => {
    const { status, stderr } = await run(words);
    expect([status, stderr]).toEqual([
      1,
      "webgfn: /proc/nowhere/run cannot be written: /proc: no such file or directory; choose another --out, or make room\n",
    ]);
  });

  it("ends at once, also for samples", async () => {
    const { status, stderr } = await run(["sample", trained, "--out", "/proc/nowhere/samples"]);
    expect([status, stderr]).toEqual([1, expect.stringContaining("/proc/nowhere/samples cannot be written: no such file or directory")]);
  });
});

describe("a half-made folder of a run", () => {
  it("is taken up by --resume and by reproduce", async () => {
    const out = join(root, "half");
    for (const path of [out, join(root, "study/hypergrid/tb")]) {
      mkdirSync(path, { recursive: true });
      writeFileSync(join(path, ".config.json.0123456789abcdef.partial"), "{");
    }
    expect((await run(["train", "hypergrid", ...tiny.split(" "), "--steps", "2", "--resume", out])).status).toBe(0);
    const { stderr } = await run(["reproduce", "hypergrid", "--objective", "tb", "--quick", "--out", join(root, "study")], {
      onError: (text, kill) => text.includes("step 0/") && kill("SIGTERM"),
    });
    expect(stderr).not.toContain("is not the folder of a run");
    expect(existsSync(join(root, "study/hypergrid/tb/config.json"))).toBe(true);
  });
});

describe("what a file holds never reaches a terminal as a command", () => {
  const EVIL = "\x1b]0;pwned\x07\x1b[2J\x9b31m\u202e";

  it.each([
    ["the name of a tensor", { [EVIL]: { dtype: "F16", shape: [1], data_offsets: [0, 4] } }],
    ["a long type", { a: { dtype: `${EVIL}${"x".repeat(1e6)}`, shape: [1], data_offsets: [0, 4] } }],
    ["a type that is no text", { a: { dtype: { [EVIL]: 1 }, shape: [1], data_offsets: [0, 4] } }],
    ["a tensor that overlaps", { [EVIL]: { dtype: "F32", shape: [1], data_offsets: [4, 8] } }],
  ])("%s", async (_, header) => {
    const json = new TextEncoder().encode(JSON.stringify(header));
    const bytes = Buffer.alloc(8 + json.length + 8);
    bytes.writeBigUInt64LE(BigInt(json.length));
    bytes.set(json, 8);
    const file = join(root, "evil.safetensors");
    writeFileSync(file, bytes);
    const { stderr, status } = await run(["sample", file]);
    expect([OBEYED.test(stderr.replaceAll("\n", "")), status]).toEqual([false, 1]);
    expect(stderr.length).toBeLessThan(600);
  });

  it("the format, the environment and the settings of a checkpoint", async () => {
    const file = join(root, "metadata.safetensors");
    const configuration = JSON.parse(readFileSync(join(trained, "config.json"), "utf8")) as object;
    for (const metadata of [
      { format: EVIL },
      { format: "webgfn-1", step: "1", configuration: JSON.stringify({ ...configuration, environment: EVIL }) },
      { format: "webgfn-1", step: "1", configuration: JSON.stringify({ ...configuration, [EVIL]: 1 }) },
      { format: "webgfn-1", step: "1", configuration: JSON.stringify({ ...configuration, env: { [EVIL]: 1 } }) },
      { format: "webgfn-1", step: "1", configuration: JSON.stringify({ ...configuration, batchSize: EVIL }) },
    ]) {
      writeFileSync(file, encodeSafetensors({ tensors: {}, metadata: metadata as Record<string, string> }));
      const { stderr, status } = await run(["sample", file]);
      expect([OBEYED.test(stderr.replaceAll("\n", "")), status === 0]).toEqual([false, false]);
    }
  });

  it("the names of variables, which are refused", async () => {
    const rows = Array.from({ length: 20 }, (_, i) => [Math.sin(i), Math.cos(3 * i), Math.sin(7 * i)].join(","));
    for (const name of ["a\x1b[31m", "b\x1b]0;pwned\x07\x9b"]) {
      const file = join(root, "evil.csv");
      writeFileSync(file, `${[[name, "b", "c"].join(","), ...rows].join("\n")}\n`);
      const { status, stdout, stderr } = await run(["train", "dags", "--env.data", file, "--steps", "1"]);
      expect(status).toBe(2);
      expect(OBEYED.test(`${stdout}${stderr}`.replaceAll("\n", ""))).toBe(false);
    }
  });

  it("the names of variables, which are cut in tables", async () => {
    const rows = Array.from({ length: 20 }, (_, i) => [Math.sin(i), Math.cos(3 * i), Math.sin(7 * i)].join(","));
    const file = join(root, "long.csv");
    writeFileSync(file, `${[["a", "b", "c".repeat(200)].join(","), ...rows].join("\n")}\n`);
    const out = join(root, "dags");
    const sizes = ["--hidden", "8", "--batch-size", "16", "--steps", "1"];
    expect((await run(["train", "dags", "--env.data", file, ...sizes, "--out", out])).status).toBe(0);
    const shown = await run(["evaluate", out, "--objects", "16"]);
    expect(shown.status).toBe(0);
    expect(Math.max(...shown.stdout.split("\n").map((text) => text.length))).toBeLessThan(250);
  });

  it("the metrics' names in the progress line, and the report's notes", async () => {
    const written: string[] = [];
    const stream = { isTTY: false, write: (text: string) => written.push(text) } as unknown as NodeJS.WriteStream;
    const line = new ProgressLine(10, stream);
    line.note(`a ${EVIL}`);
    line.evaluated({ step: 1, seconds: 1, replicas: [{ seed: 0, mine: 1 }] } as never, [{ key: "mine", label: EVIL, help: "h" }]);
    expect(OBEYED.test(written.join("").replaceAll("\n", ""))).toBe(false);
    const copy = join(root, `evil${EVIL.replaceAll("\x1b", "")}`);
    cpSync(trained, copy, { recursive: true });
    writeFileSync(join(copy, "metrics.jsonl"), "{}\n");
    const { stdout, stderr } = await run(["report", copy, "--no-pictures"]);
    expect(OBEYED.test(`${stdout}${stderr}`.replaceAll("\n", ""))).toBe(false);
  });
});

describe("commands in messages", () => {
  const WORDS = [
    "plain",
    "with space",
    "it's",
    '"',
    "$HOME",
    "`id`",
    "a;b",
    "~",
    "=ls",
    "#",
    "*",
    "!",
    "",
    "ü",
    "\n",
    "\x1b[2J",
    "back\\slash",
    "-",
  ];

  it.skipIf(process.platform === "win32")("are what a shell makes the same words of", async () => {
    for (const word of WORDS) {
      const line = shellLine(process.execPath, "-e", "process.stdout.write(JSON.stringify(process.argv.slice(1)))", "--", word);
      expect(JSON.parse((await shell(line)).stdout), line).toEqual([word]);
      expect(OBEYED.test(line)).toBe(false);
    }
  });

  it("take no path for an option", () => {
    expect(commandLine("train", "--resume", pathWord("-run"))).toBe("npx webgfn train --resume ./-run");
  });

  it("go on with a run wherever it is", async () => {
    const out = join(root, "my runs/a");
    cpSync(trained, out, { recursive: true });
    const { stderr } = await run(["train", "hypergrid", "--out", out]);
    expect(stderr).toContain(`continue it with \`webgfn train --resume '${out}'\`, or choose another --out`);
    rmSync(join(out, "checkpoint.safetensors"));
    expect((await run(["sample", out])).stderr).toContain(`begin it again with \`webgfn train --resume '${out}'\``);
  });
});
