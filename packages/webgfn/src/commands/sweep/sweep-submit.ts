import { line } from "@webgfn/runs/internal";
import { commandLine, Interruption, tell } from "@webgfn/runs/node/internal";
import {
  AGAIN,
  type AwaitOptions,
  awaitRuns,
  Completion,
  type Connection,
  connect,
  durabilityWarnings,
  findPlan,
  openQueue,
  QUEUE,
  queueNameOf,
  redisError,
  STOP_SIGNALS,
  submitRuns,
} from "@webgfn/sweeps/internal";
import { counted } from "@webgfn/tensor/internal";
import { operand, wholeOption } from "../../arguments.js";
import type { Arguments, Command } from "../../command.js";
import { print } from "../../output.js";
import { queueOption, REDIS_OPTIONS, redisAddress } from "./redis-options.js";
import { SweepDisplay } from "./sweep-display.js";
import { readAndPlan, recordPlan, SWEEP_OPTIONS, sweepFolder } from "./sweep-plan.js";

const ATTEMPTS = 3;

export const sweepSubmit: Command = {
  name: "sweep submit",
  summary: "put the runs of a sweep that are not finished into a queue on Redis, for `sweep worker` on any number of machines",
  operands: "FILE.json|FILE.mjs",
  mostOperands: 1,
  options: {
    ...SWEEP_OPTIONS,
    ...REDIS_OPTIONS,
    attempts: { value: "N", text: `attempts per run that fails (default ${ATTEMPTS})` },
    wait: { text: "stay until all runs are over, and show their progress" },
    collect: { text: "stay, and fetch the folders of the runs through Redis: the workers need no shared disk" },
    json: { text: "print what became of it as one JSON object" },
  },
  parameters: [],
  examples: [
    "sweep submit grid.json --redis redis://queue.example --out /shared/grid",
    "sweep submit grid.json --redis redis://queue.example --out sweeps/grid --collect",
  ],
  run,
};

async function run(given: Arguments): Promise<number> {
  const file = operand(sweepSubmit, given, "a sweep file");
  const out = sweepFolder(given, sweepSubmit);
  const address = redisAddress(given, sweepSubmit.name);
  const queue = queueOption(given);
  const collects = given.switches.has("collect");
  queueNameOf(queue, collects);
  const attempts = wholeOption(given, "attempts", ATTEMPTS, 1, 1000);
  const { runs, replicas, description } = await readAndPlan(file, given, findPlan(out)?.replicas);
  const completion = new Completion();
  const interruption = new Interruption(STOP_SIGNALS);
  const display = new SweepDisplay(runs.length);
  const connection = await connect(address, (text) => display.say(text));
  try {
    recordPlan(out, { file, runs, ...(replicas !== undefined && { replicas }) }, false);
    const options: AwaitOptions = {
      queue,
      out,
      runs,
      attempts,
      collects,
      configure: async ({ at }) => (await completion.completeAt(description, at)).configuration,
      follower: display,
      note: (text) => display.say(text),
      signal: interruption.signal,
    };
    for (const warning of await durabilityWarnings(connection)) tell(`webgfn: ${warning}\n`);
    const submission = await submitRuns(connection, options);
    tell(`webgfn: of ${counted(runs.length, "run")} ${submissionText(submission)}\n`);
    if (submission.submitted + submission.queued > 0) await adviseOnWorkers(connection, options);
    if (!collects && !given.switches.has("wait")) {
      if (given.switches.has("json")) await print(line({ ...submission, folder: out }));
      return 0;
    }
    const awaited = await awaitRuns(connection, options);
    display.clear();
    if (given.switches.has("json")) await print(line({ ...submission, ...awaited, folder: out }));
    const { finished, failed, elsewhere, pending } = awaited;
    const counts = [
      `${finished} finished`,
      ...(elsewhere > 0 ? [`${elsewhere} finished, but not in ${out}: start the workers with --out of this folder`] : []),
      ...(failed > 0 ? [`${failed} failed`] : []),
      ...(pending > 0 ? [`${pending} still in the queue`] : []),
    ];
    tell(`webgfn: of ${counted(runs.length, "run")} ${counts.join(", ")}\n`);
    if (pending > 0) tell("webgfn: the workers go on; the same command again waits for them, and submits what is missing\n");
    if (failed > 0) tell(`webgfn: see why with ${commandLine("sweep", "status", out)}; the same command again tries them again\n`);
    if (failed > 0) return 1;
    return pending > 0 ? interruption.status || AGAIN : 0;
  } catch (cause) {
    throw redisError(cause, address);
  } finally {
    display.clear();
    interruption.dispose();
    connection.close();
  }
}

function submissionText({ submitted, queued, finishedBefore }: Awaited<ReturnType<typeof submitRuns>>): string {
  return [
    `${submitted} submitted`,
    ...(queued > 0 ? [`${queued} in the queue before`] : []),
    ...(finishedBefore > 0 ? [`${finishedBefore} finished before`] : []),
  ].join(", ");
}

/** Tells the user how to start workers if there are none. */
async function adviseOnWorkers(connection: Connection, { queue: name, out, collects }: AwaitOptions): Promise<void> {
  const queue = openQueue(connection, name, collects);
  // Redis may not allow this user to see who is connected.
  const workers = await queue.getWorkersCount().catch(() => undefined);
  const isPaused = await queue.isPaused();
  if (isPaused) tell(`webgfn: the queue is paused; let it go on with ${commandLine("sweep", "queue", "--resume")}\n`);
  if (workers !== 0) return;
  const words = ["sweep", "worker", "--redis", "URL", ...(name === QUEUE ? [] : ["--queue", name])];
  tell(
    `webgfn: no worker takes runs from this queue yet; start some with ${commandLine(...words, ...(collects ? ["--collect"] : ["--out", out]))}\n`,
  );
}
