// How the time of a step grows with batch, horizon, width and replicas, one of them at a time.
import { Contestant, Failure } from "./contestants/client.mjs";
import { median } from "./statistics.mjs";

const sets = (items, size) => ({ environment: "sets", parameters: { items, size }, objective: "tb", batch: 128, hidden: [64, 64] });
const sequences = { environment: "sequences", parameters: { symbols: 8, length: 6 }, objective: "tb", hidden: [64, 64] };

/** Sets have trajectories of one length only, so that the horizon is their length. */
const AXES = {
  batch: { title: "sequences, MLP 2×64", values: [16, 64, 256, 1024, 4096, 16384, 65536], at: (batch) => ({ ...sequences, batch }) },
  horizon: { title: "sets of N out of 64, batch 128, MLP 2×64", values: [4, 8, 16, 32, 64], at: (size) => sets(64, size) },
  width: {
    title: "sets of 16 out of 32, batch 128",
    values: [32, 64, 128, 256, 512],
    at: (width) => ({ ...sets(32, 16), hidden: [width, width] }),
  },
  replicas: {
    title: "sets of 16 out of 32, batch 128, MLP 2×64",
    values: [1, 2, 4, 8, 16],
    at: (replicas) => ({ ...sets(32, 16), replicas }),
  },
};

async function timeOf(work, name, { rounds, milliseconds, limit, say }) {
  const contestant = new Contestant("webgfn");
  try {
    say(`${name}: compiles …`);
    await contestant.ask("open", [work], limit);
    say(`${name}: timing …`);
    const runs = [];
    for (let round = 0; round < rounds; round++) runs.push(await contestant.ask("run", [milliseconds], limit));
    const stepMilliseconds = median(runs.map(({ steps, seconds }) => (1000 * seconds) / steps));
    const trajectories = work.batch * (work.replicas ?? 1);
    say(`${name}: timed`);
    return { milliseconds: stepMilliseconds, trajectoriesPerSecond: (1000 * trajectories) / stepMilliseconds };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { failed: error.message };
  } finally {
    contestant.close();
  }
}

/** [{ axis, title, points: [{ value, milliseconds, trajectoriesPerSecond } or { value, failed }] }] */
export async function growth(options) {
  const axes = [];
  for (const [axis, { title, values, at }] of Object.entries(AXES)) {
    const points = [];
    for (const value of values) {
      points.push({ value, ...(await timeOf(at(value), `growth with ${axis}: ${value}`, options)) });
    }
    axes.push({ axis, title, points });
  }
  return axes;
}
