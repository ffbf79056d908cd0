import { type DagsParameters, dags, environment as environmentByName } from "@webgfn/envs";
import { objective } from "@webgfn/objectives";
import { mlp } from "@webgfn/sampler";
import { Trainer } from "@webgfn/trainer";
import { describe, expect, it } from "vitest";
import {
  bgeScore,
  type DagState,
  edgesOf,
  type LocalScore,
  logZ,
  mulberry32,
  dags as referenceDags,
  regressionScore,
  targetDistribution,
  terminalStates,
} from "../reference/index.js";
import { testDevice } from "./device.js";
import { enumerated, walkBeside } from "./environment-walk.js";
import { chiSquare, chiSquareLimit, countsOf } from "./helpers.js";

/** Samples of x_j = ½ x_{j−1} + noise: weak enough dependences that no graph takes all of the target. */
function samples(variables: number, count: number, seed = 3): number[][] {
  const random = mulberry32(seed);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Array.from({ length: count }, () => {
    const row: number[] = [];
    for (let j = 0; j < variables; j++) row.push(10 + 0.5 * (row[j - 1] ?? 0) + normal());
    return row;
  });
}

const SCORES: Record<string, (rows: number[][]) => LocalScore> = { "linear-gaussian": regressionScore, bge: bgeScore };

/** An environment of these samples and its oracle, which scores them from their definition; log R is relative to the empty graph. */
function twin(rows: number[][], score = "linear-gaussian") {
  const text = rows.map((row) => row.join(",")).join("\n");
  const environment = dags({ data: { name: "test.csv", text }, score });
  const local = SCORES[score]!(rows);
  const known = new Map<string, number>();
  const cached: LocalScore = (node, parents) => {
    const key = `${node}|${parents}`;
    if (!known.has(key)) known.set(key, local(node, parents));
    return known.get(key)!;
  };
  const nodes = rows[0]!.length;
  const reference = referenceDags({ nodes, score: (node, parents) => cached(node, parents) - cached(node, []) });
  return { environment, reference, object: ({ adjacency }: DagState) => ({ edges: edgesOf(adjacency) }) };
}

describe("DAGs", () => {
  it.each([
    { variables: 2, score: "linear-gaussian" },
    { variables: 3, score: "bge" },
    { variables: 4, score: "linear-gaussian" },
    { variables: 5, score: "bge" },
    { variables: 5, score: "linear-gaussian" },
    { variables: 7, score: "bge" },
    { variables: 12, score: "linear-gaussian" },
  ])("walk as the oracle does, and score as the samples say: %o", async ({ variables, score }) => {
    const { lengths } = await walkBeside({ ...twin(samples(variables, 30), score), walks: variables > 5 ? 6 : 24, tolerance: 1e-5 });
    expect(Math.max(...lengths)).toBe((variables * (variables - 1)) / 2 + 1);
  });

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

  it("on more than 5 nodes say why they are not enumerated", () => {
    const environment = dags({ variables: 6 });
    const reason = "the DAGs on 6 variables are more than the 29281 on 5 that are enumerated";
    for (const capability of ["enumeration", "exactLogZ", "exactSampling", "edgeMarginals"] as const) {
      expect(environment[capability]).toEqual({ available: false, reason });
    }
  });

  it.each(["linear-gaussian", "bge"])("know log Z, the score of the empty graph and edge marginals: %s", (score) => {
    const rows = samples(4, 12);
    const { environment, reference } = twin(rows, score);
    expect(environment.exactLogZ).toEqual({ available: true, value: expect.closeTo(logZ(reference), 5) });
    const local = SCORES[score]!(rows);
    expect(environment.emptyGraphScore).toBeCloseTo(
      [0, 1, 2, 3].reduce((sum, node) => sum + local(node, []), 0),
      8,
    );
    if (!environment.edgeMarginals.available) throw new Error("expected marginals");
    const marginals = environment.edgeMarginals.value();
    const target = targetDistribution(reference);
    for (let i = 0; i < 4; i++) {
      for (let j = 0; j < 4; j++) {
        const expected = terminalStates(reference)
          .filter(({ adjacency }) => adjacency[i]![j])
          .reduce((sum, state) => sum + target.get(reference.key(state))!, 0);
        expect(marginals[i]![j], `${i} -> ${j}`).toBeCloseTo(expected, 5);
      }
    }
  });

  it.each(["linear-gaussian", "bge"])("of the same independences have the same reward, others another: %s", (score) => {
    const { data } = dags({ variables: 4, samples: 40, dataSeed: 1, score });
    // The table is [child][parents as bits], relative to no parents.
    const logReward = (edges: [number, number][]): number =>
      [0, 1, 2, 3].reduce((sum, child) => {
        const parents = edges.reduce((bits, [from, to]) => (to === child ? bits | (1 << from) : bits), 0);
        return sum + data[child * 16 + parents]!;
      }, 0);
    expect(logReward([])).toBe(0);
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
      [0, 1, 2, 3].filter((parent) => parent !== child).map((parent) => data[child * 16 + (1 << parent)]!),
    );
    expect(Math.min(...gains) >= -1e-4).toBe(score === "linear-gaussian");
  });

  it("are sampled from R/Z", () => {
    const { environment, reference, object } = twin(samples(3, 20));
    if (!environment.exactSampling.available) throw new Error("expected an exact sampler");
    const terminals = terminalStates(reference);
    const target = targetDistribution(reference);
    const count = 20_000;
    const words = environment.exactSampling.value(count, 5);
    const drawn = Array.from({ length: count }, (_, n) => words.subarray(4 * n, 4 * n + 4));
    const counts = countsOf(
      drawn.map((state) => JSON.stringify(environment.decode(state))),
      terminals.map((state) => JSON.stringify(object(state))),
    );
    const against = (probabilities: number[]): number => chiSquare(counts, probabilities);
    expect(against(terminals.map((state) => target.get(reference.key(state))!))).toBeLessThan(chiSquareLimit(24));
    expect(against(terminals.map(() => 1 / 25))).toBeGreaterThan(chiSquareLimit(24));
    // 0 -> 1 -> 2: node 0 has child 1 and descendants 1 and 2; the states are stopped.
    const chain = drawn.find((state) => JSON.stringify(environment.decode(state)) === '{"edges":[[0,1],[1,2]]}');
    expect(chain).toEqual(Uint32Array.of(0b010 | (0b110 << 16), 0b100 | (0b100 << 16), 0, 1));
    expect(environment.exactSampling.value(3, 5)).toEqual(words.slice(0, 12));
    expect(environment.exactSampling.value(30, 6)).not.toEqual(words.slice(0, 120));
  });

  it.each(["renyi", "tb"])("learn their target with %s", async (name) => {
    const trainer = await Trainer.create(await testDevice(), {
      environment: twin(samples(3, 30)).environment,
      policy: mlp({ hidden: [32, 32] }),
      objective: objective(name),
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

  it("are made again from their parameters", () => {
    const simulated = dags({ variables: 4, samples: 50, dataSeed: 3, score: "bge" });
    expect(simulated.parameters).toEqual({ variables: 4, samples: 50, dataSeed: 3, score: "bge" });
    expect(environmentByName("dags", JSON.parse(JSON.stringify(simulated.parameters))).data).toEqual(simulated.data);
    expect(dags({ variables: 4, samples: 50, dataSeed: 4, score: "bge" }).data).not.toEqual(simulated.data);
    expect(dags({ variables: 4, samples: 50, dataSeed: 3 }).data).not.toEqual(simulated.data);
    const read = twin(samples(3, 10)).environment;
    expect(environmentByName("dags", JSON.parse(JSON.stringify(read.parameters))).data).toEqual(read.data);
    expect(read.title).toBe("DAGs on 3 variables, linear-gaussian score of 10 samples from test.csv");
  });

  it.each([
    ["one variable", { variables: 1 }, /variables must be a whole number from 2 to 12, not 1/],
    ["too many variables", { variables: 13 }, /from 2 to 12, not 13/],
    ["too few samples", { variables: 5, samples: 6 }, /samples must be a whole number from 7/],
    ["NaN samples", { samples: Number.NaN }, /samples/],
    ["a negative seed", { dataSeed: -1 }, /dataSeed/],
    ["an unknown score", { score: "bic" }, /score must be linear-gaussian or bge, not "bic"/],
    ["an inherited name as a score", { score: "toString" }, /score/],
    ["an unknown parameter", { nodes: 5 } as never, /"nodes"/],
    ["data beside variables", { variables: 3, data: { name: "a.csv", text: "1,2\n" } }, /either data or variables/],
    ["data as a path", { data: "a.csv" as never }, /name and text/],
  ])("reject %s", (_, parameters: DagsParameters, message) => {
    expect(() => dags(parameters)).toThrow(message);
    expect(() => dags(parameters)).toThrow(expect.objectContaining({ code: "argument" }));
  });

  const good = samples(2, 6)
    .map((row) => row.join(","))
    .join("\n");
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
    ["one column", "1\n2\n3\n4\n", "bad.csv: expected 2 to 12 columns (variables), found 1"],
    ["13 columns", `${Array(13).fill(1).join(",")}\n`, "bad.csv: expected 2 to 12 columns (variables), found 13"],
    ["constant", "a,b\n1,7\n2,7\n4,7\n3,7\n", "bad.csv: expected values that differ in column 2 (b), found 7 in every sample"],
    [
      "collinear",
      `a,b,c\n${samples(2, 8)
        .map(([x, y]) => [x, y, 2 * x! - y! + 1].join(","))
        .join("\n")}`,
      "bad.csv: expected linearly independent columns, but column 3 (c) is a combination of those before it; leave it out",
    ],
    [
      "too large to square",
      "1e200,1\n2e200,2\n1e200,0\n5e200,1\n",
      "bad.csv: expected values of ordinary size in column 1 (x0); rescale it",
    ],
  ])("refuse a file that is %s", (_, text, message) => {
    for (const score of ["linear-gaussian", "bge"]) {
      expect(() => dags({ score, data: { name: "bad.csv", text } })).toThrow(expect.objectContaining({ code: "file", message }));
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
