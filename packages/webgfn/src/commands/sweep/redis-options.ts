import { parseAddress, QUEUE } from "@webgfn/sweeps/internal";
import { argumentError } from "@webgfn/tensor/internal";
import type { Arguments, OptionTable } from "../../command.js";

/** The environment variable that replaces --redis: everybody on a machine sees its command lines. */
const VARIABLE = "WEBGFN_REDIS";

/** Options of the commands that work with a queue. */
export const REDIS_OPTIONS: OptionTable = {
  redis: {
    value: "URL",
    text: `where Redis or Valkey is, such as redis://localhost:6379 or rediss://USER:PASSWORD@HOST:6380 (or ${VARIABLE})`,
  },
  queue: { value: "NAME", text: `the queue, where several share a Redis (default ${QUEUE})` },
};

/**
 * The address of Redis. The password is removed from where others could see it: the environment of processes that this one starts, and the list
 * of processes.
 */
export function redisAddress({ values }: Arguments, command: string): ReturnType<typeof parseAddress> {
  const text = values.get("redis") ?? process.env[VARIABLE];
  delete process.env[VARIABLE];
  if (text === undefined || text === "") {
    throw argumentError(`webgfn ${command} needs the address of Redis`, `add --redis redis://localhost:6379, or set ${VARIABLE}`);
  }
  if (values.has("redis")) process.title = `webgfn ${command}`;
  return parseAddress(text);
}

export function queueOption({ values }: Arguments): string {
  return values.get("queue") ?? QUEUE;
}
