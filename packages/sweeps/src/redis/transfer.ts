import { createHash, randomBytes } from "node:crypto";
import { closeSync, existsSync, openSync, readSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { FileWriter, FolderLock, makeFolder, notWritable, reason } from "@webgfn/runs/node/internal";
import { WebgfnError } from "@webgfn/tensor";
import type * as IoRedis from "ioredis";
import { FAILURE, RESULT } from "../run-files.js";

/**
 * Transfers a run's folder through Redis. One side serves the folder, and the other requests one piece at a time. So Redis holds one piece
 * per folder, and after an interruption a piece is simply requested again. Both lists have the name of a session:
 *
 *     asks    {"to": "…", "list": true} | {"to": "…", "name": "config.json", "offset": 0} | {"to": "…", "done": true}
 *     pieces  a line of JSON, and the bytes
 */

/** Bytes of a piece. */
const PIECE = 2 ** 20;
/** Seconds after which Redis drops entries that nobody has taken. */
const EXPIRY = 600;
/** Seconds to wait for an answer. */
const PATIENCE = 30;
/** Seconds between two checks whether the session continues. */
const LOOK = 1;
/** Seconds without a heartbeat after which another process may write a folder that is being received. */
const LEASE = 60;

/** The files of a run, in the order in which they are put into a folder: the result comes last, when all others are there. */
const BEGUN = ["config.json", "columns.json", "metrics.jsonl", "checkpoint.safetensors", FAILURE];
const FILES = [...BEGUN, RESULT];

const SESSION = /^[0-9a-f]{16}$/;
export const isSession = (text: unknown): text is string => typeof text === "string" && SESSION.test(text);
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

interface Listed {
  readonly name: string;
  readonly size: number;
}

type Ask =
  | { readonly to: string; readonly list: true }
  | { readonly to: string; readonly name: string; readonly offset: number }
  | { readonly to: string; readonly done: true };

export function newSession(): string {
  return randomBytes(8).toString("hex");
}

const asksOf = (session: string) => `webgfn:transfer:${session}:asks`;
const piecesOf = (session: string) => `webgfn:transfer:${session}:pieces`;

/**
 * Serves a folder until a receiver has all of it.
 *
 * @param client a separate connection, because it blocks while waiting for requests.
 * @param goesOn called about once a second; false ends the serving.
 * @returns whether a receiver has all of it.
 */
export async function serveFolder(
  client: IoRedis.Redis,
  session: string,
  folder: string,
  goesOn: () => boolean | Promise<boolean>,
): Promise<boolean> {
  while (await goesOn()) {
    const [, text] = (await client.blpop(asksOf(session), LOOK)) ?? [];
    const ask = text === undefined ? undefined : parseAsk(text);
    if (ask === undefined) continue;
    if ("done" in ask) return true;
    const [head, bytes] = "list" in ask ? [{ files: listed(folder) }, Buffer.alloc(0)] : piece(folder, ask);
    const frame = Buffer.concat([Buffer.from(`${JSON.stringify({ ...ask, ...head })}\n`), bytes]);
    await push(client, piecesOf(ask.to), frame);
  }
  return false;
}

async function push(client: IoRedis.Redis, key: string, value: string | Buffer): Promise<void> {
  await client.rpush(key, value);
  await client.expire(key, EXPIRY);
}

/** Parses a request. Requests come from Redis, and anybody may have written them. */
function parseAsk(text: string): Ask | undefined {
  try {
    const { to, name, offset, list, done } = JSON.parse(text) as Record<string, unknown>;
    if (!isSession(to)) return undefined;
    if (list === true) return { to, list };
    if (done === true) return { to, done };
    if (!FILES.includes(name as string) || !Number.isSafeInteger(offset) || (offset as number) < 0) return undefined;
    return { to, name: name as string, offset: offset as number };
  } catch {
    return undefined;
  }
}

function listed(folder: string): Listed[] {
  return FILES.filter((name) => existsSync(join(folder, name))).map((name) => ({ name, size: statSync(join(folder, name)).size }));
}

function piece(folder: string, { name, offset }: { name: string; offset: number }): [{ sha256: string }, Buffer] {
  const file = openSync(join(folder, name), "r");
  try {
    const buffer = Buffer.alloc(PIECE);
    const bytes = buffer.subarray(0, readSync(file, buffer, 0, PIECE, offset));
    return [{ sha256: sha256(bytes) }, bytes];
  } finally {
    closeSync(file);
  }
}

export interface FetchOptions {
  /** Accepts the result of a finished run, too, and changes its text. Without it, only files for resuming the run are accepted. */
  readonly result?: (text: string) => string;
  /** Called when all files are in place, before the other side is told. */
  readonly received?: () => Promise<void>;
}

/**
 * Fetches a folder that another process serves. Its files get their names when all of them have arrived.
 *
 * @param client a separate connection, because it blocks while waiting for answers.
 * @throws WebgfnError `redis` if there is no answer, or a wrong one; `file` if another process uses the folder, or it cannot be written.
 */
export async function fetchFolder(
  client: IoRedis.Redis,
  session: string,
  folder: string,
  { result, received }: FetchOptions = {},
): Promise<void> {
  const asking = new Asking(client, session);
  const lock = await leaseOf(folder);
  const writers: FileWriter[] = [];
  try {
    const listed = await asking.list();
    const names = result === undefined ? BEGUN : FILES;
    const files = names.flatMap((name) => listed.find((file) => file.name === name) ?? []);
    for (const file of files) {
      const writer = new FileWriter(join(folder, file.name));
      writers.push(writer);
      const pieces = asking.pieces(file);
      if (file.name === RESULT && result !== undefined) writer.write(result(await textOf(pieces)));
      else for await (const bytes of pieces) writer.write(bytes);
    }
    lock.requireHeld();
    for (const writer of writers) writer.commit();
    if (!files.some(({ name }) => name === FAILURE)) rmSync(join(folder, FAILURE), { force: true });
    await received?.();
    await asking.done();
  } catch (cause) {
    throw cause instanceof WebgfnError ? cause : notWritable(folder, reason(cause));
  } finally {
    for (const writer of writers) writer.discard();
    lock.release();
  }
}

async function leaseOf(folder: string): Promise<FolderLock> {
  let lock: FolderLock | undefined;
  try {
    makeFolder(folder);
    lock = await FolderLock.lease(folder, LEASE);
  } catch (cause) {
    throw cause instanceof WebgfnError ? cause : notWritable(folder, reason(cause));
  }
  if (lock === undefined) throw new WebgfnError("file", `${folder} is in use: another process is writing it`);
  return lock;
}

async function textOf(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const all: Uint8Array[] = [];
  for await (const bytes of pieces) all.push(bytes);
  return Buffer.concat(all).toString("utf8");
}

/**
 * Requests the files of a session, one piece after the other. Answers come from Redis, and anybody may have written them, so they are
 * checked.
 */
class Asking {
  readonly #client: IoRedis.Redis;
  readonly #session: string;
  readonly #to = newSession();

  constructor(client: IoRedis.Redis, session: string) {
    this.#client = client;
    this.#session = session;
  }

  async list(): Promise<Listed[]> {
    const { files } = (await this.#answer({ list: true })).head;
    const isListed = (file: Partial<Listed> | null) =>
      typeof file?.name === "string" && Number.isSafeInteger(file.size) && (file.size as number) >= 0;
    if (!Array.isArray(files) || !files.every(isListed)) throw fault("its list of files is damaged");
    return files as Listed[];
  }

  async *pieces({ name, size }: Listed): AsyncGenerator<Uint8Array> {
    for (let offset = 0; offset < size; ) {
      const { head, bytes } = await this.#answer({ name, offset });
      if (bytes.length === 0 || bytes.length > PIECE || head["sha256"] !== sha256(bytes)) throw fault(`a piece of its ${name} is damaged`);
      yield bytes;
      offset += bytes.length;
    }
  }

  async done(): Promise<void> {
    await this.#send({ done: true });
  }

  async #send(ask: object): Promise<void> {
    await push(this.#client, asksOf(this.#session), JSON.stringify({ to: this.#to, ...ask }));
  }

  async #answer(ask: { list: true } | { name: string; offset: number }): Promise<{ head: Record<string, unknown>; bytes: Uint8Array }> {
    await this.#send(ask);
    for (;;) {
      const [, frame] = (await this.#client.blpopBuffer(piecesOf(this.#to), PATIENCE)) ?? [];
      if (frame === undefined) throw fault("the other side does not answer");
      const end = frame.indexOf("\n");
      const head = headOf(frame.toString("utf8", 0, Math.max(0, end)));
      // After a lost connection, a request may have been sent twice, and has two answers.
      if (Object.entries(ask).every(([field, value]) => head[field] === value)) return { head, bytes: frame.subarray(end + 1) };
    }
  }
}

function headOf(text: string): Record<string, unknown> {
  try {
    return (JSON.parse(text) ?? {}) as Record<string, unknown>;
  } catch {
    return {};
  }
}

function fault(what: string): WebgfnError {
  return new WebgfnError("redis", `a run's folder could not be fetched through Redis: ${what}`);
}
