import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { studiesOf, TASKS, verdict } from "@webgfn/studies";
import { afterAll, describe, expect, it, vi } from "vitest";
import { call, run } from "./run.js";

// SwiftShader takes minutes for what llvmpipe does in one.
vi.setConfig({ testTimeout: 900_000 });

const root = mkdtempSync(join(tmpdir(), "webgfn-reproduce-"));
afterAll(() => rmSync(root, { recursive: true }));

describe("studies", () => {
  it("are the paper's: eight objectives on seven tasks, with its settings and seeds", () => {
    const all = TASKS.flatMap((task) => studiesOf(task, false));
    expect(TASKS).toHaveLength(7);
    for (const task of TASKS) {
      const names = studiesOf(task, false).map(({ name }) => name);
      expect(names.slice(0, 8)).toEqual(["tb", "reverse-kl", "forward-kl", "renyi", "tsallis", "db", "subtb", "vargrad"]);
    }
    expect(all.every(({ configuration }) => configuration.replicas === 3 && configuration.seed === 0)).toBe(true);
    expect(all.find(({ name }) => name === "forward-kl-1024")?.configuration).toMatchObject({ batchSize: 1024, steps: 3125 });
    expect(
      all
        .filter(({ task, name }) => task.name === "gaussian-mixture" && name.startsWith("renyi-"))
        .map(({ configuration }) => configuration.alpha),
    ).toEqual([-2, 2]);
  });

  it("are 25 times shorter with --quick", () => {
    const [sets] = TASKS;
    expect(studiesOf(sets!, true).map(({ configuration }) => configuration.steps)).toEqual(new Array(13).fill(25));
  });
});

describe("verdict", () => {
  it.each([
    ["the same", { mean: 0.03, sd: 0 }, { mean: 0.03, sd: 0 }, "as the paper"],
    ["what printing rounds off", { mean: 0.034, sd: 0 }, { mean: 0.03, sd: 0 }, "as the paper"],
    ["more than printing rounds off", { mean: 0.02, sd: 0 }, { mean: 0.03, sd: 0 }, "nearer"],
    // Twice sqrt((.03² + .04²) / 3) = .0577, and .005
    ["within two standard errors", { mean: 0.282, sd: 0.03 }, { mean: 0.22, sd: 0.04 }, "as the paper"],
    ["beyond two standard errors", { mean: 0.284, sd: 0.03 }, { mean: 0.22, sd: 0.04 }, "farther"],
    ["nothing to compare with", { mean: 0.284, sd: 0.03 }, undefined, ""],
  ])("%s", (_, ours, paper, expected) => {
    expect(verdict(ours, paper, 3)).toBe(expected);
  });
});

describe("reproduce", () => {
  it("runs a task, leaves alone what it has, and writes the comparison", async () => {
    const out = join(root, "quick");
    const command = ["reproduce", "sets", "--objective", "reverse-kl", "--quick", "--out", out];
    const first = await run([...command, "--json"]);
    expect(first.status).toBe(0);
    const { results, variance } = JSON.parse(first.stdout);
    expect(results).toMatchObject([
      { task: "sets", run: "reverse-kl", estimator: "paper", metric: "l1", replicas: 3, steps: 25, paper: { mean: 0.03, sd: 0 } },
      { task: "sets", run: "reverse-kl-none", estimator: "none", note: expect.stringContaining("Fig. 5") },
    ]);
    expect(results[0].adapters).toHaveLength(1);
    // Fig. 2's batch sizes; the reduction is some hundreds.
    expect(variance).toMatchObject([32, 128].map((batchSize) => ({ objective: "reverse-kl", batchSize, batches: 50 })));
    for (const { reduction } of variance) expect(reduction).toBeGreaterThan(100);
    for (const { before, after, verdict: found } of results) {
      // An independent check of the same seeds: .607 ± .014.
      expect(before.mean).toBeCloseTo(0.605, 2);
      expect(after.mean).toBeGreaterThan(0.05);
      expect(["farther", ""]).toContain(found);
    }
    const csv = readFileSync(join(out, "results.csv"), "utf8").trimEnd().split("\n");
    expect(csv).toHaveLength(3);
    expect(csv[1]).toMatch(/^sets,reverse-kl,reverse-kl,,paper,l1,3,25,0\.6/);

    const html = readFileSync(join(out, "report.html"), "utf8");
    expect(html).toMatch(/sets, reverse-kl<\/th>.*<td>0\.03 ± 0<\/td><td>farther<\/td>/);
    expect(html).toContain("<td>255.7 → 0.566</td><td>451.8×</td>");
    expect(html).toContain("Variance of the gradient on sets");
    const table = readFileSync(join(out, "results.md"), "utf8");
    expect(table).toMatch(/^\| reverse-kl \| 0\.\d{3} ± 0\.\d{3}<br>paper 0\.03 ± 0 ↑ \|$/m);
    expect(table).toMatch(/^- sets, reverse-kl-none: 0\.\d{3} ± 0\.\d{3} \(without control variates/m);

    const checkpoint = join(out, "sets", "reverse-kl", "checkpoint.safetensors");
    const { mtimeMs } = statSync(checkpoint);
    rmSync(join(out, "sets", "reverse-kl-none"), { recursive: true });
    const figure = readFileSync(join(out, "sets", "variance.json"), "utf8");
    const again = await run(command);
    expect(again.status).toBe(0);
    expect(statSync(checkpoint).mtimeMs).toBe(mtimeMs);
    expect(readFileSync(join(out, "sets", "variance.json"), "utf8")).toBe(figure);
    expect(again.stdout).toMatch(/^sets +reverse-kl +L1 0\.6\d+ -> 0\.\d+ ± 0\.\d+ +paper 0\.03 ± 0 +farther$/m);
    expect(readFileSync(join(out, "results.csv"), "utf8").trimEnd().split("\n")).toHaveLength(3);

    const other = await run(command.filter((word) => word !== "--quick"));
    expect(other.status).toBe(1);
    expect(other.stderr).toContain("was made with other settings; choose another --out");
  });

  it("knows its tasks", async () => {
    const { status, stderr } = await call(["reproduce", "set"]);
    expect(status).toBe(2);
    expect(stderr).toBe(
      'webgfn: "set" is not a task of the paper (did you mean sets?); choose from sets, sequences, phylogenetics, gaussian-mixture, hypergrid, dags, banana\n',
    );
  });
});
