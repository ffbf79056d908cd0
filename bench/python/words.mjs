// What a race against native code says, in words: versions, and where it is faster.
import { times } from "../format.mjs";

/** Versions and threads of each contestant that told them, a line each. The threads may be others from work to work. */
export function versionLines(works) {
  const told = new Map();
  for (const { contestants = {} } of works) {
    for (const [name, { versions, threads }] of Object.entries(contestants)) {
      if (versions !== undefined) told.set(name, { versions, threads: new Set([...(told.get(name)?.threads ?? []), threads]) });
    }
  }
  return [...told].map(([name, { versions, threads }]) => {
    const packages = Object.entries(versions).map(([what, version]) => `${what} ${version}`);
    const counts = [...threads].sort((a, b) => a - b).join(" or ");
    return `${name}: ${packages.join(", ")}; ${counts} ${counts === "1" ? "thread" : "threads"}`;
  });
}

const byFactor = (a, b) => b.factor - a.factor;
const listed = (rows) => rows.map(({ work, factor }) => `${times(factor)} on ${work}`).join(", ");

/** A sentence for each peer, from the rows of a race: { work, peer, ratio }. Rows without a ratio have failed. */
export function nativeSentences(rows) {
  const peers = [...new Set(rows.map(({ peer }) => peer))];
  return peers.map((peer) => {
    const own = rows.filter((row) => row.peer === peer);
    const timed = own.filter(({ ratio }) => ratio !== null);
    const failed = own.length - timed.length;
    const tail = failed === 0 ? "" : `; it failed on ${failed} of ${own.length}`;
    if (timed.length === 0) return `${peer} was timed on no work${tail}.`;
    const wins = timed.filter(({ ratio }) => ratio < 1).map(({ work, ratio }) => ({ work, factor: 1 / ratio }));
    const losses = timed.filter(({ ratio }) => ratio >= 1).map(({ work, ratio }) => ({ work, factor: ratio }));
    const count = `${peer} is faster than webgfn on ${wins.length} of ${timed.length} works`;
    const where = wins.length === 0 ? "" : `: ${listed(wins.sort(byFactor))}`;
    const elsewhere = losses.length === 0 ? "" : `; webgfn is faster by ${listed(losses.sort(byFactor))}`;
    return `${count}${where}${elsewhere}${tail}.`;
  });
}
