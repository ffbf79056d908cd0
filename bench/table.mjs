// A result for people.

import { short, times } from "./format.mjs";
import { againstGoals } from "./goals.mjs";
import { isPython } from "./python/process.mjs";
import { nativeSentences, versionLines } from "./python/words.mjs";

function columns(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column])).join("  ")}`.trimEnd()).join("\n");
}

/** What is not known of a contestant stays empty. */
const cell = (value) => (value === undefined ? "" : short(value));

/** Contestants of one work: rates, what they cost, and how many times faster this project is. */
function workTable({ title, meanLength, contestants, kernels, failed: reason }, rows) {
  if (reason !== undefined) return `${title}\n  failed: ${reason}`;
  const header = [
    "",
    "steps/s",
    "trajectories/s",
    "transitions/s",
    "ratio",
    "dispatches",
    "bytes read",
    "compile s",
    "resident MB",
    "buffers MB",
  ];
  const lines = Object.entries(contestants).map(([name, c]) => {
    const ratio = rows.find(({ peer }) => peer === name)?.ratio;
    return [
      name,
      short(c.stepsPerSecond),
      short(c.trajectoriesPerSecond),
      short(c.transitionsPerSecond),
      ratio == null ? "" : times(ratio),
      cell(c.perStep?.dispatches),
      cell(c.perStep?.bytesRead),
      short(c.compileSeconds),
      short(c.residentBytes / 1e6),
      cell(c.bufferBytes && c.bufferBytes / 1e6),
    ];
  });
  const failed = rows.filter((row) => row.failed !== undefined).map(({ peer, failed }) => `  ${peer}: failed: ${failed}`);
  const kernelLines = kernels?.map(({ kernel, milliseconds, flopsPerSecond, ofPeak, bytesPerSecond, ofBandwidth }) => {
    const flops = flopsPerSecond === undefined ? "" : `${short(flopsPerSecond / 1e9)} GFLOP/s, ${short(100 * ofPeak)} % of the peak`;
    const bytes = bytesPerSecond === undefined ? "" : `${short(bytesPerSecond / 1e9)} GB/s, ${short(100 * ofBandwidth)} % of a copy's`;
    return [kernel, `${short(milliseconds)} ms`, flops || bytes];
  });
  return [
    `${title}  (${short(meanLength)} transitions per trajectory)`,
    columns([header, ...lines]),
    ...failed,
    ...(kernelLines === undefined ? [] : [columns(kernelLines)]),
  ].join("\n");
}

function growthTable({ axis, title, points }) {
  const lines = points.map(({ value, milliseconds, trajectoriesPerSecond, failed }) =>
    failed === undefined
      ? [String(value), `${short(milliseconds)} ms`, `${short(trajectoriesPerSecond)} trajectories/s`]
      : [String(value), "–", `failed: ${failed}`],
  );
  return `growth with ${axis}: ${title}\n${columns(lines)}`;
}

/** Rows that fall short of what this project means to reach. */
function shortfalls(result) {
  const missed = againstGoals(result).filter(({ reached }) => !reached);
  if (missed.length === 0) return [];
  const lines = missed.map(({ work, peer, ratio, goal }) => [work, peer, times(ratio), `${times(goal / ratio)} short of ${times(goal)}`]);
  return [`short of the goal\n${columns(lines)}`];
}

/** Versions of the contestants in Python, and where they are faster. */
function nativeCode({ rows, works }) {
  const versions = versionLines(works);
  if (versions.length === 0) return [];
  const own = rows.filter(({ peer }) => isPython(peer));
  return [["contestants in Python", ...versions.map((line) => `  ${line}`)].join("\n"), nativeSentences(own).join("\n")];
}

export function table(result) {
  const { adapter, limits, rows, works, growth = [] } = result;
  const head = `${adapter.name} (${adapter.type})\n  multiply-add ${short(limits.flopsPerSecond / 1e9)} GFLOP/s, copy ${short(limits.bytesPerSecond / 1e9)} GB/s`;
  const raced = works.map((work) =>
    workTable(
      work,
      rows.filter((row) => row.work === work.work),
    ),
  );
  return `${[head, ...raced, ...growth.map(growthTable), ...nativeCode(result), ...shortfalls(result)].join("\n\n")}\n`;
}
