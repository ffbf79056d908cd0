// The tables of docs/benchmarks.md, from the results in bench/results: `node bench/tables.mjs` writes them between their markers,
// `node bench/tables.mjs --check [PAGE]` fails where the page says something else.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { markdownTable, renewPage } from "../packages/setup/generated-page.mjs";
import { short, times } from "./format.mjs";
import { againstGoals } from "./goals.mjs";
import { PEERS } from "./race.mjs";

const RESULTS = new URL("results/", import.meta.url);
const PAGE = fileURLToPath(new URL("../docs/benchmarks.md", import.meta.url));

/** Races against the peers in JavaScript, newest first; the folder also holds other races and single measurements. */
function committedResults() {
  return readdirSync(RESULTS)
    .filter((name) => name.endsWith(".json"))
    .map((name) => JSON.parse(readFileSync(new URL(name, RESULTS), "utf8")))
    .filter(({ rows, limits }) => limits !== undefined && rows.some(({ peer }) => PEERS.includes(peer)))
    .sort((a, b) => b.date.localeCompare(a.date) || a.adapter.name.localeCompare(b.adapter.name));
}

function raceTable({ works, rows }) {
  const lines = works.map(({ work, title, contestants, failed }) => {
    if (failed !== undefined) return [title, "does not fit", "", ...PEERS.map(() => "")];
    const ratios = PEERS.map((name) => {
      const row = rows.find(({ peer, work: of }) => of === work && peer === name);
      return row.ratio === null ? "failed" : times(row.ratio);
    });
    return [title, short(contestants.webgfn.stepsPerSecond), short(contestants.webgfn.trajectoriesPerSecond), ...ratios];
  });
  return markdownTable([["", "steps/s", "trajectories/s", ...PEERS], ...lines]);
}

/** Which rows fall short of what this project means to reach, and by how much. */
function goalSentences(result) {
  const goals = againstGoals(result);
  const sentence = (rows, what) => {
    if (rows.length === 0) return [];
    const missed = rows.filter(({ reached }) => !reached);
    const list = missed.map(({ work, peer, ratio, goal }) => `${work} against ${peer} (${times(goal / ratio)} short)`).join(", ");
    return [`${what}: ${rows.length - missed.length} of ${rows.length} rows${missed.length === 0 ? "" : `; not ${list}`}.`];
  };
  const isOnCpu = ({ peer }) => !peer.endsWith("webgpu");
  const smallBatches = goals.filter((row) => isOnCpu(row) && row.goal > 1);
  return [
    ...sentence(
      goals.filter((row) => !isOnCpu(row)),
      "At least ten times the peers on the same adapter",
    ),
    ...sentence(
      goals.filter(isOnCpu).map((row) => ({ ...row, goal: 1, reached: row.ratio >= 1 })),
      "Faster than their CPU backends",
    ),
    ...sentence(smallBatches, "At least three times those with batches of 16"),
  ].join(" ");
}

function failures({ works, rows }) {
  const reasons = works.flatMap(({ work, title, failed }) => {
    if (failed !== undefined) return [`- ${title}: ${failed}.`];
    return rows
      .filter((row) => row.work === work && row.failed !== undefined)
      .map((row) => `- ${title}: ${row.peer} failed: ${row.failed}.`);
  });
  return reasons.length === 0 ? [] : [reasons.join("\n")];
}

/** The stages of a step, and which kernels are theirs: one, or on the layered path several. What is left is the objective. */
const STAGES = {
  rollout: /^(rollout|begin|embed|dense|act)$/,
  objective: undefined,
  backward: /_backward$/,
  "weight gradient": /^weight_gradient$/,
  reduction: /^reduce_gradient$/,
  update: /^update$/,
};

function stageOf(kernel) {
  return Object.keys(STAGES).find((stage) => STAGES[stage]?.test(kernel)) ?? "objective";
}

/** The kernels of the works that have them, as shares of the step. */
function kernelTable({ works }) {
  const timed = works.filter(({ kernels }) => kernels !== undefined);
  if (timed.length === 0) return [];
  const stages = Object.keys(STAGES);
  const lines = timed.map(({ title, kernels }) => [
    title,
    ...stages.map((stage) => stageText(kernels.filter(({ kernel }) => stageOf(kernel) === stage))),
  ]);
  return ["Milliseconds of each kernel (GFLOP/s, on real transitions):", markdownTable([["", ...stages], ...lines])];
}

function stageText(kernels) {
  const milliseconds = short(kernels.reduce((sum, kernel) => sum + kernel.milliseconds, 0));
  const [{ flopsPerSecond }] = kernels;
  return kernels.length > 1 || flopsPerSecond === undefined ? milliseconds : `${milliseconds} (${short(flopsPerSecond / 1e9)})`;
}

function growthTable({ growth }) {
  if (growth === undefined) return [];
  const lines = growth.map(({ axis, title, points }) => {
    const cells = points.map(({ value, milliseconds }) => `${value}: ${milliseconds === undefined ? "does not fit" : short(milliseconds)}`);
    return `- ${axis} (${title}): ${cells.join(", ")}`;
  });
  return [`Milliseconds of a step as one size grows, the others fixed:`, lines.join("\n")];
}

/** Whether the machine had something else to do: contestants take turns, and none runs more threads than there are processors. */
function disturbance({ works, processors }) {
  const highest = Math.max(...works.map(({ loadAverage = 0 }) => loadAverage));
  if (highest < 2 * processors) return "";
  return ` Other programs ran at the same time (load averages up to ${short(highest)} on ${processors} processors): rates are low, ratios rough.`;
}

function section(result) {
  const { adapter, machine, date, limits, peers } = result;
  return [
    `**${adapter.name}** (${adapter.type}), ${machine}, ${date}; fused multiply-adds ${short(limits.flopsPerSecond / 1e9)} GFLOP/s, ` +
      `copies ${short(limits.bytesPerSecond / 1e9)} GB/s. jax-js ${peers["@jax-js/jax"]}, TensorFlow.js ${peers["@tensorflow/tfjs"]}.${disturbance(result)}`,
    raceTable(result),
    goalSentences(result),
    ...failures(result),
    ...kernelTable(result),
    ...growthTable(result),
  ].join("\n\n");
}

function main(words) {
  const complaint = "the tables of docs/benchmarks.md are not what bench/results say: node bench/tables.mjs";
  renewPage(words, PAGE, "bench", committedResults().map(section), complaint);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv.slice(2));
