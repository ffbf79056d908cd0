/** The race against Python but for the times: what is said between the processes, the words, and whether every step is the same. */
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it, vi } from "vitest";

// Compiling takes long on a busy machine.
vi.setConfig({ testTimeout: 400_000 });

const bench = (name: string): string => fileURLToPath(new URL(`../../bench/${name}`, import.meta.url));

const { Contestant, closeAll } = await import(bench("contestants/client.mjs"));
const { findPython, isReady } = await import(bench("python/environments.mjs"));
const { pythonPeers, speakLines } = await import(bench("python/process.mjs"));
const { nativeSentences, versionLines } = await import(bench("python/words.mjs"));
const { againstGoals } = await import(bench("goals.mjs"));
const { differences } = await import(bench("race.mjs"));
const { table } = await import(bench("table.mjs"));
const { pythonWorks, works } = await import(bench("works.mjs"));

afterAll(closeAll);

/** Speaks the protocol, and does whatever a question names. */
const FAKE = `
const { createInterface } = require("node:readline");
const say = (reply) => process.stdout.write(JSON.stringify(reply) + "\\n");
const does = {
  run: (milliseconds) => say({ answer: { steps: milliseconds, seconds: 2 } }),
  sum: (numbers) => say({ answer: Array.isArray(numbers) ? numbers.reduce((a, b) => a + b) : "no array" }),
  refuse: () => say({ error: "ValueError: not that" }),
  chat: () => process.stdout.write("a library says hello\\n"),
  crash: () => { process.stderr.write("Traceback\\nMemoryError: too much\\n"); process.exit(3); },
  nothing: () => {},
};
createInterface({ input: process.stdin }).on("line", (line) => {
  const { question, args } = JSON.parse(line);
  does[question](...args);
});`;

const fake = () => new Contestant("fake", () => speakLines(process.execPath, ["-e", FAKE]));

describe("a contestant that speaks lines of JSON", () => {
  it("is asked one question after another", async () => {
    const contestant = fake();
    expect(await contestant.ask("run", [4], 60)).toEqual({ steps: 4, seconds: 2 });
    expect(await contestant.ask("sum", [Float32Array.of(1, 2, 0.5)], 60)).toBe(3.5);
    await expect(contestant.ask("refuse", [], 60)).rejects.toThrow("ValueError: not that");
    expect(await contestant.ask("run", [5], 60)).toEqual({ steps: 5, seconds: 2 });
    contestant.close();
  });

  it.each([
    ["chat", 60, "it answered with something else than JSON: a library says hello"],
    ["crash", 60, "its process ended with exit code 3: MemoryError: too much"],
    ["nothing", 0.05, "not done within 0.05 s"],
  ])("that answers a question with %s fails in a sentence", async (question, seconds, sentence) => {
    await expect(fake().ask(question, [], seconds)).rejects.toThrow(sentence);
  });

  it("that is not installed fails", async () => {
    const contestant = new Contestant("fake", () => speakLines("/nowhere/python", []));
    await expect(contestant.ask("run", [1], 60)).rejects.toThrow(/its process did not start: .*ENOENT/);
  });
});

describe("the Python of the environments", () => {
  const versions = (known: Record<string, string>) => (command: string) => known[command];

  it("is the first of a version that the lock files are for", () => {
    const known = versions({ python3: "3.14", "python3.11": "3.11" });
    expect(findPython(undefined, known)).toEqual({ command: "python3.11", version: "3.11" });
    expect(findPython(undefined, versions({ python3: "3.12" }))).toEqual({ command: "python3", version: "3.12" });
  });

  it("is asked for in a sentence where there is none", () => {
    expect(() => findPython(undefined, versions({}))).toThrow(/needs Python 3\.11 or 3\.12 as one of python3.*; there is no Python$/);
    expect(() => findPython(undefined, versions({ python3: "3.9" }))).toThrow(/there is python3, which is 3\.9$/);
  });
});

describe("the works of the race against Python", () => {
  it("are those of the table and two more", () => {
    expect(pythonWorks.slice(0, works.length)).toEqual(works);
    expect(new Set(pythonWorks.map(({ key }: { key: string }) => key)).size).toBe(works.length + 2);
  });

  it("have the libraries in them where those have the same step", () => {
    const peers = Object.fromEntries(pythonWorks.map((work: { key: string }) => [work.key, pythonPeers(work)]));
    expect(peers["hypergrid-2d-8-batch-256-tb"]).toEqual(["PyTorch", "JAX", "torchgfn", "gfnx"]);
    expect(peers["hypergrid-2d-8-renyi"]).toEqual(["PyTorch", "JAX"]);
    expect(peers["sets-tb"]).toEqual(["PyTorch", "JAX"]);
  });
});

describe("the words", () => {
  const rows = [
    { work: "a", peer: "JAX", ratio: 0.25 },
    { work: "b", peer: "JAX", ratio: 2 },
    { work: "c", peer: "JAX", ratio: 0.5 },
    { work: "a", peer: "gfnx", ratio: 3 },
    { work: "b", peer: "gfnx", ratio: null },
    { work: "b", peer: "torchgfn", ratio: null },
  ];

  it("say where native code is faster and by how much, and where not", () => {
    expect(nativeSentences(rows)).toEqual([
      "JAX is faster than webgfn on 2 of 3 works: 4× on a, 2× on c; webgfn is faster by 2× on b.",
      "gfnx is faster than webgfn on 0 of 1 works; webgfn is faster by 3× on a; it failed on 1 of 2.",
      "torchgfn was timed on no work; it failed on 1 of 1.",
    ]);
  });

  it("stand below the table, with versions and threads", () => {
    const contestant = { stepsPerSecond: 8, trajectoriesPerSecond: 16, transitionsPerSecond: 32, compileSeconds: 1, residentBytes: 1e6 };
    const versions = { python: "3.12.1", jax: "0.10.2" };
    const raced = [
      { work: "failed", title: "failed", failed: "why" },
      { work: "a", title: "a", meanLength: 2, contestants: { JAX: { ...contestant, versions, threads: 2 } } },
    ];
    expect(versionLines(raced)).toEqual(["JAX: python 3.12.1, jax 0.10.2; 2 threads"]);
    const printed = table({
      adapter: { name: "x", type: "cpu" },
      limits: { flopsPerSecond: 1, bytesPerSecond: 1 },
      rows: rows.slice(0, 1),
      works: raced,
    });
    expect(printed).toMatch(/JAX +8 +16 +32 +0\.25×/);
    expect(printed).toContain("JAX: python 3.12.1, jax 0.10.2; 2 threads");
    expect(printed).toContain("JAX is faster than webgfn on 1 of 1 works: 4× on a.");
  });

  it("know no goals against native code", () => {
    expect(againstGoals({ adapter: { type: "cpu" }, rows })).toEqual([]);
  });
});

const SMALL = [
  { environment: "hypergrid", parameters: { dimensions: 2, side: 8, r0: 0.1, r1: 0.5, r2: 2 }, stopBias: -1, objective: "tb" },
  { environment: "sets", parameters: { items: 6, size: 3 }, objective: "renyi" },
  { environment: "sequences", parameters: { symbols: 3, length: 4 }, objective: "renyi" },
].map((work) => ({ ...work, batch: 8, hidden: [8, 8] }));

const NEEDS: Record<string, string> = { PyTorch: "torch", JAX: "jax", torchgfn: "torch", gfnx: "gfnx" };

for (const [peer, environment] of Object.entries(NEEDS)) {
  const ready = isReady(environment);
  const reason = ready ? "" : ` (skipped: npm run bench -- --peers python has not installed the environment ${environment})`;
  describe.skipIf(!ready)(`${peer}${reason}`, () => {
    it.each(SMALL.filter((work) => pythonPeers(work).includes(peer)))("takes the same step of $environment, $objective", async (work) => {
      const own = new Contestant("webgfn");
      const contestant = new Contestant(peer);
      await own.ask("open", [work], 300);
      const first = await own.ask("firstBatch", [], 300);
      const opened = await contestant.ask("open", [work, first], 300);
      expect(opened.versions.python).toMatch(/^3\.1[12]\./);
      const replayed = await contestant.ask("replay", [first.actions, 1e-3, 0.1], 300);
      const before = first.weights.flatMap(({ weight, bias }: { weight: number[]; bias: number[] }) => [...weight, ...bias]);
      const { update, ...others } = differences(first, replayed, before);
      expect(update).toBeLessThan(0.05);
      for (const [what, difference] of Object.entries(others)) expect(difference, what).toBeLessThan(1e-3);
      // It goes on training after the comparison.
      expect(await contestant.ask("run", [1], 300)).toMatchObject({ steps: expect.any(Number), seconds: expect.any(Number) });
      own.close();
      contestant.close();
    });
  });
}
