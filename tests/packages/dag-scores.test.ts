/** Scores of graphs against their definitions: one sample predicted after another. */
import { type DagsParameters, type DataFile, dags, localScoreFile } from "@webgfn/envs";
import { bdeScore, bgeScore, type LocalScore, marginalRegressionScore, mulberry32, regressionScore } from "@webgfn/reference";
import { describe, expect, it } from "vitest";
import { chainSamples, csvFile, tabulatedScore } from "../gpu/graph-samples.js";

const LEVELS = [2, 3, 2, 4];

/** Samples of four variables with 2, 3, 2 and 4 levels, each of which repeats the one before it in most samples. */
function discreteSamples(count: number, seed = 5): number[][] {
  const random = mulberry32(seed);
  return Array.from({ length: count }, () => {
    const row: number[] = [];
    for (const levels of LEVELS) row.push(random() < 0.6 ? (row.at(-1) ?? 0) % levels : Math.floor(levels * random()));
    return row;
  });
}

const words = ["none", "some", "a lot", "all"];
const discreteFile = (rows: number[][]): DataFile => ({
  name: "levels.csv",
  text: `a,b,c,d\n${rows.map((row) => row.map((level, v) => (v === 1 ? words[level] : level)).join(",")).join("\n")}\n`,
});

const SETS = [[], [0], [2], [0, 3], [0, 2, 3], [0, 1], [0, 1, 2]];

/** Differences of local scores, which the offsets of a table leave as they are, and the score of the empty graph. */
function expectScore(parameters: DagsParameters, expected: LocalScore): void {
  const environment = dags(parameters);
  const local = tabulatedScore(environment);
  const variables = environment.variableNames.length;
  for (let node = 0; node < variables; node++) {
    for (const parents of SETS) {
      if (parents.includes(node) || parents.length > environment.constants["MOST_PARENTS"]!) continue;
      const gain = expected(node, parents) - expected(node, []);
      expect(Math.abs(local(node, parents) - local(node, []) - gain), `${node} given ${parents}`).toBeLessThan(2e-5 * (1 + Math.abs(gain)));
    }
  }
  const empty = Array.from({ length: variables }, (_, node) => expected(node, [])).reduce((sum, score) => sum + score, 0);
  expect(Math.abs(environment.emptyGraphScore - empty)).toBeLessThan(1e-9 * (1 + Math.abs(empty)));
}

describe("scores of graphs", () => {
  const rows = chainSamples(4, 40);
  const discrete = discreteSamples(60);

  it.each<[string, LocalScore]>([
    ["linear-gaussian", regressionScore(rows)],
    ["marginal-linear-gaussian", marginalRegressionScore(rows)],
    ["bge", bgeScore(rows)],
  ])("%s is that of its definition", (score, expected) => expectScore({ data: csvFile(rows), score }, expected));

  it.each([1, 0.1, 10])("bde with an equivalent sample size of %f is that of its definition", (ess) => {
    expectScore({ data: discreteFile(discrete), score: "bde", ess }, bdeScore(discrete, LEVELS, ess));
  });

  it.each<[string, (rows: number[][]) => LocalScore]>([
    ["marginal-linear-gaussian", marginalRegressionScore],
    ["bge", bgeScore],
  ])("%s leaves samples out for the variable that was set in them", (score, of) => {
    const targets = rows.map((_, n) => (n % 3 === 0 ? n % 4 : -1));
    const text = `a,b,c,d,set\n${rows.map((row, n) => [...row, targets[n]! < 0 ? "none" : "abcd"[targets[n]!]].join(",")).join("\n")}`;
    const observed = [0, 1, 2, 3].map((node) => of(rows.filter((_, n) => targets[n] !== node)));
    expectScore({ data: { name: "set.csv", text }, score, interventions: "set" }, (node, parents) => observed[node]!(node, parents));
  });

  it("bde leaves samples out for the variable that was set in them", () => {
    const text = `a,b,c,d,INT\n${discrete.map((row, n) => [...row, n % 5].join(",")).join("\n")}`;
    const observed = [0, 1, 2, 3].map((node) =>
      bdeScore(
        discrete.filter((_, n) => (n % 5) - 1 !== node),
        LEVELS,
      ),
    );
    expectScore({ data: { name: "set.csv", text }, score: "bde", interventions: "INT" }, (node, parents) => observed[node]!(node, parents));
  });

  it.each(["bge", "bde"])("%s is the same for graphs of the same independences", (score) => {
    const local = tabulatedScore(dags({ data: score === "bde" ? discreteFile(discrete) : csvFile(rows), score }));
    const graph = (edges: [number, number][]) =>
      [0, 1, 2, 3].reduce((sum, child) => {
        const parents = edges.flatMap(([from, to]) => (to === child ? [from] : [])).sort((a, b) => a - b);
        return sum + local(child, parents);
      }, 0);
    const [chain, reversed, fork, collider] = [
      graph([
        [0, 1],
        [1, 2],
        [2, 3],
      ]),
      graph([
        [3, 2],
        [2, 1],
        [1, 0],
      ]),
      graph([
        [1, 0],
        [1, 2],
        [2, 3],
      ]),
      graph([
        [0, 1],
        [2, 1],
        [2, 3],
      ]),
    ];
    expect(reversed).toBeCloseTo(chain!, 4);
    expect(fork).toBeCloseTo(chain!, 4);
    expect(Math.abs(collider! - chain!)).toBeGreaterThan(0.1);
  });

  it("have priors: of each edge, or of each number of parents", () => {
    const data = csvFile(rows);
    const base = bgeScore(rows);
    const probability = 2 / 3;
    expectScore(
      { data, score: "bge", prior: "erdos-renyi" },
      (node, parents) => base(node, parents) + parents.length * Math.log(probability / (1 - probability)),
    );
    expectScore({ data, score: "bge", prior: "fair" }, (node, parents) => base(node, parents) - Math.log([1, 3, 3, 1][parents.length]!));
    expectScore({ data, score: "bge", maxParents: 2 }, base);
  });

  it("of one's own are a file of local scores, for every set of parents", () => {
    const names = ["a", "b", "c", "d"];
    const own: LocalScore = (node, parents) => -node - parents.reduce((sum, parent) => sum + 0.1 * (parent + 1), 0);
    expectScore({ localScores: localScoreFile(names, (v, parents) => own(v, [...parents])) }, own);
    const few = localScoreFile(names, (v, parents) => own(v, [...parents]), 2);
    expectScore({ localScores: few }, own);
    const { parameters, variableNames } = dags({ localScores: few });
    expect(parameters).toEqual({ localScores: few });
    expect(variableNames).toEqual(names);
    expect(() => dags({ localScores: few, maxParents: 3 })).toThrow(/maxParents is 3, but local scores has scores of at most 2 parents/);
    expect(() => dags({ localScores: few, score: "bge" })).toThrow(/takes either localScores or score/);
    const lines = few.text.trim().split("\n");
    const without = (n: number) => ({ name: "s.txt", text: lines.filter((_, i) => i !== n).join("\n") });
    expect(() => dags({ localScores: without(lines.length - 1) })).toThrow(/^s\.txt:\d+: expected a finite score of "d", found the end/);
    const pruned = { name: "s.txt", text: few.text.replace(/a 7\n(.*\n)/, "a 6\n") };
    expect(() => dags({ localScores: pruned })).toThrow(
      /expected a score of "a" for every set of at most 2 parents, found none for no parents; write the scores without pruning/,
    );
  });

  it.each<[string, DagsParameters, RegExp]>([
    ["ess with another score", { ess: 2 }, /ess belongs to the score bde/],
    ["levels with another score", { levels: 2 }, /levels belong to the score bde/],
    ["interventions without data", { interventions: "x" }, /either simulated samples or interventions/],
    ["interventions with the maximum likelihood", { data: csvFile(rows), interventions: "x" }, /linear-gaussian takes no interventions/],
    ["more parents than variables", { maxParents: 5 }, /maxParents must be at most 4 of 5 variables/],
    [
      "more scores than a table holds",
      { variables: 50, maxParents: 6 },
      /50 variables with at most 6 parents have 806111300 local scores, more than the 16777216 of a table/,
    ],
    ["a graph of no kind", { graph: "tree" as never }, /graph must be erdos-renyi or scale-free/],
    ["a prior of no kind", { prior: "flat" }, /prior must be uniform or erdos-renyi or fair/],
  ])("refuse %s", (_, parameters, message) => {
    expect(() => dags(parameters)).toThrow(message);
    expect(() => dags(parameters)).toThrow(expect.objectContaining({ code: "argument" }));
  });

  it.each<[string, string, string]>([
    ["constant", "a,b\nx,y\nx,z\n", 'expected values that differ in column 1 (a), found "x" in every sample'],
    ["copied in other words", "a,b,c\nx,1,u\ny,2,u\nx,1,v\n", "column 2 (b) has the same classes of samples as column 1 (a); remove it"],
    ["short of samples", "a,b\nx,y\n", "expected at least 2 samples, found 1"],
  ])("refuse levels that are %s", (_, text, message) => {
    const parse = () => dags({ score: "bde", data: { name: "bad.csv", text } });
    expect(parse).toThrow(expect.objectContaining({ code: "file", message: expect.stringContaining(message) }));
  });

  it("refuse a multiple of a column by its name, and a combination", () => {
    const text = (third: (x: number, y: number) => number) => ({
      name: "bad.csv",
      text: `a,b,c\n${chainSamples(2, 8)
        .map(([x, y]) => [x, y, third(x!, y!)].join(","))
        .join("\n")}`,
    });
    expect(() => dags({ data: text((x) => 3 - 2 * x) })).toThrow(/column 3 \(c\) is a multiple of column 1 \(a\); remove it/);
    expect(() => dags({ data: text((x, y) => x + y) })).toThrow(/column 3 \(c\) is a linear combination of the columns before it/);
  });
});
