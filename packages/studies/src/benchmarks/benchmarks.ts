import { join } from "node:path";
import { reportPage } from "@webgfn/report";
import { line } from "@webgfn/runs/internal";
import { Interruption, notWritable, openQuietly, reason, requireNoLinks, tell, writeText } from "@webgfn/runs/node/internal";
import type { Device } from "@webgfn/tensor";
import { unknownWord } from "@webgfn/tensor/internal";
import { type Contestant, requireSameRewards, Unfit } from "./contestant.js";
import { Graph, type Measures } from "./graph.js";
import { LIBRARIES, type Peer, PeerContestant } from "./peers.js";
import { type Result, readResult, readTogether, writeResult, writeTogether } from "./results.js";
import { byTask, type Row, rowLine, rowsCsv, rowsHtml, rowsMarkdown, verdicts } from "./rows.js";
import { measureSampled } from "./sampled.js";
import { requireTables } from "./table.js";
import { planned, SEEDS, TASKS, type Task } from "./tasks.js";
import { Webgfn } from "./webgfn.js";
import type { World } from "./world.js";

/** Options of {@link reproduceBenchmarks}. */
export interface BenchmarkOptions {
  /** Names of tasks. An empty list means all tasks. */
  tasks: readonly string[];
  /** Names of libraries to compare with. Default: all. */
  peers?: readonly string[];
  /** The folder with tables of measurements: see docs/field-benchmarks.md. */
  data?: string;
  /** The folder for results, tables and the report. Existing results are kept. */
  out: string;
  /** Whether to take only a quarter of the steps. */
  quick: boolean;
  /** Whether to print one JSON object instead of lines of text. */
  json: boolean;
  /** Writes to standard output. */
  print: (text: string) => Promise<unknown>;
  /** The benchmarks and the libraries. Tests pass others. */
  benchmarks?: readonly Task[];
  libraries?: readonly Peer[];
}

/**
 * Trains the field's benchmarks here and in other libraries, measures all of them with the same code, and writes tables and a report.
 *
 * @returns the exit status: 0, or the status of the signal that stopped it.
 * @throws WebgfnError `argument` for an unknown task or library.
 */
export async function reproduceBenchmarks(options: BenchmarkOptions): Promise<number> {
  const { out, quick, json, print, data, benchmarks = TASKS, libraries = LIBRARIES } = options;
  if (data !== undefined) requireTables(data);
  const tasks = named("a benchmark", benchmarks, options.tasks).map((task) => planned(task, quick, data));
  const wanted = options.peers === undefined ? libraries : named("a library to compare with", libraries, options.peers, true);
  try {
    for (const { name } of tasks) requireNoLinks(out, join(out, name));
  } catch (cause) {
    throw notWritable(out, reason(cause));
  }
  const peers = await prepared(wanted);
  const rows: Row[] = [];
  const device = await openQuietly();
  const interruption = new Interruption();
  try {
    for (const task of tasks) {
      const field = new Field(task, device, out, data, interruption.signal);
      for (const contestant of ["webgfn", ...libraries.map(({ name }) => name)]) {
        const peer = peers.find(({ name }) => name === contestant);
        if (contestant !== "webgfn" && peer === undefined && task.libraries.includes(contestant)) continue;
        const row = await field.row(contestant, peer);
        if (interruption.signal.aborted) {
          tell("webgfn: stopped; run the same command again to resume\n");
          return interruption.status;
        }
        rows.push(row);
        if (!json) await print(`${rowLine(row)}\n`);
        writeTables(rows, out);
      }
    }
  } finally {
    interruption.dispose();
    device.dispose();
  }
  const found = byTask(rows).flatMap(verdicts);
  await print(json ? line({ results: rows.map(plain), verdicts: found }) : summary(found, out));
  return 0;
}

/** One task and its contestants. Costly parts are made when the first contestant has work left. */
class Field {
  readonly #task: Task;
  readonly #device: Device;
  readonly #out: string;
  readonly #data: string | undefined;
  readonly #signal: AbortSignal;
  #world: World | undefined;
  #judge: ((contestant: Contestant) => Promise<Measures>) | undefined;

  constructor(task: Task, device: Device, out: string, data: string | undefined, signal: AbortSignal) {
    this.#task = task;
    this.#device = device;
    this.#out = out;
    this.#data = data;
    this.#signal = signal;
  }

  /** The row of this project, or of a library. */
  async row(contestant: string, peer: Peer | undefined): Promise<Row> {
    const { name, settings, libraries } = this.#task;
    const isOurs = contestant === "webgfn";
    if (!isOurs && !libraries.includes(contestant)) return { task: this.#task, contestant, results: [], failure: `not in ${contestant}` };
    const read = () => SEEDS.map((seed) => readResult(this.#out, name, contestant, seed, settings));
    const missing = SEEDS.filter((_, n) => read()[n] === undefined);
    let failure: string | undefined;
    if (missing.length > 0 || (isOurs && readTogether(this.#out, name, settings) === undefined)) {
      failure = await this.#run(contestant, peer, missing);
    }
    const together = isOurs ? readTogether(this.#out, name, settings) : undefined;
    const results = read().filter((result) => result !== undefined);
    return { task: this.#task, contestant, results, ...(together && { together }), ...(failure !== undefined && { failure }) };
  }

  /** Trains the missing seeds. Returns why it ended early, if it did. */
  async #run(name: string, peer: Peer | undefined, seeds: readonly number[]): Promise<string | undefined> {
    const { settings } = this.#task;
    tell(`${this.#task.name}: ${name} …\n`);
    this.#world ??= this.#task.world(this.#data);
    const world = this.#world;
    let contestant: Webgfn | PeerContestant | undefined;
    try {
      contestant =
        peer === undefined
          ? await Webgfn.open(this.#device, world, settings)
          : await PeerContestant.open(peer, world, settings, this.#signal);
      await requireSameRewards(world, contestant);
      this.#judge ??= judgeOf(world);
      for (const seed of seeds) {
        if (this.#signal.aborted) return undefined;
        await this.#train(contestant, seed, this.#judge);
      }
      if (contestant instanceof Webgfn && readTogether(this.#out, this.#task.name, settings) === undefined && !this.#signal.aborted) {
        const replicas = SEEDS.length;
        const stepsPerSecond = await contestant.together(replicas);
        writeTogether(this.#out, this.#task.name, { settings, replicas, stepsPerSecond });
      }
      return undefined;
    } catch (error) {
      // A library that fails becomes a row of the table; the others continue.
      if (!(error instanceof Unfit)) throw error;
      if (!this.#signal.aborted) tell(`webgfn: ${this.#task.name}: ${name} failed: ${error.message}\n`);
      return `failed: ${error.message}`;
    } finally {
      contestant?.close();
    }
  }

  async #train(contestant: Contestant, seed: number, judge: (contestant: Contestant) => Promise<Measures>): Promise<void> {
    const { name: task, settings } = this.#task;
    const { name, about, compileSeconds } = contestant;
    await contestant.start(seed);
    let seconds = 0;
    // Train in pieces, so that a signal can stop it in between.
    const piece = Math.ceil(settings.steps / 20);
    for (let step = 0; step < settings.steps; step += piece) {
      if (this.#signal.aborted) return;
      seconds += await contestant.train(Math.min(piece, settings.steps - step));
    }
    const measures = await judge(contestant);
    const result: Result = { task, contestant: name, about, settings, seed, seconds, compileSeconds, measures };
    if (!this.#signal.aborted) writeResult(this.#out, result);
  }
}

/** Most states that are listed: evaluating a policy at more takes longer than training it. */
const MOST_LISTED = 2 ** 18;

/** Returns the measurement of a task: exact over listed states if they are few, else by sampling. */
function judgeOf(world: World): (contestant: Contestant) => Promise<Measures> {
  const { enumeration } = world.environment;
  if (!enumeration.available || enumeration.value > MOST_LISTED) return (contestant) => measureSampled(world, contestant);
  const graph = new Graph(world);
  return (contestant) => graph.measure(contestant);
}

/** The available libraries. For each missing one, prints the reason; its rows are left out. */
async function prepared(peers: readonly Peer[]): Promise<Peer[]> {
  const there: Peer[] = [];
  for (const peer of peers) {
    try {
      await peer.prepare((text) => tell(`${text}\n`));
      there.push(peer);
    } catch (error) {
      tell(`webgfn: not compared with ${peer.name}: ${error instanceof Error ? error.message : String(error)}\n`);
    }
  }
  return there;
}

function named<T extends { name: string }>(what: string, all: readonly T[], names: readonly string[], none = false): readonly T[] {
  if (none && names.join() === "none") return [];
  if (!none && names.length === 0) return all;
  return names.map((name) => {
    const found = all.find((each) => each.name === name);
    if (found !== undefined) return found;
    throw unknownWord(what, name, [...all.map((each) => each.name), ...(none ? ["none"] : [])]);
  });
}

function writeTables(rows: readonly Row[], out: string): void {
  writeText(join(out, "results.csv"), rowsCsv(rows));
  writeText(join(out, "results.md"), rowsMarkdown(rows));
  const introduction = { title: "Benchmarks of the field", html: rowsHtml(rows), charts: [] };
  writeText(join(out, "report.html"), reportPage([], new Map(), [], introduction));
}

function plain({ task, contestant, results, together, failure }: Row) {
  return {
    task: task.name,
    contestant,
    settings: task.settings,
    published: task.published,
    results: results.map(({ seed, seconds, compileSeconds, measures, about }) => ({ seed, seconds, compileSeconds, measures, about })),
    ...(together && { together: { replicas: together.replicas, stepsPerSecond: together.stepsPerSecond } }),
    ...(failure !== undefined && { failure }),
  };
}

function summary(found: readonly string[], out: string): string {
  return `
${found.map((sentence) => `${sentence}\n`).join("")}
  values  ${join(out, "results.csv")}
  table   ${join(out, "results.md")}
  report  ${join(out, "report.html")}
`;
}
