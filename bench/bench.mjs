// The race: `node bench/bench.mjs [--peers python] [--quick] [--json] [--work KEY,KEY] [--growth] [--out FILE]`. Everything must be
// installed and built; `npm run bench` sees to that, but for the peers in Python, which are installed here. Progress goes to standard
// error.
import { availableParallelism, cpus } from "node:os";
import { parseArgs } from "node:util";
import { Contestant, closeAll } from "./contestants/client.mjs";
import { growth } from "./growth.mjs";
import { prepareEnvironments, Unprepared } from "./python/environments.mjs";
import { pythonPeers } from "./python/process.mjs";
import { PEERS, race } from "./race.mjs";
import { emptyResult, merge, peerVersions, readResult, writeResult } from "./result.mjs";
import { table } from "./table.mjs";
import { pythonWorks, quickWorks, works } from "./works.mjs";

const USAGE = `Usage: npm run bench -- [options]

  --peers WHICH javascript (the default), or python: PyTorch, JAX, torchgfn and gfnx on the CPU
  --quick       three small works, shorter repetitions
  --json        one JSON object on standard output: {adapter, rows: [{work, peer, ours, theirs, ratio}], …}
  --work KEYS   only these works, separated by commas:
                ${works.map(({ key }) => key).join("\n                ")}
                and against Python also
                ${pythonWorks
                  .slice(works.length)
                  .map(({ key }) => key)
                  .join("\n                ")}
  --growth      how a step's time grows with batch, horizon, width and replicas; with --work, only where asked for
  --limit S     seconds that a contestant may take to set up, and for a repetition
  --out FILE    also writes the result there; works that the file already has are replaced, others kept
`;

function fail(message) {
  process.stderr.write(`${message}\n\n${USAGE}`);
  process.exit(2);
}

function parse() {
  try {
    const options = {
      peers: { type: "string", default: "javascript" },
      quick: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      growth: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
      work: { type: "string" },
      limit: { type: "string" },
      out: { type: "string" },
    };
    return parseArgs({ options }).values;
  } catch (error) {
    return fail(error.message);
  }
}

/** What is raced against which peers. */
const RACES = {
  javascript: { all: works, peersOf: () => PEERS },
  python: { all: pythonWorks, peersOf: pythonPeers },
};

function chosenWorks({ quick, work, growth }, all) {
  const keys = work?.split(",") ?? (quick ? quickWorks : growth ? [] : all.map(({ key }) => key));
  return keys.map((key) => all.find((each) => each.key === key) ?? fail(`there is no work "${key}"`));
}

const values = parse();
if (values.help) {
  process.stdout.write(USAGE);
  process.exit(0);
}
const limit = values.limit === undefined ? (values.quick ? 120 : 300) : Number(values.limit);
if (!(limit > 0)) fail(`--limit must be a number of seconds, not ${values.limit}`);
const raced = RACES[values.peers] ?? fail(`--peers must be javascript or python, not ${values.peers}`);
const chosen = chosenWorks(values, raced.all);
const isPython = values.peers === "python";
/** Growth is this project's alone. */
const everything = values.work === undefined && !values.quick && !isPython;
const say = (line) => process.stderr.write(`${line}\n`);
const options = { rounds: values.quick ? 3 : 5, milliseconds: values.quick ? 500 : 1000, limit, say };

// Contestants that compile do not notice that nobody waits for them any more.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(1));
process.on("exit", closeAll);

if (isPython) {
  try {
    prepareEnvironments(say);
  } catch (error) {
    if (!(error instanceof Unprepared)) throw error;
    say(error.message);
    process.exit(2);
  }
}

async function adapterLimits() {
  const hardware = new Contestant("hardware");
  const { adapter } = await hardware.ask("open", [], limit);
  say(`${adapter.name}: timing …`);
  const limits = await hardware.ask("limits", [], limit);
  say(`${adapter.name}: timed`);
  hardware.close();
  return { adapter, limits };
}

const { adapter, limits } = await adapterLimits().catch((error) => {
  say(`no race without an adapter: ${error.message}`);
  process.exit(1);
});

let result = values.out === undefined ? undefined : readResult(values.out);
const fresh = emptyResult({
  adapter,
  processors: availableParallelism(),
  machine: `${availableParallelism()} × ${cpus()[0]?.model ?? "unknown processor"}`,
  limits,
  ...(!isPython && { peers: peerVersions() }),
});
result = result === undefined ? fresh : merge(result, fresh);
/** Kept after every work: a long race may be cut off. */
const keep = (part) => {
  result = merge(result, part);
  if (values.out !== undefined) writeResult(values.out, result);
};
for (const work of chosen) {
  const { rows, details } = await race(work, { ...options, limits, peers: raced.peersOf(work) });
  keep({ rows, works: [details] });
}
if (values.growth || everything) keep({ growth: await growth({ ...options, rounds: 3 }) });

process.stdout.write(values.json ? `${JSON.stringify(result, null, 2)}\n` : table(result));
process.exit(0);
