import { Buffer } from "node:buffer";
import type { ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { RandomStream } from "@webgfn/tensor";
import { type Contestant, Unfit } from "./contestant.js";
import type { Settings } from "./tasks.js";
import type { World } from "./world.js";

/** Objects of the handshake; states per request; time limit of a request in seconds. */
const OBJECTS = 256;
const BLOCK = 2048;
const PATIENCE = 1800;

/** A program that reads one request per line and answers each with a line; bench/python/field.py documents them. */
export interface Peer {
  name: string;
  /** Installs its missing requirements. @throws Error with a sentence if that fails. */
  prepare(say: (text: string) => void): void | Promise<void>;
  speak(): Promise<Spoken>;
}

/** The object that bench/python/process.mjs makes. */
interface Spoken {
  child: ChildProcess;
  send(message: unknown): void;
  listen(hear: (message: unknown) => void): void;
  noise: readonly (NodeJS.ReadableStream | null)[];
}

/** The scripts of the benchmarks against Python, which are not a package. */
const BENCH = new URL("../../../../bench/", import.meta.url);
const machinery = (file: string) => import(new URL(file, BENCH).href);

/** A library in its virtual environment. */
const library = (name: string, environment: string): Peer => ({
  name,
  async prepare(say) {
    const { prepareEnvironments } = await machinery("python/environments.mjs");
    prepareEnvironments(say, [environment]);
  },
  async speak() {
    const [{ speakLines }, { pythonOf }] = await Promise.all([machinery("python/process.mjs"), machinery("python/environments.mjs")]);
    return speakLines(pythonOf(environment), [fileURLToPath(new URL(`python/field_${name}.py`, BENCH))]);
  },
});

/** The libraries to compare with. */
export const LIBRARIES: readonly Peer[] = [library("torchgfn", "torch"), library("gfnx", "gfnx")];

/** A process and its requests: bench/contestants/client.mjs. */
interface Client {
  ask(question: string, args: readonly unknown[], seconds: number): Promise<unknown>;
  close(): void;
}

interface Opened {
  compileSeconds: number;
  versions: Record<string, string>;
  threads: number;
}

/** A library as a contestant. */
export class PeerContestant implements Contestant {
  readonly name: string;
  readonly #client: Client;
  readonly #world: World;
  readonly compileSeconds: number;
  readonly about: string;

  private constructor(name: string, client: Client, world: World, { compileSeconds, versions, threads }: Opened) {
    this.name = name;
    this.#client = client;
    this.#world = world;
    this.compileSeconds = compileSeconds;
    const packages = Object.entries(versions).map(([what, version]) => `${what} ${version}`);
    this.about = `${packages.join(", ")}; ${threads} ${threads === 1 ? "thread" : "threads"}`;
  }

  /** @throws Unfit if its program cannot open the task. */
  static async open(peer: Peer, world: World, settings: Settings, signal: AbortSignal): Promise<PeerContestant> {
    const { Contestant: Process } = await machinery("contestants/client.mjs");
    const spoken = await peer.speak();
    const client = new Process(peer.name, () => spoken) as Client;
    signal.addEventListener("abort", () => client.close(), { once: true });
    try {
      const { hidden, batch, learningRate, logZLearningRate } = settings;
      const opened = await ask(client, "open", [
        { ...world.described, actions: world.twin.actions, hidden, batch, learningRate, logZLearningRate },
      ]);
      if (!isOpened(opened)) throw new Unfit("its program did not say what runs");
      return new PeerContestant(peer.name, client, world, opened);
    } catch (error) {
      client.close();
      throw error;
    }
  }

  /** Rewards of objects that a uniform policy reaches. */
  async rewards() {
    const { twin, places } = this.#world;
    const random = new RandomStream(0, 0x66696c68);
    const states = Array.from({ length: OBJECTS }, () => {
      let state = twin.initial();
      while (!twin.isTerminal(state)) {
        const allowed = twin.allowed(state).flatMap((ok, action) => (ok ? [action] : []));
        state = twin.apply(state, allowed[Math.floor(random.uniform() * allowed.length)] as number);
      }
      return state;
    });
    const answer = await this.#ask("log_rewards", [states.map((state) => places(state))]);
    if (!Array.isArray(answer) || answer.length !== states.length) throw new Unfit(`it did not give the log R of ${states.length} objects`);
    return states.map((state, n) => ({ state, logReward: Number(answer[n]) }));
  }

  async start(seed: number): Promise<void> {
    await this.#ask("start", [seed]);
  }

  async train(steps: number): Promise<number> {
    const answer = await this.#ask("train", [steps]);
    const seconds = (answer as { seconds?: unknown } | null)?.seconds;
    if (typeof seconds !== "number") throw new Unfit("it did not say how long it trained");
    return seconds;
  }

  async logZ(): Promise<number> {
    return Number(await this.#ask("log_z", []));
  }

  async policy(states: readonly unknown[]): Promise<Float32Array> {
    const { actions } = this.#world.twin;
    return await this.#inBlocks("policy", states, actions, (places) => [places]);
  }

  async taken(states: readonly unknown[], actions: readonly number[]): Promise<Float32Array> {
    return await this.#inBlocks("taken", states, 1, (places, from) => [places, actions.slice(from, from + places.length)]);
  }

  close(): void {
    this.#client.close();
  }

  async #inBlocks(
    question: string,
    states: readonly unknown[],
    width: number,
    args: (places: number[][], from: number) => unknown[],
  ): Promise<Float32Array> {
    const numbers = new Float32Array(states.length * width);
    for (let from = 0; from < states.length; from += BLOCK) {
      const places = states.slice(from, from + BLOCK).map((state) => this.#world.places(state));
      const found = decoded(await this.#ask(question, args(places, from)));
      if (found.length !== places.length * width) {
        throw new Unfit(`it gave ${found.length} log probabilities, where ${places.length * width} were asked for`);
      }
      numbers.set(found, from * width);
    }
    return numbers;
  }

  #ask(question: string, args: readonly unknown[]): Promise<unknown> {
    return ask(this.#client, question, args);
  }
}

async function ask(client: Client, question: string, args: readonly unknown[]): Promise<unknown> {
  try {
    return await client.ask(question, args, PATIENCE);
  } catch (cause) {
    throw new Unfit(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** Float32 numbers in base 64. */
function decoded(text: unknown): Float32Array {
  if (typeof text !== "string") throw new Unfit("it did not answer with numbers in base 64");
  const bytes = Uint8Array.from(Buffer.from(text, "base64"));
  return new Float32Array(bytes.buffer, 0, Math.floor(bytes.length / 4));
}

function isOpened(value: unknown): value is Opened {
  const opened = value as Partial<Opened> | null;
  return typeof opened?.compileSeconds === "number" && typeof opened.versions === "object" && typeof opened.threads === "number";
}
