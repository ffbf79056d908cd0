// One work: this project and every peer, opened one after another, checked on the same trajectories, then timed in turns.
import { loadavg } from "node:os";
import { Contestant, Failure } from "./contestants/client.mjs";
import { kernelTimes } from "./kernels.mjs";
import { median } from "./statistics.mjs";

const OWN = "webgfn";
export const PEERS = ["jax-js webgpu", "jax-js wasm", "tfjs webgpu", "tfjs wasm"];

/** Rates of the step of Adam that is compared. */
const RATE = 1e-3;
const LOG_Z_RATE = 0.1;
/** Largest relative differences that are put down to rounding. A first step of Adam divides gradients by their own size. */
const TOLERANCES = { loss: 1e-3, gradient: 1e-3, update: 0.05, logZGradient: 1e-3 };

/** Difference in the 2-norm, relative to the second. */
function distance(a, b) {
  let difference = 0;
  let size = 0;
  for (let i = 0; i < b.length; i++) {
    difference += (a[i] - b[i]) ** 2;
    size += b[i] ** 2;
  }
  return Math.sqrt(difference / size);
}

/** How far a peer's step is from this project's on the same actions. */
export function differences(own, peer, initialWeights) {
  const moved = peer.weights.map((weight, i) => initialWeights[i] - weight);
  const expected = own.gradient.map((g) => (RATE * g) / (Math.abs(g) + 1e-8));
  const relative = (a, b) => Math.abs(a - b) / Math.max(1e-6, Math.abs(b));
  return {
    loss: relative(peer.loss, own.loss),
    gradient: distance(peer.gradient, own.gradient),
    update: distance(moved, expected),
    ...(own.logZGradient === 0 ? {} : { logZGradient: relative(peer.logZGradient, own.logZGradient) }),
  };
}

/** @throws Failure naming what differs. */
function mustAgree(found) {
  for (const [what, difference] of Object.entries(found)) {
    // Written so that NaN fails as well.
    if (!(difference <= TOLERANCES[what]))
      throw new Failure(`its ${what} on the same trajectories differs by ${difference.toPrecision(3)}`);
  }
}

function flatWeights(layers) {
  return layers.flatMap(({ weight, bias }) => [...weight, ...bias]);
}

/** What is known of one contestant after the race. Only contestants in Node count what they ask of a device. */
function summary(runs, opened, memory, transitions, batch) {
  const rates = runs.map(({ steps, seconds }) => steps / seconds);
  const stepsPerSecond = median(rates);
  const { dispatches, submits, bindGroups, bytesRead } = runs.at(-1);
  return {
    stepsPerSecond,
    slowest: Math.min(...rates),
    fastest: Math.max(...rates),
    trajectoriesPerSecond: stepsPerSecond * batch,
    transitionsPerSecond: stepsPerSecond * transitions,
    ...(dispatches !== undefined && { perStep: { dispatches, submits, bindGroups, bytesRead } }),
    compileSeconds: opened.compileSeconds,
    ...(opened.versions && { versions: opened.versions, threads: opened.threads }),
    ...memory,
  };
}

/** The contestants of one work: those that are in the race, and why others are out of it. */
class Field {
  #work;
  #options;
  #started = [];
  /** By name: { contestant, opened, runs, differences? } */
  entrants = new Map();
  failures = {};

  constructor(work, options) {
    this.#work = work;
    this.#options = options;
  }

  say(what) {
    this.#options.say(`${this.#work.title}: ${what}`);
  }

  /** A question within the time limit. */
  ask(name, question, ...args) {
    return this.entrants.get(name).contestant.ask(question, args, this.#options.limit);
  }

  async enter(name, start) {
    const contestant = new Contestant(name);
    this.#started.push(contestant);
    this.say(`${name} compiles …`);
    this.entrants.set(name, { contestant, runs: [] });
    this.entrants.get(name).opened = await this.ask(name, "open", this.#work, start);
  }

  /** A peer that fails is out; a failure of this project's own is the end of this work. */
  async attempt(name, action) {
    try {
      await action();
    } catch (error) {
      if (!(error instanceof Failure) || name === OWN) throw error;
      this.failures[name] = error.message;
      this.entrants.get(name).contestant.close();
      this.entrants.delete(name);
      this.say(`${name} failed: ${error.message}`);
    }
  }

  close() {
    for (const contestant of this.#started) contestant.close();
  }
}

/** Opens every peer, and lets those go on whose step is this project's. */
async function enterPeers(field, first, peers) {
  const initialWeights = flatWeights(first.weights);
  for (const name of peers) {
    await field.attempt(name, async () => {
      await field.enter(name, first);
      const replayed = await field.ask(name, "replay", first.actions, RATE, LOG_Z_RATE);
      const found = differences(first, replayed, initialWeights);
      mustAgree(found);
      field.entrants.get(name).differences = found;
    });
  }
}

/** `rounds` turns of `milliseconds` each, after a short one that warms up. */
async function takeTurns(field, rounds, milliseconds) {
  for (let round = 0; round <= rounds; round++) {
    for (const name of [...field.entrants.keys()]) {
      await field.attempt(name, async () => {
        const run = await field.ask(name, "run", round === 0 ? 1 : milliseconds);
        if (round === 0) field.say(`${name} about ${(run.steps / run.seconds).toFixed(2)} steps/s`);
        else field.entrants.get(name).runs.push(run);
      });
    }
    if (round === 0) field.say("timing …");
  }
}

async function raceIn(field, work, { rounds, milliseconds, limit, limits, peers }) {
  await field.enter(OWN);
  const first = await field.ask(OWN, "firstBatch");
  await enterPeers(field, first, peers);
  await takeTurns(field, rounds, milliseconds);
  const loadAverage = loadavg()[0];
  // What a host that looks at every step would see.
  const waited = await field.ask(OWN, "run", milliseconds, 1);
  const kernels = await kernelTimes(field.entrants.get(OWN).contestant, work, first.meanLength, limits, limit);
  const contestants = {};
  for (const name of [...field.entrants.keys()]) {
    await field.attempt(name, async () => {
      const { opened, runs, differences } = field.entrants.get(name);
      const memory = await field.ask(name, "memory");
      contestants[name] = {
        ...summary(runs, opened, memory, work.batch * first.meanLength, work.batch),
        ...(differences && { differences }),
      };
    });
  }
  contestants[OWN].waitingStepsPerSecond = waited.steps / waited.seconds;
  field.say("timed");
  const ours = contestants[OWN].stepsPerSecond;
  return {
    rows: peers.map((peer) => {
      const theirs = contestants[peer]?.stepsPerSecond ?? null;
      const failed = field.failures[peer] === undefined ? {} : { failed: field.failures[peer] };
      return { work: work.key, peer, ours, theirs, ratio: theirs === null ? null : ours / theirs, ...failed };
    }),
    details: {
      work: work.key,
      title: work.title,
      meanLength: first.meanLength,
      loadAverage,
      contestants,
      ...(kernels === undefined ? {} : { kernels }),
    },
  };
}

/** Where this project itself does not get through there is nothing to check a peer against. */
function notRun(work, failed, peers) {
  return {
    rows: peers.map((peer) => ({ work: work.key, peer, ours: null, theirs: null, ratio: null, failed: `${OWN}: ${failed}` })),
    details: { work: work.key, title: work.title, failed },
  };
}

/**
 * Rows of the table and details of one work.
 *
 * @param options `rounds` repetitions of `milliseconds` each; `limit` in seconds for each contestant to set up, and for a
 * repetition; `say` for progress; `limits` of the adapter; `peers` that race against this project.
 */
export async function race(work, options) {
  const field = new Field(work, options);
  try {
    return await raceIn(field, work, options);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    field.say(`${OWN} failed: ${error.message}`);
    return notRun(work, error.message, options.peers);
  } finally {
    field.close();
  }
}
