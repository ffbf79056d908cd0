/**
 * The plain linker makes of this project's modules what the whole one does: kernels of training, evaluation and sampling, as adapters of
 * several kinds need them. Nothing is compiled: the GPU here is one that does nothing.
 */
import { makeEnvironment } from "@webgfn/envs";
import { makeObjective, type Objective } from "@webgfn/objectives";
import { gin, mlp, type Policy, Sampler } from "@webgfn/sampler";
import { type Device, Kernel, type KernelSource, openDevice } from "@webgfn/tensor";
import { linkPlain, linkWhole } from "@webgfn/tensor/internal";
import { Trainer, type TrainerOptions } from "@webgfn/trainer";
import { afterAll, describe, expect, it, vi } from "vitest";
import { idleGpu } from "./idle-gpu.js";

const docs = new URL("../../docs/", import.meta.url);
const { jensenShannon } = (await import(new URL("own-objective/jensen-shannon.mjs", docs).href)) as { jensenShannon: Objective };
const { residual } = (await import(new URL("own-policy/residual.mjs", docs).href)) as { residual: Policy };

/** A name, a number or a sign; what is between them is of no account. */
const TOKEN = /[\w.]+|[^\s\w]/g;

/**
 * Declarations in a fixed order, each with one space between its tokens, without the number behind a name that two modules declare: which of
 * them gets the number is the linker's affair.
 */
function declarations(wgsl: string, renamed: RegExp): string[] {
  const found: string[] = [];
  let depth = 0;
  let tokens: string[] = [];
  for (const [token] of wgsl.matchAll(TOKEN)) {
    if (/[)\]}]/.test(token)) depth -= 1;
    if (/[([{]/.test(token)) depth += 1;
    if (/[)\]}]/.test(token) && tokens.at(-1) === ",") tokens.pop();
    tokens.push(token.replace(renamed, "$1"));
    if (depth > 0 || !/[;}]/.test(token)) continue;
    if (tokens.length > 1) found.push(tokens.join(" "));
    tokens = [];
  }
  return found.sort();
}

/** Names with a number at their end that the modules themselves do not have. */
function renamedIn(wgsl: string, { modules, constants = {} }: KernelSource): RegExp {
  const given = new Set([...Object.values(modules), ...Object.keys(constants)].flatMap((text) => text.match(/\w+/g) ?? []));
  const names = [...new Set(wgsl.match(/\b[A-Za-z_]\w*?\d+\b/g) ?? [])].filter((name) => !given.has(name));
  return new RegExp(`^(${names.map((name) => name.replace(/\d+$/, "")).join("|") || "(?!)"})\\d+$`);
}

const sources = new Map<string, KernelSource>();
const compile = Kernel.compile.bind(Kernel);
vi.spyOn(Kernel, "compile").mockImplementation((device, source) => {
  sources.set(JSON.stringify([source.root, source.conditions, Object.values(source.modules)]), source);
  return compile(device, source);
});
afterAll(() => vi.restoreAllMocks());

const DIVERGENCES = ["renyi", "reverse-kl", "forward-kl", "tsallis", "jsd"];
const BALANCE = ["tb", "vargrad", "db", "subtb"];
const SMALL = { policy: mlp({ hidden: [8, 8] }), batchSize: 8, steps: 10 };
const PATHS = [{ path: "fused" }, { path: "layered" }] as const;

async function make(device: Device, name: string, objectives: readonly string[], options: Partial<TrainerOptions> = {}): Promise<void> {
  const environment = makeEnvironment(name);
  for (const objective of objectives) {
    const trainer = await Trainer.create(device, { ...SMALL, environment, objective: makeObjective(objective), ...options });
    trainer.dispose();
  }
}

async function sample(device: Device, name: string, policy: Policy): Promise<void> {
  const environment = makeEnvironment(name);
  const trainer = await Trainer.create(device, { ...SMALL, environment, objective: makeObjective("tb"), policy });
  const [weights = []] = await trainer.weights();
  (await Sampler.create(device, { environment, policy, weights })).dispose();
  trainer.dispose();
}

describe("the plain linker", () => {
  it.each([
    ["a software adapter with subgroups", { software: true, subgroups: 8 }],
    ["a software adapter without", { software: true, subgroups: 0 }],
    ["a GPU with subgroups", { software: false, subgroups: 32 }],
  ])("agrees with the whole one for %s", async (_, adapter) => {
    sources.clear();
    using device = await openDevice({ gpu: idleGpu(adapter) });
    await make(device, "sets", [...DIVERGENCES, ...BALANCE]);
    for (const paths of PATHS) await make(device, "hypergrid", ["renyi", "tb", "subtb"], paths);
    for (const weighting of ["geometric", "equal"]) {
      await make(device, "hypergrid", ["subtb"], { objective: makeObjective("subtb", { weighting }) });
    }
    await make(device, "hypergrid", ["renyi", "tb"], { policy: mlp({ hidden: [8], backward: "learned" }) });
    await make(device, "sequences", ["renyi", "vargrad"], { replicas: 2 });
    await make(device, "dags", ["mdb", "db", "tsallis"]);
    await make(device, "sets", ["fm"]);
    await make(device, "phylogenetics", ["reverse-kl", "tb"], { policy: gin() });
    await make(device, "gaussian-mixture", ["renyi", "tb"]);
    await make(device, "banana", ["forward-kl", "db"]);
    await make(device, "hypergrid", ["tb"], { objective: jensenShannon, policy: residual });
    await sample(device, "sets", SMALL.policy);
    await sample(device, "phylogenetics", gin());
    expect(sources.size).toBeGreaterThan(100);
    for (const source of sources.values()) {
      const { wgsl } = await linkWhole(source);
      const plain = linkPlain(source) ?? "";
      expect(declarations(plain, renamedIn(plain, source)), source.root).toEqual(declarations(wgsl, renamedIn(wgsl, source)));
    }
  });
});
