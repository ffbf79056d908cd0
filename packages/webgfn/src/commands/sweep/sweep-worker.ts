import { line } from "@webgfn/runs/internal";
import { Interruption, makeFolder, notWritable, ROLES, reason, tell } from "@webgfn/runs/node/internal";
import { connect, queueNameOf, redisError, STOP_SIGNALS, work } from "@webgfn/sweeps/internal";
import { argumentError } from "@webgfn/tensor/internal";
import { ADAPTER_OPTION } from "../../adapter-option.js";
import { wholeOption } from "../../arguments.js";
import type { Arguments, Command, OptionTable } from "../../command.js";
import { print } from "../../output.js";
import { requireFolderName } from "../../output-file.js";
import { namedParts } from "../../own-file-options.js";
import { adapterEnvironments } from "./adapter-environments.js";
import { LEASE_OPTION, leaseOption } from "./lease-option.js";
import { queueOption, REDIS_OPTIONS, redisAddress } from "./redis-options.js";
import { SweepDisplay } from "./sweep-display.js";

/** A worker loads only code that its own command line names, never code that a job names. */
const CODE_OPTIONS: OptionTable = {
  ...Object.fromEntries(
    ROLES.map((role) => [
      role,
      { value: "FILE#NAME", text: `${role} from a file of your own that runs may use, as they name it`, repeated: true },
    ]),
  ),
  "reward-command": { value: "CMD", text: "a command that runs may use as their reward" },
};

export const sweepWorker: Command = {
  name: "sweep worker",
  summary: "carry out runs from a queue on Redis, each in a process of its own, until it is stopped",
  operands: "",
  mostOperands: 0,
  options: {
    ...REDIS_OPTIONS,
    out: { value: "DIR", text: "the folder of the sweep, on a disk that all workers and `sweep submit` share" },
    collect: { text: "take runs of `sweep submit --collect`, and send their folders back through Redis" },
    jobs: { value: "N", text: "runs at a time (default: one for each GPU that doctor lists)" },
    drain: { text: "end when the queue is empty: nothing waits, and no other worker has a run" },
    ...LEASE_OPTION,
    tune: { text: "first measure the fastest tile shapes on this adapter, and remember them; results stay the same" },
    ...ADAPTER_OPTION,
    ...CODE_OPTIONS,
    json: { text: "print what became of the runs as one JSON object" },
  },
  parameters: [],
  examples: [
    "sweep worker --redis redis://queue.example --out /shared/grid",
    "sweep worker --redis redis://queue.example --collect --jobs 2 --drain",
  ],
  run,
};

async function run(given: Arguments): Promise<number> {
  const address = redisAddress(given, sweepWorker.name);
  const queue = queueOption(given);
  const out = given.values.get("out");
  const collects = given.switches.has("collect");
  if ((out !== undefined) === collects) throw argumentError("webgfn sweep worker needs either --out DIR or --collect");
  queueNameOf(queue, collects);
  requireFolderName("--out", out);
  const lease = leaseOption(given);
  const jobs = given.values.has("jobs") ? wholeOption(given, "jobs", 1, 1, 1000) : undefined;
  if (out !== undefined) requireFolder(out);
  const interruption = new Interruption(STOP_SIGNALS);
  const display = new SweepDisplay();
  try {
    const connection = await connect(address, (text) => display.say(text));
    tell(`webgfn: takes runs from the queue ${queueNameOf(queue, collects)} of Redis at ${address.shown}\n`);
    const environments = await adapterEnvironments();
    const tally = await work(connection, {
      queue,
      ...(out !== undefined && { out }),
      jobs: jobs ?? environments.length,
      lease,
      tune: given.switches.has("tune"),
      drain: given.switches.has("drain"),
      parts: namedParts(given),
      environments,
      follower: display,
      signal: interruption.signal,
    });
    display.clear();
    if (given.switches.has("json")) await print(line({ ...tally, folder: out ?? null }));
    const { finished, failed, again } = tally;
    const counts = [`${finished} finished`, ...(failed > 0 ? [`${failed} failed`] : []), ...(again > 0 ? [`${again} given back`] : [])];
    tell(`webgfn: ${counts.join(", ")}\n`);
    // After Ctrl-C, always return the signal's exit status; after a scheduler's signal, only if a run was given back.
    return again > 0 || interruption.status === STOP_SIGNALS.SIGINT ? interruption.status : 0;
  } catch (cause) {
    throw redisError(cause, address);
  } finally {
    display.clear();
    interruption.dispose();
  }
}

function requireFolder(out: string): void {
  try {
    makeFolder(out);
  } catch (cause) {
    throw notWritable(out, reason(cause));
  }
}
