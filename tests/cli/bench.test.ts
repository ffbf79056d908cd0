/** `npm run bench` but for the race itself, which needs the peers that only it installs. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it, vi } from "vitest";

// A driver compiles each kernel when it first runs.
vi.setConfig({ testTimeout: 300_000 });

const bench = (name: string): string => fileURLToPath(new URL(`../../bench/${name}`, import.meta.url));
const node = (...args: string[]) => spawnSync(process.execPath, args, { encoding: "utf8" });

const { Contestant } = await import(bench("contestants/client.mjs"));
const { differences } = await import(bench("race.mjs"));
const { againstGoals } = await import(bench("goals.mjs"));
const { merge } = await import(bench("result.mjs"));
const { works } = await import(bench("works.mjs"));

const folder = mkdtempSync(join(tmpdir(), "webgfn-bench-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("the tables of the page on benchmarks", () => {
  it("are what the committed results give", () => {
    expect(node(bench("tables.mjs"), "--check")).toMatchObject({ status: 0, stderr: "" });
  });

  it("are missed when a number differs", () => {
    const page = readFileSync(bench("../docs/benchmarks.md"), "utf8");
    const [before, table = ""] = page.split("<!-- bench:start -->");
    const changed = join(folder, "benchmarks.md");
    writeFileSync(changed, `${before}<!-- bench:start -->${table.replace(/\d×/, "99×")}`);
    expect(node(bench("tables.mjs"), "--check", changed)).toMatchObject({ status: 1 });
  });
});

describe("the check of a peer's step", () => {
  const own = { loss: 2, gradient: [0.5, -2, 0], logZGradient: 3 };
  /** The first step of Adam moves every weight by its rate against the gradient's sign. */
  const same = { loss: 2, gradient: [0.5, -2, 0], logZGradient: 3, weights: [1 - 1e-3, 1 + 1e-3, 1] };

  it("finds no difference between equal steps", () => {
    for (const difference of Object.values(differences(own, same, [1, 1, 1]) as Record<string, number>))
      expect(difference).toBeLessThan(1e-5);
  });

  it.each([
    ["loss", { loss: 2.1 }],
    ["gradient", { gradient: [0.5, -2, 0.1] }],
    ["update", { weights: [1, 1 + 1e-3, 1] }],
    ["logZGradient", { logZGradient: 2.9 }],
  ])("finds another %s", (what, change) => {
    expect(differences(own, { ...same, ...change }, [1, 1, 1])[what]).toBeGreaterThan(0.02);
  });
});

describe("a contestant", () => {
  const work = { environment: "hypergrid", parameters: { dimensions: 1, side: 3, r0: 0.1 }, objective: "tb", batch: 4, hidden: [4] };

  it("counts what a step asks of the device, and tells its first batch", async () => {
    const contestant = new Contestant("webgfn");
    await contestant.ask("open", [work], 200);
    expect(await contestant.ask("run", [1], 100)).toMatchObject({ dispatches: 6, bindGroups: 0, bytesRead: 0 });
    const { loss, logZ, logForward, logBackward, logReward, lengths, meanLength } = await contestant.ask("firstBatch", [], 100);
    const errors = [0, 1, 2, 3].map((n) => logZ + logForward[n] - logBackward[n] - logReward[n]);
    expect(loss).toBeCloseTo(errors.reduce((sum, error) => sum + error ** 2, 0) / 4, 4);
    expect(meanLength).toBe((lengths[0] + lengths[1] + lengths[2] + lengths[3]) / 4);
    contestant.close();
  });

  it("that cannot run says why", async () => {
    const contestant = new Contestant("webgfn");
    await expect(contestant.ask("open", [{ ...work, hidden: [5000] }], 100)).rejects.toThrow(/hidden must be the widths/);
    contestant.close();
  });

  it("that takes too long is ended", async () => {
    const contestant = new Contestant("webgfn");
    await expect(contestant.ask("open", [work], 0.01)).rejects.toThrow("not done within 0.01 s");
    await expect(contestant.ask("run", [1], 100)).rejects.toThrow("not done within 0.01 s");
  });
});

describe("results", () => {
  const row = (work: string, ratio: number | null, peer = "jax-js webgpu") => ({ work, peer, ratio });

  it("keep what was not raced again, in the order of the works", () => {
    const [first, second, third] = works.map(({ key }: { key: string }) => key);
    const old = { rows: [row(first, 1), row(third, 1)], works: [{ work: first }, { work: third }], date: "before" };
    const merged = merge(old, { rows: [row(second, 2), row(third, 2)], works: [{ work: second }, { work: third }], date: "after" });
    expect(merged.rows).toEqual([row(first, 1), row(second, 2), row(third, 2)]);
    expect(merged.works).toEqual([{ work: first }, { work: second }, { work: third }]);
    expect(merged.date).toBe("after");
  });

  it("are held against ten times on the same adapter, and against CPU backends only without a GPU", () => {
    const rows = [row("a", 9.9), row("b", 10), row("c", null), row("a", 0.9, "tfjs wasm")];
    const reached = (type: string) => againstGoals({ adapter: { type }, rows }).map(({ reached }: { reached: boolean }) => reached);
    expect(reached("gpu")).toEqual([false, true]);
    expect(reached("cpu")).toEqual([false, true, false]);
  });

  it("are held against three times the CPU backends with batches of 16", () => {
    const rows = [row("hypergrid-2d-8-tb", 2.9, "jax-js wasm"), row("hypergrid-2d-8-tb", 3, "tfjs wasm"), row("sets-tb", 1, "tfjs wasm")];
    expect(againstGoals({ adapter: { type: "cpu" }, rows })).toEqual([
      { ...rows[0], goal: 3, reached: false },
      { ...rows[1], goal: 3, reached: true },
      { ...rows[2], goal: 1, reached: true },
    ]);
  });
});

describe("usage", () => {
  it.each([
    [["--work", "chess"], /no work "chess"/],
    [["--limit", "soon"], /--limit must be a number/],
    [["--frequently"], /--frequently/],
    [["--peers", "fortran"], /--peers must be javascript or python, not fortran/],
    [["--work", "hypergrid-2d-8-batch-256-tb"], /no work "hypergrid-2d-8-batch-256-tb"/],
  ])("%j is refused", (args, sentence) => {
    const { status, stderr, stdout } = node(bench("bench.mjs"), ...args);
    expect(stderr).toMatch(sentence);
    expect(status).toBe(2);
    expect(stdout).toBe("");
  });
});
