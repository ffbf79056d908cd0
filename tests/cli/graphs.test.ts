/** What `evaluate` and `report` say of graphs. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dags } from "@webgfn/envs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { call } from "./run.js";

const root = mkdtempSync(join(tmpdir(), "webgfn-graphs-"));
afterAll(() => rmSync(root, { recursive: true }));
const at = (name: string) => join(root, name);
const run = at("run");

/** Discrete samples of rain → wet ← hose, with a word that is missing and an experiment. */
const SAMPLES = `rain,hose,wet,set\n${Array.from({ length: 60 }, (_, n) => {
  const [rain, hose] = [n % 3 === 0, n % 5 < 2];
  return [
    rain ? "yes" : "no",
    hose ? "on" : "off",
    n === 7 ? "" : n % 11 === 0 || rain || hose ? "yes" : "no",
    n % 4 === 0 ? "hose" : "none",
  ].join(",");
}).join("\n")}\n`;

beforeAll(async () => {
  writeFileSync(at("garden.csv"), SAMPLES);
  const words = [
    "train",
    "dags",
    "--env.data",
    at("garden.csv"),
    "--env.score",
    "bde",
    "--env.missing",
    "drop",
    "--env.interventions",
    "set",
  ];
  const { status, stderr } = await call([...words, "--steps", "2", "--batch-size", "16", "--hidden", "8", "--replicas", "2", "--out", run]);
  if (status !== 0) throw new Error(stderr);
});

interface Evaluated {
  replicas: { edgeRmse: number; edgeMarginalError: number; meanEdges: number; expectedShd?: number; edgeAuroc?: number }[];
  summary: Record<string, { mean: number }>;
  edgeMarginals: {
    sampled: number[][];
    exact: number[][];
    rmse: number;
    exactMeanEdges: number;
    paths: { sampled: number[][]; exact: number[][] };
    likeliest: { edges: [number, number][]; sampled: number; exact: number }[];
    classes: { directed: [number, number][]; undirected: [number, number][]; sampled: number; target: number }[];
  };
}

async function evaluated(...more: string[]): Promise<Evaluated> {
  const { stdout, stderr, status } = await call(["evaluate", run, "--json", ...more]);
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Evaluated;
}

describe("evaluate of graphs", () => {
  it("gives probabilities of edges and paths, graphs and classes beside the exact ones", async () => {
    const { replicas, edgeMarginals, summary } = await evaluated();
    const environment = dags({ data: { name: "garden.csv", text: SAMPLES }, score: "bde", missing: "drop", interventions: "set" });
    expect(environment.title).toBe("DAGs on 3 variables, bde score of 59 samples from garden.csv, 1 sample with missing values left out");
    const posterior = environment.posterior.value!();
    expect(edgeMarginals.exact).toEqual(posterior.edges());
    expect(edgeMarginals.paths.exact).toEqual(posterior.paths());
    expect(edgeMarginals.exactMeanEdges).toBeCloseTo(
      posterior
        .edges()
        .flat()
        .reduce((sum, p) => sum + p, 0),
      12,
    );
    const errors = edgeMarginals.sampled.flatMap((row, i) =>
      row.flatMap((share, j) => (i === j ? [] : [share - edgeMarginals.exact[i]![j]!])),
    );
    expect(edgeMarginals.rmse).toBeCloseTo(Math.sqrt(errors.reduce((sum, e) => sum + e * e, 0) / 6), 12);
    expect(replicas[0]!.edgeRmse).toBeCloseTo(edgeMarginals.rmse, 12);
    expect(replicas[0]!.edgeMarginalError).toBeCloseTo(Math.max(...errors.map(Math.abs)), 12);
    expect(replicas[0]!.meanEdges).toBeCloseTo(
      edgeMarginals.sampled.flat().reduce((sum, p) => sum + p, 0),
      12,
    );
    expect(replicas[0]).not.toHaveProperty("expectedShd");
    expect(summary["edgeRmse"]!.mean).toBeCloseTo((replicas[0]!.edgeRmse + replicas[1]!.edgeRmse) / 2, 12);
    // R/Z of a graph is the product of the probabilities of its sets of parents only if these are independent: compare with the scores instead.
    for (const { edges, exact } of edgeMarginals.likeliest) {
      const state = environment.encode!({ edges });
      expect(exact).toBeGreaterThan(0);
      expect(environment.decode(state)).toEqual({ edges });
    }
    const shares = edgeMarginals.classes.map(({ sampled }) => sampled);
    expect([...shares].sort((a, b) => b - a)).toEqual(shares);
    for (const { target } of edgeMarginals.classes) expect(target).toBeGreaterThanOrEqual(0);
  });

  it("compares with a reference, and writes edges for other programs", async () => {
    writeFileSync(at("true.dot"), "digraph { rain -> wet; hose -> wet }");
    const { replicas, edgeMarginals } = await evaluated("--reference", at("true.dot"), "--edges", at("edges.csv"));
    for (const { expectedShd, edgeAuroc } of replicas) {
      expect(expectedShd).toBeGreaterThanOrEqual(0);
      expect(expectedShd).toBeLessThanOrEqual(3);
      expect(edgeAuroc).toBeGreaterThanOrEqual(0);
      expect(edgeAuroc).toBeLessThanOrEqual(1);
    }
    const [head, ...lines] = readFileSync(at("edges.csv"), "utf8").trim().split("\n");
    expect(head).toBe("from,to,probability,exact");
    const [i, j] = [0, 2];
    expect(lines).toContain(`rain,wet,${edgeMarginals.sampled[i]![j]},${edgeMarginals.exact[i]![j]}`);
  });

  it("lists as many graphs and classes as are asked for", async () => {
    const [many, one] = [await evaluated("--graphs", "12"), await evaluated("--graphs", "1")];
    expect(many.edgeMarginals.likeliest).toHaveLength(12);
    expect(many.edgeMarginals.likeliest[0]).toEqual(one.edgeMarginals.likeliest[0]);
    expect(many.edgeMarginals.classes.length).toBeGreaterThan(5);
    expect(one.edgeMarginals.classes).toHaveLength(1);
  });

  it("prints tables with the variables' names", async () => {
    const { stdout } = await call(["evaluate", run]);
    expect(stdout).toContain("share of sampled graphs with an edge from row to column (exact), replica 0");
    expect(stdout).toContain("the best graphs sampled");
    expect(stdout).toContain("the Markov equivalence classes sampled most often");
    expect(stdout).toMatch(/rain(→|–)wet|wet(→|–)rain/);
    expect(stdout).toContain("edge RMSE");
  });

  it.each<[string, string[], string]>([
    ["an unknown variable", ["--reference", at("bad.csv")], 'bad.csv:1: expected one of the variables "rain", "hose", "wet"'],
    ["a file that is missing", ["--reference", at("none.csv")], "none.csv"],
    ["another ending", ["--edges", at("edges.xlsx")], "--edges names a file that ends in .csv, .json, .dot, .graphml"],
  ])("refuses %s", async (_, words, message) => {
    writeFileSync(at("bad.csv"), "rain,snow\n");
    const { status, stderr, stdout } = await call(["evaluate", run, ...words]);
    expect(stderr).toContain(message);
    expect(stdout).toBe("");
    expect(status).toBe(message.includes("bad.csv") || message === "none.csv" ? 1 : 2);
  });
});

describe("a report on graphs", () => {
  it("draws edge probabilities as maps and as graphs with the variables' names", async () => {
    const { status, stderr } = await call(["report", run, "--out", at("report.html")]);
    expect(stderr).not.toMatch(/no picture/);
    expect(status).toBe(0);
    const page = readFileSync(at("report.html"), "utf8");
    expect(page).toContain("<h3>Edge marginals</h3>");
    expect(page).toContain("<h3>Likely edges</h3>");
    expect(page).toMatch(/<title>(rain|hose|wet) → (rain|hose|wet): /);
    expect(page.match(/<div class="graph">/g)).toHaveLength(2);
  });
});
