// One work: this project and every peer, opened one after another, checked on the same trajectories, then timed in turns.
import { Contestant, Failure } from "./contestants/client.mjs";
import { kernelTimes } from "./kernels.mjs";
import { median } from "./statistics.mjs";

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

/** What is known of one contestant after the race. */
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
    perStep: { dispatches, submits, bindGroups, bytesRead },
    compileSeconds: opened.compileSeconds,
    ...memory,
  };
}

/** Where this project itself does not get through there is nothing to check a peer against. */
function notRun(work, failed) {
  return {
    rows: PEERS.map((peer) => ({ work: work.key, peer, ours: null, theirs: null, ratio: null, failed })),
    details: { work: work.key, title: work.title, failed },
  };
}

/**
 * @param options `rounds` repetitions of `milliseconds` each; `limit` in seconds for each contestant to set up, and for a
 * repetition; `say` for progress; `limits` of the adapter.
 */
export async function race(work, { rounds, milliseconds, limit, say, limits }) {
  const started = [];
  const failures = {};
  const enter = async (name, ...args) => {
    const contestant = new Contestant(name);
    started.push(contestant);
    say(`${work.title}: ${name} compiles …`);
    return { contestant, opened: await contestant.ask("open", [work, ...args], limit), runs: [] };
  };
  try {
    let own;
    let first;
    try {
      own = await enter("webgfn");
      first = await own.contestant.ask("firstBatch", [], limit);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      say(`${work.title}: webgfn failed: ${error.message}`);
      return notRun(work, `webgfn: ${error.message}`);
    }
    const initialWeights = flatWeights(first.weights);
    const field = { webgfn: own };
    const out = (name, error) => {
      if (!(error instanceof Failure)) throw error;
      failures[name] = error.message;
      field[name]?.contestant.close();
      delete field[name];
      say(`${work.title}: ${name} failed: ${error.message}`);
    };
    for (const name of PEERS) {
      try {
        field[name] = await enter(name, first);
        const replayed = await field[name].contestant.ask("replay", [first.actions, RATE, LOG_Z_RATE], limit);
        field[name].differences = differences(first, replayed, initialWeights);
        mustAgree(field[name].differences);
      } catch (error) {
        out(name, error);
      }
    }
    for (let round = 0; round <= rounds; round++) {
      if (round === 1) say(`${work.title}: timing …`);
      for (const [name, { contestant, runs }] of Object.entries(field)) {
        try {
          // The first round warms up.
          const run = await contestant.ask("run", [round === 0 ? 1 : milliseconds], limit);
          if (round > 0) runs.push(run);
          else say(`${work.title}: ${name} about ${(run.steps / run.seconds).toFixed(2)} steps/s`);
        } catch (error) {
          out(name, error);
        }
      }
    }
    const transitions = work.batch * first.meanLength;
    const contestants = {};
    for (const [name, { contestant, opened, runs, differences }] of Object.entries(field)) {
      const memory = await contestant.ask("memory", [], limit);
      contestants[name] = {
        ...summary(runs, opened, memory, transitions, work.batch),
        ...(differences === undefined ? {} : { differences }),
      };
    }
    // What a host that looks at every step would see.
    const waited = await own.contestant.ask("run", [milliseconds, 1], limit);
    contestants.webgfn.waitingStepsPerSecond = waited.steps / waited.seconds;
    const kernels = await kernelTimes(own.contestant, work, first.meanLength, limits, limit);
    say(`${work.title}: timed`);
    const ours = contestants.webgfn.stepsPerSecond;
    return {
      rows: PEERS.map((peer) => {
        const theirs = contestants[peer]?.stepsPerSecond ?? null;
        const failed = failures[peer] === undefined ? {} : { failed: failures[peer] };
        return { work: work.key, peer, ours, theirs, ratio: theirs === null ? null : ours / theirs, ...failed };
      }),
      details: {
        work: work.key,
        title: work.title,
        meanLength: first.meanLength,
        contestants,
        ...(kernels === undefined ? {} : { kernels }),
      },
    };
  } finally {
    for (const contestant of started) contestant.close();
  }
}
