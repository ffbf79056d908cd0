/** Every public option of the API and the command line, given values that nobody should give. */
import {
  bitSequences,
  dags,
  funnel,
  gaussianMixture,
  hypergrid,
  independentSet,
  ising,
  knapsack,
  manyWell,
  maxCut,
  perfectBinaryTree,
  phylogenetics,
  prependAppend,
  qm9Small,
  sequences,
  sets,
  tfbind8,
} from "@webgfn/envs";
import { renyi, subtrajectoryBalance, tsallis } from "@webgfn/objectives";
import { parseConfiguration } from "@webgfn/runs";
import { SETTINGS } from "@webgfn/runs/internal";
import { gin, loadSampler, mlp, Sampler, samplingCheckpoint } from "@webgfn/sampler";
import { type Device, openDevice, RandomStream, WebgfnError } from "@webgfn/tensor";
import { fullEvaluation, gradientVariance, Trainer } from "@webgfn/trainer";
import { checkOptions } from "@webgfn/trainer/internal";
import { describe, expect, it, vi } from "vitest";
import { completeConfiguration } from "webgfn";
import { call, WITHOUT_ADAPTER } from "../cli/run.js";
import { testDevice } from "../gpu/device.js";
import { tiny } from "./tiny.js";

type Options = Record<string, unknown>;

/** Acceptable to no option at all. */
const NEVER: unknown[] = [
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  1e300,
  -1e300,
  null,
  "",
  "x",
  "1",
  1n,
  [],
  [null],
  [Number.NaN],
  {},
  { name: 3 },
  Symbol("s"),
  new Date(Number.NaN),
];
/** Also wrong for whole numbers of at least 0. */
const NOT_WHOLE: unknown[] = [-1, -0.5, 0.5, 1e17, true, () => 1, 2 ** 53];

const device = undefined as unknown as Device;
const environment = sets({ items: 4, size: 2 });
const policy = mlp();
const weights = [{ weight: new Float32Array(1), bias: new Float32Array(1) }];
const variance = { environment, objectives: [renyi()], estimators: ["none"], batchSizes: [4] };

interface Maker {
  owner: string;
  make(options: Options): unknown;
  /** What is needed beside the option. */
  given?: Options;
  whole?: string[];
  others?: string[];
}

// biome-ignore lint/suspicious/noExplicitAny: options of every kind, on purpose
type Any = any;

const MAKERS: Maker[] = [
  { owner: "openDevice", make: (options) => openDevice(options as Any), others: ["gpu"] },
  {
    owner: "hypergrid",
    make: hypergrid as Any,
    whole: ["dimensions", "side", "constrainedDimensions"],
    others: "rewardFamily r0 r1 r2 tierWeights tierBits primes exponentCaps tierLcms neighbours".split(" "),
  },
  {
    owner: "ising",
    make: ising as Any,
    whole: ["rows", "columns", "dataSeed"],
    others: ["boundary", "coupling", "field", "disorder"],
  },
  {
    owner: "independent-set",
    make: independentSet as Any,
    whole: ["vertices", "dataSeed"],
    others: ["model", "edgesPerVertex", "graph", "sets", "temperature"],
  },
  {
    owner: "max-cut",
    make: maxCut as Any,
    whole: ["vertices", "dataSeed"],
    others: ["model", "edgesPerVertex", "graph", "temperature"],
  },
  {
    owner: "knapsack",
    make: knapsack as Any,
    whole: ["items", "dataSeed", "maxItems"],
    others: ["capacity", "temperature", "data"],
  },
  { owner: "perfect-binary-tree", make: perfectBinaryTree as Any, whole: ["depth", "dataSeed"], others: ["rewards"] },
  { owner: "sets", make: sets as Any, whole: ["items", "size", "dataSeed"] },
  {
    owner: "bit-sequences",
    make: bitSequences as Any,
    whole: ["bits", "wordBits", "modes", "modeDistance", "dataSeed"],
    others: ["order", "exponent"],
  },
  { owner: "prepend-append", make: prependAppend as Any, whole: ["symbols", "length", "dataSeed"] },
  { owner: "qm9-small", make: qm9Small as Any, whole: ["dataSeed"] },
  { owner: "tfbind8", make: tfbind8 as Any, whole: ["dataSeed"] },
  { owner: "sequences", make: sequences as Any, whole: ["symbols", "length", "dataSeed"] },
  {
    owner: "dags",
    make: dags as Any,
    whole: ["variables", "samples", "dataSeed", "levels", "maxParents"],
    others: "score data graph graphEdges ess prior priorEdges missing localScores".split(" "),
  },
  {
    owner: "phylogenetics",
    make: phylogenetics as Any,
    whole: ["species", "sites", "dataSeed"],
    others: ["rate", "alignment", "score", "temperature"],
  },
  { owner: "funnel", make: funnel as Any, whole: ["dimensions"], others: ["deviation"] },
  { owner: "many-well", make: manyWell as Any, others: ["dimensions"] },
  { owner: "gaussian-mixture", make: gaussianMixture as Any, others: ["means", "variance", "weights"] },
  { owner: "mlp", make: mlp as Any, whole: ["components"], others: ["hidden", "scales", "backward"] },
  { owner: "gin", make: gin as Any, others: ["hidden"] },
  {
    owner: "a trainer",
    make: checkOptions as Any,
    given: { environment, objective: renyi() },
    whole: ["batchSize", "steps", "seed", "replicas"],
    others:
      "environment policy objective estimator learningRate logZLearningRate logZInitial gradientClip decayPower logZDecayPower exploration explorationEnd logZ backwardLoss".split(
        " ",
      ),
  },
  {
    owner: "a sampler",
    make: (options) => Sampler.create(device, options as Any),
    given: { environment, policy, weights },
    whole: ["seed", "batchSize"],
    others: ["environment", "policy"],
  },
  {
    owner: "loadSampler",
    make: (options) => loadSampler(new Uint8Array(8), options as Any),
    given: { environments: { sets } },
    whole: ["seed", "batchSize", "replica"],
    others: ["device", "signal", "onProgress", "allowBroken"],
  },
  {
    owner: "samplingCheckpoint",
    make: (options) => samplingCheckpoint({ configuration: "{}", step: 0, tensors: {} }, options as Any),
    whole: ["replica"],
  },
  {
    owner: "a measurement of variances",
    make: (options) => gradientVariance(device, options as Any),
    given: variance,
    whole: ["batches", "seed"],
    others: ["environment", "policy", "objectives", "batchSizes", "onBatch"],
  },
];

/** What `make` fails with; anything but an error of ours, or none at all, fails the test. */
async function failure(make: () => unknown): Promise<WebgfnError> {
  try {
    await make();
  } catch (error) {
    if (error instanceof WebgfnError) return error;
    throw error;
  }
  throw new Error("it was accepted");
}

describe.each(MAKERS)("the options of $owner", ({ make, given = {}, whole = [], others = [] }) => {
  const wrong = [
    ...whole.flatMap((name) => [...NEVER, ...NOT_WHOLE].map((value) => ({ name, value }))),
    ...others.flatMap((name) => NEVER.map((value) => ({ name, value }))),
  ];

  it("refuse every bad value by the option's name", async () => {
    for (const { name, value } of wrong) {
      const { code, message } = await failure(() => make({ ...given, [name]: value }));
      expect([code, message], `${name}: ${typeof value}`).toEqual(["argument", expect.stringContaining(name)]);
    }
  });

  it("refuse what is unknown, and suggest what was meant", async () => {
    const random = new RandomStream(1);
    for (const name of [...whole, ...others].filter(({ length }) => length > 3)) {
      // Two neighbours change places.
      const i = 1 + random.integer(name.length - 2);
      const misspelt = name.slice(0, i) + name[i + 1] + name[i] + name.slice(i + 2);
      if (misspelt === name) continue;
      const { code, message } = await failure(() => make({ ...given, [misspelt]: 1 }));
      expect([code, message]).toEqual(["argument", expect.stringContaining(`"${misspelt}" (did you mean ${name}?)`)]);
    }
    for (const options of [null, 3, "x", [], () => 1]) {
      expect((await failure(() => make(options as unknown as Options))).code).toBe("argument");
    }
  });
});

describe("orders", () => {
  it.each(NEVER.filter((value) => typeof value !== "symbol"))("are not %s", async (value) => {
    const makers = [
      () => renyi({ alpha: value as number }),
      () => tsallis({ alpha: value as number }),
      () => subtrajectoryBalance({ lambda: value as number }),
    ];
    // Any finite order is one.
    const finite = Number.isFinite(value);
    for (const make of finite ? makers.slice(2) : makers) expect((await failure(make)).code).toBe("argument");
  });
});

describe("a configuration", () => {
  const json = NEVER.filter((value) => typeof value !== "bigint" && typeof value !== "symbol" && !(value instanceof Date));

  it("refuses every bad value of every field, by the field's name", async () => {
    for (const [field, { rule, option }] of Object.entries(SETTINGS)) {
      for (const value of json) {
        const text = JSON.stringify({ environment: "sets", [field]: value });
        // JSON writes null for what is not finite; empty objects and lists hold nothing to refuse.
        const isNothing = ["null", "{}", "[]"].includes(JSON.stringify(value)) && rule.accepts(JSON.parse(JSON.stringify(value)));
        if (isNothing && (option === undefined || text.includes("null"))) continue;
        const { code, message } = await failure(() => completeConfiguration(parseConfiguration(text, "it")));
        expect(["argument", "file"], text).toContain(code);
        // alpha and lambda are said to be orders of an objective; a name is said not to be one.
        if (option !== undefined && option.kind !== "text") expect(message, text).toMatch(new RegExp(`${field}|it must hold`, "i"));
      }
    }
  });
});

describe("the command line", () => {
  const NUMBERS = ["NaN", "Infinity", "-Infinity", "-1", "1e300", "-1e300", "x", "1x", "0x10", "1,2", "", "null"];
  const options = Object.entries(SETTINGS).filter(([, { option }]) => option?.kind === "number");

  it("refuses every bad number of every option in one line, before an adapter is opened", async () => {
    for (const [name, value] of Object.entries(WITHOUT_ADAPTER)) vi.stubEnv(name, value);
    for (const [field] of options) {
      const option = `--${field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
      for (const text of NUMBERS) {
        // Any finite order is one, and log Z may start below zero.
        if ((field === "alpha" && /e300|^-1$/.test(text)) || (field === "logZInitial" && text === "-1")) continue;
        const { status, stdout, stderr } = await call(["train", "sets", option, text]);
        expect([status, stdout], `${option} ${text}: ${stderr}`).toEqual([2, ""]);
        expect(stderr).toMatch(/^webgfn: [^\n]+\n$/);
      }
    }
    vi.unstubAllEnvs();
  });
});

// Last: an adapter that was opened once can be opened again, whatever the environment says.
describe("a trainer's methods", () => {
  it("refuse bad values", async () => {
    const trainer = await Trainer.create(await testDevice(), tiny());
    for (const value of [...NEVER, -1, 0.5, 0, true]) {
      expect((await failure(() => trainer.run({ evaluateEvery: value as number }).next())).message).toContain("evaluateEvery");
      expect((await failure(() => fullEvaluation(trainer, { top: value as number }))).message).toContain("top");
    }
    for (const value of NEVER) {
      expect((await failure(() => trainer.train(value as number))).message).toContain("count");
      expect((await failure(() => trainer.run({ signal: value as AbortSignal }).next())).message).toContain("signal");
    }
    expect((await failure(() => trainer.run({ evaluatEvery: 1 } as object).next())).message).toContain("did you mean evaluateEvery?");
    expect(trainer.step).toBe(0);
    trainer.dispose();
  });
});
