import { setTimeout as pause } from "node:timers/promises";
import { WebgfnError } from "@webgfn/tensor";
import type * as IoRedis from "ioredis";
import type { Address } from "./address.js";
import { type Libraries, loadLibraries } from "./libraries.js";

/** Milliseconds within which Redis must answer at the start. */
const PATIENCE = 5000;
/** Milliseconds between two attempts to reconnect to Redis: the first pause, which doubles up to the longest. */
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 5000;

/** A connection to Redis that reconnects forever after a loss. */
export interface Connection extends Libraries {
  readonly client: IoRedis.Redis;
  readonly address: Address;
  /** Another connection to the same server, for blocking commands. It is closed with this one, unless it was closed before. */
  duplicate(): IoRedis.Redis;
  /** Whether Redis is unreachable. */
  readonly isDown: () => boolean;
  close(): void;
}

/**
 * Connects to Redis.
 *
 * @param say receives one message when the connection is lost, and one when it is back.
 * @throws WebgfnError `redis` if it does not answer within seconds, refuses the password, or its client is not installed.
 */
export async function connect(address: Address, say: (text: string) => void): Promise<Connection> {
  const libraries = await loadLibraries();
  let isOpen = false;
  let isDown = false;
  const client = new libraries.Redis(address.url, {
    lazyConnect: true,
    connectTimeout: PATIENCE,
    // Commands wait while Redis is unreachable.
    maxRetriesPerRequest: null,
    retryStrategy: (times) => (isOpen ? Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** Math.min(times, 10)) : null),
  });
  const complaints: string[] = [];
  const complain = ({ message }: Error) => complaints.push(message);
  client.on("error", complain);
  try {
    // A server of another kind may accept the connection without answering.
    const isAnswered = await Promise.race([
      client
        .connect()
        .then(() => client.ping())
        .then(() => true),
      pause(PATIENCE, false, { ref: false }),
    ]);
    if (!isAnswered) complaints.push("it does not answer");
    if (complaints.length > 0) throw new Error(complaints[0]);
  } catch (cause) {
    client.disconnect();
    throw refusal(address, complaints[0] ?? (cause as Error).message);
  }
  client.off("error", complain);
  client.on("error", () => {});
  isOpen = true;
  const others = new Set<IoRedis.Redis>();
  const { duplicate } = client;
  // BullMQ also makes its own connections, and leaves them open if Redis is unreachable.
  client.duplicate = (options) => {
    const other = duplicate.call(client, options);
    others.add(other);
    other.on("error", () => {});
    other.on("end", () => others.delete(other));
    return other;
  };
  client.on("close", () => {
    if (!isOpen || isDown) return;
    isDown = true;
    say(`the connection to Redis at ${address.shown} was lost; it is tried again until it is back`);
  });
  client.on("ready", () => {
    if (isDown) say(`Redis at ${address.shown} is back`);
    isDown = false;
  });
  return {
    ...libraries,
    client,
    address,
    duplicate: () => {
      const other = client.duplicate();
      void other.connect().catch(() => {});
      return other;
    },
    isDown: () => isDown,
    close: () => {
      isOpen = false;
      for (const each of [client, ...others]) each.disconnect();
    },
  };
}

/** Converts Redis' refusals, such as of a command that this user may not run, to a WebgfnError; returns other errors unchanged. */
export function redisError(cause: unknown, { shown }: Address): unknown {
  const { name, message } = cause as Error;
  return name === "ReplyError" ? new WebgfnError("redis", `Redis at ${shown} refuses: ${message}`, { cause }) : cause;
}

function refusal({ shown }: Address, message: string): WebgfnError {
  if (/^(WRONGPASS|ERR invalid password)/.test(message)) {
    return new WebgfnError("redis", `Redis at ${shown} refuses the user or the password`, { fix: "correct them in the URL" });
  }
  if (message.startsWith("NOAUTH")) {
    return new WebgfnError("redis", `Redis at ${shown} wants a password`, { fix: "give it in the URL: redis://:PASSWORD@HOST:PORT" });
  }
  const words = message.replace(/^(ERR|connect|getaddrinfo) /, "").replace(/ECONNREFUSED.*/, "nothing listens there");
  return new WebgfnError("redis", `Redis at ${shown} cannot be reached: ${words.replace(/ETIMEDOUT.*/, "it does not answer")}`, {
    fix: "start it, or give the URL of another one",
  });
}
