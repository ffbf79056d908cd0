/** Writing files: never through a link that somebody else laid, never under a name that somebody else can guess, whole or not at all. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { RunFolder, TensorBoardLog } from "@webgfn/runs/node";
import { FileWriter, makeFolder, writeFile } from "@webgfn/runs/node/internal";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { completeConfiguration } from "webgfn";
import { writeFile as writeByScripts } from "../../packages/setup/write-file.mjs";
import { run, shell } from "../cli/run.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const root = mkdtempSync(join(tmpdir(), "webgfn-writers-"));
afterAll(() => rmSync(root, { recursive: true }));

let count = 0;
/** An empty folder for each test. */
function folder(): string {
  const path = join(root, String(count++));
  mkdirSync(path);
  return path;
}

/** A file of the user's, and a path in a folder from somebody else that is a link to it. */
function trap(name: string): { bait: string; path: string } {
  const [home, foreign] = [folder(), folder()];
  const bait = join(home, "bashrc");
  writeFileSync(bait, "kept");
  symlinkSync(bait, join(foreign, name));
  return { bait, path: join(foreign, name) };
}

describe.each([
  ["the packages", (path: string, text: string) => writeFile(path, text)],
  ["the scripts", (path: string, text: string) => writeByScripts(path, text)],
] as const)("the writer of %s", (_, write) => {
  it("puts a file in the place of a link, and leaves what the link points to", () => {
    const { bait, path } = trap("file");
    write(path, "new");
    expect([readFileSync(path, "utf8"), lstatSync(path).isFile(), readFileSync(bait, "utf8")]).toEqual(["new", true, "kept"]);
  });

  it("follows no link under a name that it might use on the way", () => {
    const { bait, path } = trap("file.partial");
    const file = path.replace(/\.partial$/, "");
    write(file, "new");
    expect([readFileSync(file, "utf8"), readFileSync(bait, "utf8"), readlinkSync(path)]).toEqual(["new", "kept", bait]);
  });

  it("keeps a file's permissions, and leaves nothing else behind", () => {
    const path = join(folder(), "file");
    writeFileSync(path, "old");
    chmodSync(path, 0o600);
    write(path, "new");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(path, ".."))).toEqual(["file"]);
  });

  it("leaves nothing behind where a folder stands in the way", () => {
    const path = join(folder(), "file");
    mkdirSync(path);
    expect(() => write(path, "new")).toThrow();
    expect(readdirSync(join(path, ".."))).toEqual(["file"]);
  });
});

describe("a file in pieces", () => {
  it("has its name only once it is whole", () => {
    const path = join(folder(), "file");
    const file = new FileWriter(path);
    file.write("one ");
    const during = readdirSync(join(path, ".."));
    expect(during).toEqual([expect.stringMatching(/^\.file\.[0-9a-f]{16}\.partial$/)]);
    const other = new FileWriter(path);
    expect(readdirSync(join(path, "..")), "another writer has another name").toHaveLength(2);
    other.discard();
    file.write(new TextEncoder().encode("two"));
    file.commit();
    expect([readdirSync(join(path, "..")), readFileSync(path, "utf8")]).toEqual([["file"], "one two"]);
  });

  it("takes names as long as the system allows", () => {
    const path = join(folder(), "n".repeat(255));
    writeFile(path, "new");
    expect(readFileSync(path, "utf8")).toBe("new");
  });
});

describe("a path that the user named", () => {
  it("is followed through links, also to a file that is not there yet", () => {
    const path = join(folder(), "link");
    symlinkSync("second", path);
    symlinkSync("target", join(path, "..", "second"));
    for (const text of ["first", "again"]) {
      writeFile(path, text, { followLinks: true });
      expect([lstatSync(path).isSymbolicLink(), readFileSync(join(path, "..", "target"), "utf8")]).toEqual([true, text]);
    }
  });

  it("is refused where links go round", () => {
    const path = join(folder(), "link");
    symlinkSync("link", path);
    expect(() => writeFile(path, "new", { followLinks: true })).toThrow("too many symbolic links");
  });
});

describe("a folder", () => {
  it("is made with those above it", () => {
    const path = join(folder(), "a/b/c");
    makeFolder(path);
    makeFolder(path);
    expect(statSync(path).isDirectory()).toBe(true);
  });

  it("that cannot be made is an error at once", () => {
    const file = join(folder(), "file");
    writeFileSync(file, "");
    expect(() => makeFolder(join(file, "below"))).toThrow("ENOTDIR");
    symlinkSync("nowhere", join(file, "..", "dangling"));
    expect(() => makeFolder(join(file, "..", "dangling"))).toThrow();
    if (process.platform === "linux") expect(() => makeFolder("/proc/nowhere/run")).toThrow("ENOENT");
  });
});

describe("a run's folder from somebody else", () => {
  const FILES = ["config.json", "columns.json", "metrics.jsonl", "checkpoint.safetensors"];
  const trained = join(root, "trained");
  const tiny = "--env.side 4 --hidden 8 --batch-size 16 --steps 2".split(" ");

  beforeAll(async () => {
    expect((await run(["train", "hypergrid", ...tiny, "--out", trained])).status).toBe(0);
  });

  /** A copy with links to a file of the user's under every name that the project writes, and those that it once wrote. */
  function copy(): { bait: string; path: string } {
    const [home, path] = [folder(), join(folder(), "run")];
    const bait = join(home, "bashrc");
    execFileSync("cp", ["-r", trained, path]);
    writeFileSync(bait, "kept");
    const names = [...FILES, "report.html", "report.csv", "run.lock"];
    for (const name of names) symlinkSync(bait, join(path, `${name}.partial`));
    return { bait, path };
  }

  it("is exported whole, or not at all", async () => {
    const path = folder();
    const { status, stderr } = await run(["export", trained, "--out", join(path, "none", "policy.safetensors")]);
    expect([status, stderr, readdirSync(join(path, "none"))]).toEqual([0, "", ["policy.safetensors"]]);
    const damaged = copy().path;
    writeFileSync(join(damaged, "checkpoint.safetensors"), "damaged");
    expect((await run(["export", damaged, "--out", join(path, "policy.safetensors")])).status).toBe(1);
    expect(readdirSync(path)).toEqual(["none"]);
  });

  it("is gone on with and reported on without a write through its links", async () => {
    const { bait, path } = copy();
    for (const name of ["report.html", "report.csv", "columns.json"]) {
      rmSync(join(path, name), { force: true });
      symlinkSync(bait, join(path, name));
    }
    const { status } = await run(["train", "--resume", path, "--steps", "4"]);
    expect(status).toBe(0);
    expect((await run(["report", path, "--no-pictures"])).status).toBe(0);
    expect(readFileSync(bait, "utf8")).toBe("kept");
    expect(readFileSync(join(path, "report.html"), "utf8")).toContain("<!doctype html>");
  });

  it("does not get its event files through links", () => {
    const { bait, path } = copy();
    const opened = RunFolder.open(path);
    const log = () => new TensorBoardLog(opened, opened.readMetrics().evaluations);
    const [events, elsewhere] = [join(path, "tensorboard"), folder()];
    symlinkSync(elsewhere, events);
    expect(log).toThrow(`${events} is a symbolic link`);
    rmSync(events);
    mkdirSync(events);
    symlinkSync(elsewhere, join(events, "seed-0"));
    expect(log).toThrow(`${join(events, "seed-0")} is a symbolic link`);
    expect(readdirSync(elsewhere)).toEqual([]);
    rmSync(join(events, "seed-0"));
    mkdirSync(join(events, "seed-0"));
    symlinkSync(bait, join(events, "seed-0", "events.out.tfevents.1700000000.webgfn"));
    expect(log).toThrow("cannot be written");
    expect(readFileSync(bait, "utf8")).toBe("kept");
  });

  it("does not get its metrics from a link to nothing", () => {
    const path = folder();
    const target = join(folder(), "made");
    symlinkSync(target, join(path, "metrics.jsonl"));
    expect(() => RunFolder.create(path, completeConfiguration({ environment: "sets" }))).toThrow("already holds a run (metrics.jsonl");
    expect(existsSync(target)).toBe(false);
  });

  it("whose lock is a link is left alone", () => {
    const { bait, path } = copy();
    symlinkSync(bait, join(path, "run.lock"));
    expect(() => RunFolder.open(path).claim()).toThrow("may be in use");
    expect(readFileSync(bait, "utf8")).toBe("kept");
  });

  it.skipIf(process.platform === "win32")("with a pipe in the place of a file does not wait for ever", () => {
    const { path } = copy();
    rmSync(join(path, "config.json"));
    execFileSync("mkfifo", [join(path, "config.json")]);
    expect(() => RunFolder.open(path)).toThrow("is not a regular file");
  });

  it("loses what a killed process left half written, once it is gone on with", () => {
    const { path } = copy();
    const left = join(path, ".checkpoint.safetensors.0123456789abcdef.partial");
    writeFileSync(left, "half");
    const opened = RunFolder.open(path);
    opened.claim();
    opened.release();
    expect(existsSync(left)).toBe(false);
  });

  describe.skipIf(process.platform === "win32")("and outputs that are no files", () => {
    it("get what is written, and stay what they are", async () => {
      const path = folder();
      execFileSync("mkfifo", [join(path, "pipe")]);
      symlinkSync("real", join(path, "link"));
      const reader = spawn("cat", [join(path, "pipe")], { stdio: ["ignore", "pipe", "ignore"] });
      let read = "";
      reader.stdout.on("data", (text) => {
        read += text;
      });
      const done = once(reader, "close");
      for (const name of ["pipe", "link"]) {
        expect((await run(["sample", trained, "--count", "2", "--out", join(path, name)])).status).toBe(0);
      }
      await done;
      expect(read.trim().split("\n")).toHaveLength(2);
      expect(readFileSync(join(path, "real"), "utf8")).toBe(read);
      expect([lstatSync(join(path, "pipe")).isFIFO(), lstatSync(join(path, "link")).isSymbolicLink()]).toEqual([true, true]);
      for (const command of [
        ["sample", trained, "--count", "2"],
        ["export", trained],
      ]) {
        expect((await run([...command, "--out", "/dev/null"])).status).toBe(0);
      }
      symlinkSync("policy", join(path, "link.safetensors"));
      expect((await run(["export", trained, "--out", join(path, "link.safetensors")])).status).toBe(0);
      expect([lstatSync(join(path, "link.safetensors")).isSymbolicLink(), statSync(join(path, "policy")).size > 1000]).toEqual([
        true,
        true,
      ]);
      expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
    });

    it("such as standard output and a shell's >(command) as well", async () => {
      const path = folder();
      const sample = `"$NODE" "$BIN" sample ${trained} --count 2`;
      const { stdout, stderr, status } = await shell(`
        ${sample} --out -
        echo before > ${path}/log; ${sample} --out /dev/stdout >> ${path}/log; wc -l < ${path}/log
        ${sample} --out >(gzip > ${path}/zipped); sleep 1; gunzip < ${path}/zipped | wc -l
        ${sample} --out >(head -1 > ${path}/first); echo $?`);
      const lines = stdout.trim().split("\n");
      expect(lines.slice(0, 2).map((text) => Object.keys(JSON.parse(text)))).toEqual(Array(2).fill(["object", "logReward", "logForward"]));
      expect([...lines.slice(2).map(Number), status]).toEqual([3, 2, 0, 0]);
      expect(stderr).not.toContain("webgfn:");
    });

    it("take a report, too", async () => {
      const { stdout, stderr } = await run(["report", trained, "--no-pictures", "--out", "-"]);
      expect(stdout.startsWith("<!doctype html>")).toBe(true);
      expect(stderr).toContain("page    -");
      const values = await run(["report", trained, "--no-pictures", "--out", join(folder(), "page.html"), "--csv", "-"]);
      expect(values.stdout.split("\r\n")[0]).toContain("folder,environment");
    });

    it("are refused where a folder is needed", async () => {
      for (const words of [
        ["train", "hypergrid", "--out", "-"],
        ["reproduce", "--out", "-"],
      ]) {
        const { status, stderr } = await run(words);
        expect([status, stderr]).toEqual([2, expect.stringContaining("--out names a folder, and - stands for standard output")]);
      }
    });
  });
});

/** Every file that the project writes is written by one function: what else opens files for writing is told here, with the reason. */
describe("the source", () => {
  const WRITES = /\b(writeFileSync|appendFileSync|createWriteStream|openSync|mkdirSync|renameSync|copyFileSync|cpSync)\(/;
  const ALLOWED: Readonly<Record<string, string>> = {
    "packages/runs/src/node/write-file.ts": "the function",
    "packages/setup/write-file.mjs": "the scripts' own",
    "packages/runs/src/node/folder-lock.ts": "makes locks, with random names, O_EXCL and link",
    "packages/runs/src/node/heartbeat.ts": "renews the time of a lock",
    "packages/runs/src/node/checkpoint-file.ts": "reads",
    "packages/sweeps/src/sweep-status.ts": "reads",
    "packages/sweeps/src/redis/transfer.ts": "reads",
    "packages/runs/src/node/read-start.ts": "reads",
    "packages/runs/src/node/device.ts": "opens the terminal again",
    "packages/setup/fill-folder.mjs": "makes folders within the build",
    "bench/bundle/build.mjs": "fills a folder of its own, made by mkdtemp",
    "bench/bundle/packages.mjs": "the same",
    "bench/isa/radeon.mjs": "the same",
    "bench/isa.mjs": "makes the folder that --asm names",
    "bench/python/environments.mjs": "makes anew the folder of a virtual environment in node_modules/.cache",
  };

  const below = (folder: string, ending: string) =>
    readdirSync(join(ROOT, folder), { recursive: true })
      .map((file) => `${folder}/${file}`)
      .filter((file) => file.endsWith(ending) && !/node_modules|\.test\.ts$|\.d\.m?ts$/.test(file));
  const sources = readdirSync(join(ROOT, "packages")).flatMap((name) =>
    existsSync(join(ROOT, "packages", name, "src")) ? below(`packages/${name}/src`, ".ts") : [],
  );
  const textOf = (file: string) => readFileSync(join(ROOT, file), "utf8");

  it("has one function that writes files", () => {
    const files = [...sources, ...below("packages/setup", ".mjs"), ...below("bench", ".mjs")];
    expect(files.length).toBeGreaterThan(200);
    // Examples in docstrings are a user's code.
    const codeOf = (file: string) => textOf(file).replace(/^ +\*.*$/gm, "");
    expect(files.filter((file) => WRITES.test(codeOf(file)) && !Object.hasOwn(ALLOWED, file))).toEqual([]);
  });

  it("puts no list of any length on the stack", () => {
    const SPREADS = /(Math\.(max|min|hypot)|\.(push|unshift|concat|splice)|fromCharCode|fromCodePoint)\(\s*\.\.\./;
    expect(sources.filter((file) => SPREADS.test(textOf(file).replace(/\/\/.*$/gm, "")))).toEqual([]);
  });
});
