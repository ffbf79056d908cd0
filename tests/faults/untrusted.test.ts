/** Readers of files that anyone may have written: a typed error or a valid result, whatever stands there. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseAlignment, parseNumericCsv } from "@webgfn/envs/internal";
import { parseConfiguration } from "@webgfn/runs";
import { RunFolder } from "@webgfn/runs/node";
import { readText } from "@webgfn/runs/node/internal";
import { decodeCheckpoint, encodeCheckpoint } from "@webgfn/sampler";
import { WebgfnError } from "@webgfn/tensor";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { completeConfiguration, encodeObjects, makeEnvironment, readObjects } from "webgfn";
import { mutatedBytes, mutatedTexts } from "./mutations.js";

const root = mkdtempSync(join(tmpdir(), "webgfn-untrusted-"));
afterAll(() => rmSync(root, { recursive: true }));

/** What `read` gives, or `undefined` where it refuses with one of these codes; anything else is a failure. */
function orRefused<T>(read: () => T, ...codes: string[]): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof WebgfnError && codes.includes(error.code)) return undefined;
    throw error;
  }
}

/** Checks `valid` on everything that is read, and that neither all nor none of the files are. */
function fuzz<Input, Output>(
  inputs: fc.Arbitrary<Input>,
  runs: number,
  read: (input: Input) => Output | undefined,
  valid: (output: Output) => void,
) {
  let [accepted, refused] = [0, 0];
  fc.assert(
    fc.property(inputs, (input) => {
      const output = read(input);
      if (output === undefined) refused += 1;
      else {
        accepted += 1;
        valid(output);
      }
    }),
    { numRuns: runs, seed: 1 },
  );
  expect(Math.min(accepted, refused)).toBeGreaterThan(runs / 200);
}

const product = (shape: readonly number[]) => shape.reduce((all, extent) => all * extent, 1);

describe("checkpoints", () => {
  const configuration = JSON.stringify({ environment: "sets", env: { items: 4, size: 2 } });
  const tensor = (...shape: number[]) => ({ shape, data: Float32Array.from({ length: product(shape) }, (_, i) => i) });
  const file = encodeCheckpoint({
    configuration,
    step: 12,
    tensors: { "policy.layers.0.weight": tensor(2, 3, 40), log_z: tensor(2), none: tensor(0) },
  });

  it("are read whole or refused", () => {
    fuzz(
      mutatedBytes(file),
      5000,
      (bytes) => orRefused(() => ({ bytes, ...decodeCheckpoint(bytes) }), "file"),
      ({ bytes, step, tensors }) => {
        expect(Number.isSafeInteger(step) && step >= 0).toBe(true);
        const all = Object.values(tensors);
        for (const { shape, data } of all) expect(data.length).toBe(product(shape));
        expect(all.reduce((sum, { data }) => sum + data.byteLength, 0)).toBeLessThanOrEqual(bytes.length);
      },
    );
  });

  it("take no more memory than the file, whatever their header says", () => {
    const headerOf = (entries: object) => {
      const text = new TextEncoder().encode(JSON.stringify({ __metadata__: {}, ...entries }));
      const bytes = new Uint8Array(8 + text.length + 16);
      new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
      bytes.set(text, 8);
      return bytes;
    };
    const whole = { dtype: "F32", shape: [4], data_offsets: [0, 16] };
    const half = { dtype: "F32", shape: [2], data_offsets: [0, 8] };
    for (const entries of [{ a: whole, b: whole }, { a: half }, { a: half, b: { ...half, data_offsets: [12, 20] } }, {}]) {
      expect(() => decodeCheckpoint(headerOf(entries))).toThrow(/overlaps|of no tensor|within it/);
    }
    const huge = new Uint8Array(64);
    new DataView(huge.buffer).setBigUint64(0, 2n ** 63n, true);
    expect(() => decodeCheckpoint(huge)).toThrow("it ends within its header");
    const named = JSON.parse(`{"__proto__": ${JSON.stringify(whole)}}`) as object;
    expect(() => decodeCheckpoint(headerOf(named))).toThrow("not a webgfn checkpoint");
  });

  it("of another version are refused by its name", () => {
    const other = new TextEncoder().encode(new TextDecoder("latin1").decode(file).replace("webgfn-1", "webgfn-9"));
    const bytes = Uint8Array.from(file, (value, i) => (i < 200 ? (other[i] ?? value) : value));
    expect(() => decodeCheckpoint(bytes, "it")).toThrow("it is not a webgfn checkpoint: its format is webgfn-9, not webgfn-1");
  });
});

describe("configurations", () => {
  const texts = [
    { environment: "sets", env: { items: 4, size: 2 }, objective: "renyi", alpha: 0.5, estimator: "paper", batchSize: 16, hidden: [8, 8] },
    {
      environment: "hypergrid",
      env: { dimensions: 2, side: 4, r0: 0.1 },
      objective: "subtb",
      lambda: 0.9,
      steps: 10,
      seed: 3,
      replicas: 2,
    },
    {
      environment: "gaussian-mixture",
      env: {
        means: [
          [0, 0],
          [1, 1],
        ],
      },
      components: 3,
      scales: [0.1, 1],
      learningRate: 0.01,
      gradientClip: 1,
    },
    {
      environment: "dags",
      env: { data: { name: "a.csv", text: "a,b\n1,2\n2,1\n3,5\n4,4\n5,9\n" } },
      backward: "learned",
      logZInitial: null,
    },
  ].map((configuration) => JSON.stringify(configuration));

  it("are refused, or complete and stay what they are when they are read again", () => {
    fuzz(
      mutatedTexts(...texts),
      3000,
      (text) => orRefused(() => completeConfiguration(parseConfiguration(text, "it")), "argument", "file"),
      (configuration) => expect(completeConfiguration(parseConfiguration(JSON.stringify(configuration), "it"))).toEqual(configuration),
    );
  });
});

describe("alignments", () => {
  const rows = ["ACGTACGT", "ACGTTCGA", "AC-TACN?"];
  const texts = [
    rows.map((row, i) => `>taxon${i} a\n${row.slice(0, 4)}\n${row.slice(4)}\n`).join(""),
    `3 8\n${rows.map((row, i) => `taxon${i}    ${row}\n`).join("")}`,
    `#NEXUS\n[a [nested] comment]\nbegin data;\ndimensions ntax=3 nchar=8;\nformat datatype=dna missing=? gap=- interleave;\nmatrix\n${rows.map((row, i) => `'taxon ${i}' ${row.slice(0, 4)}\n`).join("")}${rows.map((row, i) => `'taxon ${i}' {AC}${row.slice(5)}\n`).join("")};\nend;\n`,
  ];

  it("are read whole or refused", () => {
    fuzz(
      mutatedTexts(...texts),
      6000,
      (text) => orRefused(() => parseAlignment({ name: "it", text }), "file"),
      ({ names, sequences }) => {
        expect(new Set(names).size).toBe(sequences.length);
        expect(new Set(sequences.map((sequence) => sequence.length)).size).toBe(1);
        for (const sequence of sequences) for (const bases of sequence) expect(bases > 0 && bases < 16).toBe(true);
      },
    );
  });
});

describe("tables", () => {
  it("are read whole or refused", () => {
    fuzz(
      mutatedTexts("a,b,c\n1,2,3\n-4.5,6e1,.7\n", "1,2\n3,4\n\n", '"x","y"\r\n1,1\r\n2,2\r\n'),
      5000,
      (text) => orRefused(() => parseNumericCsv({ name: "it", text }), "file"),
      ({ names, rows }) => {
        expect(new Set(names).size).toBe(names.length);
        for (const row of rows) expect(row.length === names.length && row.every(Number.isFinite)).toBe(true);
      },
    );
  });
});

describe("objects", () => {
  const sets = makeEnvironment("sets", { items: 6, size: 2 });
  const trees = makeEnvironment("phylogenetics", { species: 4, sites: 5 });
  const graphs = makeEnvironment("dags", { variables: 3, samples: 20 });
  const header = "{'descr': [('items', '<i4', (2,)), ('logReward', '<f4')], 'fortran_order': False, 'shape': (3,), }";
  const npy = Uint8Array.from([0x93, ...Buffer.from("NUMPY"), 1, 0, header.length, 0, ...Buffer.from(header), ...new Uint8Array(36)]);
  for (const [at, item] of [0, 1, 0, 5, 2, 0, 3, 4, 0].entries()) npy[npy.length - 36 + 4 * at] = item;
  const texts = [
    '{"object":{"items":[0,1]},"logReward":1.5}\n{"items":[4,5]}\n{"items":[2,3]}\n',
    "items_0,items_1,logReward\n0,1,1.5\n4,5,-2\n3,2,0\n",
    '"items[0]";"items[1]"\r\n0;1\r\n5;4\r\n',
  ];
  const newick = '{"newick":"((s0:1,\'s1\')x,(s2,s3)[y]);"}\n{"object":{"newick":"(((s0,s2),s3),s1);"}}\n';
  const adjacency =
    "adjacency_0_0,adjacency_0_1,adjacency_0_2,adjacency_1_0,adjacency_1_1,adjacency_1_2,adjacency_2_0,adjacency_2_1,adjacency_2_2\n0,1,1,0,0,1,0,0,0\n";

  it.each([
    [
      "JSON lines and tables of sets",
      sets,
      fc
        .constantFrom(...texts)
        .chain(mutatedTexts)
        .map((text) => new TextEncoder().encode(text)),
    ],
    ["arrays of sets", sets, mutatedBytes(npy)],
    ["trees", trees, mutatedTexts(newick).map((text) => new TextEncoder().encode(text))],
    ["graphs", graphs, mutatedTexts(adjacency).map((text) => new TextEncoder().encode(text))],
  ] as const)("are read whole or refused: %s", (_, environment, files) => {
    fuzz(
      files,
      3000,
      (bytes) => orRefused(() => readObjects(environment, { name: "objects", bytes }), "file"),
      (objects) => {
        const states = encodeObjects(environment, objects);
        expect(states).toHaveLength(objects.length * environment.stateWords);
        const again = { name: "again", text: objects.map((object) => JSON.stringify(object)).join("\n") };
        expect(readObjects(environment, again)).toEqual(objects);
      },
    );
  });
});

describe("metrics", () => {
  const lines = [0, 10, 20].map((step) =>
    JSON.stringify({
      step,
      seconds: step / 10,
      l1: 0.5,
      replicas: [{ seed: 0, loss: null, l1: 0.5 }],
      time: "2026-01-31T12:00:00.000Z",
      stepsPerSecond: 100,
    }),
  );
  const path = join(root, "run");
  mkdirSync(path);
  writeFileSync(join(path, "config.json"), JSON.stringify(completeConfiguration({ environment: "sets" })));
  const folder = RunFolder.open(path);
  const evaluations = (read: { step: number; seconds?: number; time?: string; stepsPerSecond?: number; replicas: unknown[] }[]) => {
    for (const { step, seconds, time = "2026", stepsPerSecond = 1, replicas } of read) {
      expect(Number.isSafeInteger(step) && typeof seconds === "number" && typeof stepsPerSecond === "number").toBe(true);
      expect(Date.parse(time)).not.toBeNaN();
      for (const replica of replicas) expect(replica).toBeInstanceOf(Object);
    }
  };

  it("are read up to the damage, and continued only where they are whole", () => {
    fuzz(
      mutatedTexts(lines.map((line) => `${line}\n`).join("")),
      1000,
      (text) => {
        writeFileSync(join(path, "metrics.jsonl"), text);
        evaluations(folder.readMetrics().evaluations);
        return orRefused(() => folder.truncateMetrics(10), "file");
      },
      (kept) => {
        evaluations(kept);
        expect(folder.readMetrics()).toEqual({ evaluations: kept });
      },
    );
  });
});

describe("a file made to take long", () => {
  const MILLION = 1_000_000;
  const objectsOf = (name: string, parameters: Record<string, number>) => (text: string) =>
    readObjects(makeEnvironment(name, parameters), { name: "it", text });
  it.each<[string, (text: string) => unknown, string]>([
    ["a table with digits without end", (text) => parseNumericCsv({ name: "it", text }), `${"1".repeat(MILLION)}x,1\n`],
    [
      "a table of a hundred thousand columns",
      (text) => parseNumericCsv({ name: "it", text }),
      `${Array.from({ length: 1e5 }, (_, i) => i).join(",")}\n1\n`,
    ],
    ["comments in comments", (text) => parseAlignment({ name: "it", text }), `#NEXUS ${"[".repeat(MILLION)}`],
    ["a PHYLIP file of blank lines", (text) => parseAlignment({ name: "it", text }), `3 4\n${"\n".repeat(MILLION)}`],
    ["a tree of brackets", objectsOf("phylogenetics", { species: 3, sites: 4 }), `{"newick":"${"(".repeat(MILLION)}"}`],
    ["a tree of quotes", objectsOf("phylogenetics", { species: 3, sites: 4 }), `{"newick":"${"'".repeat(MILLION)}"}`],
    ["a set of a million items", objectsOf("sets", {}), `{"items":[${"1,".repeat(MILLION)}1]}`],
    ["an object in objects", objectsOf("sets", {}), `${'{"object":'.repeat(MILLION)}1${"}".repeat(MILLION)}`],
    ["a header of a million digits", objectsOf("sets", {}), `items_${"1".repeat(MILLION)}x\n1\n`],
    ["a header of a million marks", objectsOf("sets", {}), `items${"_1".repeat(MILLION)}x\n1\n`],
    ["a header of a million blanks", objectsOf("sets", {}), `items_0${" ".repeat(MILLION)}x\n1\n`],
    ["a FASTA file of one letter", (text) => parseAlignment({ name: "it", text }), `>a\n${"A".repeat(MILLION)}\n>b\nA\n>c\nA`],
    [
      "lists in lists",
      (text) => completeConfiguration(parseConfiguration(text, "it")),
      `{"environment":"sets","env":${"[".repeat(MILLION)}`,
    ],
    [
      "a list of lists",
      (text) => completeConfiguration(parseConfiguration(text, "it")),
      `{"environment":"gaussian-mixture","env":{"means":${"[".repeat(5000)}${"]".repeat(5000)}}}`,
    ],
  ])("%s is refused in time", (_, read, text) => {
    const start = performance.now();
    expect(orRefused(() => read(text), "file", "argument")).toBeUndefined();
    expect(performance.now() - start).toBeLessThan(5000);
  });

  it("or that never ends is refused", () => {
    expect(() => readText("/dev/zero")).toThrow("/dev/zero cannot be read: it is a device and may never end");
  });
});
