/** What is particular to directed acyclic graphs: their scores, marginals and files. */
import { type DagsParameters, dags } from "@webgfn/envs";
import { makeObjective } from "@webgfn/objectives";
import { type DagState, targetDistribution, terminalStates } from "@webgfn/reference";
import { mlp } from "@webgfn/sampler";
import { Trainer } from "@webgfn/trainer";
import { describe, expect, it } from "vitest";
import { testDevice } from "./device.js";
import { enumerated } from "./environment-walk.js";
import { chainSamples, csvFile, tabulatedScore } from "./graph-samples.js";
import { exactSamples } from "./helpers.js";
import { bestGraph, GRAPH_SCORES, twin } from "./twins.js";

describe("DAGs", () => {
  it.each([
    [2, 3, [1, 2]],
    [3, 25, [1, 6, 12, 6]],
    [4, 543, [1, 12, 60, 152, 186, 108, 24]],
    [5, 29_281, [1, 20, 180, 940, 3050, 6180, 7960, 6540, 3330, 960, 120]],
  ])("on %i nodes are numbered one by one: %i, by their number of edges", async (variables, count, byEdges) => {
    const environment = dags({ variables, samples: 20 });
    const counts = await enumerated(environment);
    expect(counts.open).toEqual([...byEdges, 0]);
    expect(counts.terminal).toEqual([0, ...byEdges]);
    expect(environment.enumeration).toEqual({ available: true, value: 2 * count });
  });

  it("on more than 5 nodes say why they are not enumerated, and on more than 12 why nothing is exact", () => {
    const environment = dags({ variables: 6 });
    expect(environment.enumeration).toEqual({
      available: false,
      reason: "the DAGs on 6 variables are more than the 29281 on 5 that are enumerated",
    });
    const reason = "exact sums over the DAGs on 13 variables are beyond the 12 for which they are made";
    for (const capability of ["exactLogZ", "exactSampling", "edgeMarginals", "posterior"] as const) {
      expect(environment[capability].available).toBe(true);
      expect(dags({ variables: 13 })[capability]).toEqual({ available: false, reason });
    }
  });

  it.each(["linear-gaussian", "bge"])("know the score of the empty graph and edge marginals: %s", (score) => {
    const rows = chainSamples(4, 12);
    const environment = dags({ data: csvFile(rows), score });
    const { reference } = twin(environment);
    const local = GRAPH_SCORES[score]!(rows);
    expect(environment.emptyGraphScore).toBeCloseTo(
      [0, 1, 2, 3].reduce((sum, node) => sum + local(node, []), 0),
      8,
    );
    expect(environment.logRewardOffset).toBeCloseTo(bestGraph(local, 4).score, 8);
    if (!environment.edgeMarginals.available) throw new Error("expected marginals");
    const marginals = environment.edgeMarginals.value();
    const target = targetDistribution(reference);
    for (let i = 0; i < 4; i++) {
      for (let j = 0; j < 4; j++) {
        const expected = terminalStates(reference)
          .filter(({ adjacency }: DagState) => adjacency[i]![j])
          .reduce((sum, state) => sum + target.get(reference.key(state))!, 0);
        expect(marginals[i]![j], `${i} -> ${j}`).toBeCloseTo(expected, 5);
      }
    }
  });

  it.each(["linear-gaussian", "bge"])("of the same independences have the same reward, others another: %s", (score) => {
    const local = tabulatedScore(dags({ variables: 4, samples: 40, dataSeed: 1, score }));
    const logReward = (edges: [number, number][]): number =>
      [0, 1, 2, 3].reduce((sum, child) => {
        const parents = edges.flatMap(([from, to]) => (to === child ? [from] : [])).sort((a, b) => a - b);
        return sum + local(child, parents);
      }, 0);
    const chain = logReward([
      [0, 1],
      [1, 2],
      [2, 3],
    ]);
    expect(
      logReward([
        [3, 2],
        [2, 1],
        [1, 0],
      ]),
    ).toBeCloseTo(chain, 4);
    expect(
      logReward([
        [1, 0],
        [1, 2],
        [2, 3],
      ]),
    ).toBeCloseTo(chain, 4);
    expect(
      Math.abs(
        logReward([
          [0, 1],
          [2, 1],
          [2, 3],
        ]) - chain,
      ),
    ).toBeGreaterThan(0.1);
    // Every order of the nodes gives a complete graph, and all of them are equivalent.
    const complete = (order: number[]): number =>
      logReward(order.flatMap((to, i) => order.slice(0, i).map((from): [number, number] => [from, to])));
    for (const order of [
      [3, 1, 0, 2],
      [2, 0, 3, 1],
      [3, 2, 1, 0],
    ])
      expect(complete(order)).toBeCloseTo(complete([0, 1, 2, 3]), 4);
    // One edge more never lowers the largest likelihood; the marginal likelihood pays for it.
    const gains = [0, 1, 2, 3].flatMap((child) =>
      [0, 1, 2, 3].filter((parent) => parent !== child).map((parent) => local(child, [parent]) - local(child, [])),
    );
    expect(Math.min(...gains) >= -1e-4).toBe(score === "linear-gaussian");
  });

  it("are drawn as states with children, descendants and the stop flag", () => {
    const environment = dags({ data: csvFile(chainSamples(3, 20)) });
    const chain = exactSamples(environment, 2000, 5).find(
      (state) => JSON.stringify(environment.decode(state)) === '{"edges":[[0,1],[1,2]]}',
    );
    // 0 -> 1 -> 2: node 0 has child 1 and descendants 1 and 2.
    expect(chain).toEqual(Uint32Array.of(0b010 | (0b110 << 16), 0b100 | (0b100 << 16), 0, 1));
  });

  it.each(["renyi", "tb"])("learn their target with %s", async (name) => {
    const trainer = await Trainer.create(await testDevice(), {
      environment: dags({ data: csvFile(chainSamples(3, 30)) }),
      policy: mlp({ hidden: [32, 32] }),
      objective: makeObjective(name),
      batchSize: 64,
      steps: 200,
      learningRate: 1e-2,
    });
    const before = (await trainer.evaluate()).l1!;
    await trainer.train(200);
    const after = (await trainer.evaluate()).l1!;
    trainer.dispose();
    console.log(`DAGs on 3 variables, ${name}: L1 ${before.toFixed(3)} -> ${after.toFixed(3)}`);
    expect(before).toBeGreaterThan(0.3);
    expect(after).toBeLessThan(0.1);
  });

  it("keep the parameters that they were made from", () => {
    const parameters = { variables: 4, samples: 50, dataSeed: 3, score: "bge" };
    const { data, parameters: kept } = dags(parameters);
    expect(kept).toEqual(parameters);
    expect(dags({ ...parameters, dataSeed: 4 }).data).not.toEqual(data);
    expect(dags({ ...parameters, score: "linear-gaussian" }).data).not.toEqual(data);
    const file = csvFile(chainSamples(3, 10));
    const read = dags({ data: file });
    expect(read.parameters).toEqual({ data: file, score: "linear-gaussian" });
    expect(read.title).toBe("DAGs on 3 variables, linear-gaussian score of 10 samples from test.csv");
  });

  it.each([
    ["one variable", { variables: 1 }, /variables must be a whole number from 2 to 50, not 1/],
    ["too many variables", { variables: 51 }, /from 2 to 50, not 51/],
    ["too few samples", { variables: 5, samples: 6 }, /samples must be a whole number from 7/],
    ["NaN samples", { samples: Number.NaN }, /samples/],
    ["a negative seed", { dataSeed: -1 }, /dataSeed/],
    ["an unknown score", { score: "bic" }, /score must be linear-gaussian or marginal-linear-gaussian or bge or bde, not "bic"/],
    ["an inherited name as a score", { score: "toString" }, /score/],
    ["an unknown parameter", { nodes: 5 } as never, /"nodes"/],
    ["data beside variables", { variables: 3, data: { name: "a.csv", text: "1,2\n" } }, /either data or variables/],
    ["data as a path", { data: "a.csv" as never }, /name and text/],
  ])("reject %s", (_, parameters: DagsParameters, message) => {
    expect(() => dags(parameters)).toThrow(message);
    expect(() => dags(parameters)).toThrow(expect.objectContaining({ code: "argument" }));
  });

  const good = csvFile(chainSamples(2, 6)).text;
  it.each([
    ["empty", "", "bad.csv is empty; expected comma-separated numbers, one sample a line"],
    ["only blank lines", "\n \n", "bad.csv is empty; expected comma-separated numbers, one sample a line"],
    ["only a header", "a,b\n", "bad.csv: expected at least 4 samples, two more than its 2 variables, found 0"],
    ["cut off", `a,b\n${good}\n3.`, "bad.csv:8: expected 2 values as in line 1, found 1"],
    ["longer in one line", `${good}\n1,2,3\n`, "bad.csv:7: expected 2 values as in line 1, found 3"],
    ["empty in one line", `${good}\n\n1,2\n`, "bad.csv:7: expected 2 values as in line 1, found none"],
    ["not numeric", `${good}\n1,two\n`, 'bad.csv:7: expected a finite number in column 2, found "two"'],
    ["half numeric in its first line", `1,b\n${good}`, 'bad.csv:1: expected a finite number in column 2, found "b"'],
    ["without a value", `${good}\n1,\n`, 'bad.csv:7: expected a finite number in column 2, found ""'],
    ["NaN", `${good}\nNaN,1\n`, 'bad.csv:7: expected a finite number in column 1, found "NaN"'],
    ["NaN in its first line", `nan,nan\n${good}\n`, 'bad.csv:1: expected a finite number in column 1, found "nan"'],
    ["infinite", `${good}\n1,-inf\n`, 'bad.csv:7: expected a finite number in column 2, found "-inf"'],
    ["beyond float64", `${good}\n1,1e999\n`, 'bad.csv:7: expected a finite number in column 2, found "1e999"'],
    ["short of samples", "1,2\n2,1\n3,5\n", "bad.csv: expected at least 4 samples, two more than its 2 variables, found 3"],
    ["one column", "1\n2\n3\n4\n", "bad.csv: expected 2 to 50 columns (variables), found 1"],
    ["51 columns", `${Array(51).fill(1).join(",")}\n`, "bad.csv: expected 2 to 50 columns (variables), found 51"],
    ["constant", "a,b\n1,7\n2,7\n4,7\n3,7\n", "bad.csv: expected values that differ in column 2 (b), found 7 in every sample"],
    [
      "collinear",
      `a,b,c\n${chainSamples(2, 8)
        .map(([x, y]) => [x, y, 2 * x! - y! + 1].join(","))
        .join("\n")}`,
      "bad.csv: expected linearly independent columns, but column 3 (c) is a linear combination of the columns before it; remove it",
    ],
    [
      "too large to square",
      "1e200,1\n2e200,2\n1e200,0\n5e200,1\n",
      "bad.csv: expected values of ordinary size in column 1 (x0); rescale it",
    ],
  ])("refuse a file that is %s", (_, text, message) => {
    for (const score of ["linear-gaussian", "bge"]) {
      expect(() => dags({ score, data: { name: "bad.csv", text } })).toThrow(
        expect.objectContaining({ code: "file", message: expect.stringContaining(message) }),
      );
    }
  });

  it("read a header, quotes, spaces, exponents, Windows lines and a byte order mark", () => {
    const plain = dags({ data: { name: "a.csv", text: "1,2\n2.5,1\n300,5\n-4,0.25\n" } });
    const dressed = dags({ data: { name: "b.csv", text: '\uFEFF"height", weight\r\n1, +2\r\n 2.5,1.\r\n3e2 ,"5"\r\n-4,.25\r\n\r\n' } });
    expect(dressed.data).toEqual(plain.data);
    expect(plain.variableNames).toEqual(["x0", "x1"]);
    expect(dressed.variableNames).toEqual(["height", "weight"]);
  });
});
