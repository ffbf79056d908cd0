import { line } from "@webgfn/runs/internal";
import { Interruption, tell } from "@webgfn/runs/node/internal";
import { connect, openQueue, redisError } from "@webgfn/sweeps/internal";
import { argumentError } from "@webgfn/tensor/internal";
import type { Arguments, Command } from "../../command.js";
import { print } from "../../output.js";
import { queueOption, REDIS_OPTIONS, redisAddress } from "./redis-options.js";

export const sweepQueue: Command = {
  name: "sweep queue",
  summary: "tell where a queue on Redis stands, pause it, or let it go on",
  operands: "",
  mostOperands: 0,
  options: {
    ...REDIS_OPTIONS,
    collect: { text: "the queue of `sweep submit --collect`" },
    pause: { text: "give out no more runs; those that go on are not stopped" },
    resume: { text: "give out runs again" },
    json: { text: "print the numbers as one JSON object" },
  },
  parameters: [],
  examples: ["sweep queue --redis redis://queue.example", "sweep queue --redis redis://queue.example --pause"],
  run,
};

async function run(given: Arguments): Promise<number> {
  const address = redisAddress(given, sweepQueue.name);
  const { switches } = given;
  if (switches.has("pause") && switches.has("resume")) throw argumentError("--pause and --resume are opposites", "give one of them");
  const interruption = new Interruption();
  const connection = await connect(address, (text) => tell(`webgfn: ${text}\n`));
  interruption.signal.addEventListener("abort", () => connection.close());
  try {
    const queue = openQueue(connection, queueOption(given), switches.has("collect"));
    if (switches.has("pause")) await queue.pause();
    if (switches.has("resume")) await queue.resume();
    const {
      wait: waiting,
      active,
      delayed,
      completed,
      failed,
    } = await queue.getJobCounts("wait", "active", "delayed", "completed", "failed");
    const paused = await queue.isPaused();
    // Redis may not allow this user to see who is connected.
    const workers = await queue.getWorkersCount().catch(() => null);
    const known = { queue: queue.name, paused, workers, waiting, active, delayed, completed, failed };
    if (switches.has("json")) await print(line(known));
    else
      await print(
        `${queue.name}${paused ? " (paused)" : ""}: ${waiting} waiting, ${active} running, ${delayed} to be tried later, ${completed} completed, ${failed} failed${workers === null ? "" : `; ${workers} workers`}\n`,
      );
    return 0;
  } catch (cause) {
    if (interruption.status !== 0) return interruption.status;
    throw redisError(cause, address);
  } finally {
    interruption.dispose();
    connection.close();
  }
}
