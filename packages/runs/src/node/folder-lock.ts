import { createHash, randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  readlinkSync,
  readSync,
  renameSync,
  rmSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { WebgfnError } from "@webgfn/tensor";
import { shellLine } from "./shell.js";
import { temporaryName, writeAll } from "./write-file.js";

const NAME = "run.lock";
/** Most bytes read from a lock; a lock is shorter. */
const LONGEST = 1024;
/** How often a process retries a lock that changes its holder before it gives up. */
const MOST_ATTEMPTS = 5;
/** Stands for a fact that the system does not provide. */
const UNKNOWN = "-";
/** Heartbeats per lease: a few may be late before the lease expires. */
const BEATS = 6;
/** Most seconds between two checks of another process's lease. */
const LOOK = 1;

/** The holder of a lock: a process, and the machine and namespace in which its number is valid. */
interface Holder {
  pid: number;
  /** Clock ticks from the start of the machine to the start of the process, because process numbers are reused. */
  began: string;
  /** The name of the machine or container, and a digest of the machine's id, because names are not unique. */
  host: string;
  /** A random id of the boot. */
  boot: string;
  /** The process namespace: the same number means another process in another namespace. */
  namespace: string;
  /** Seconds without a heartbeat after which others may take the lock over; `undefined` for a lock without heartbeats. */
  lease: number | undefined;
}

/** Description of a process that holds a folder's lock. */
export interface LockHolder {
  host: string;
  pid: number;
  /** False if the process has ended, as far as this machine can tell, or if its lease has expired by this machine's clock. */
  alive: boolean;
}

/** The state of a lock's holder: it runs, it has ended, or this process cannot know. */
type Verdict = "held" | "stale" | "unknown";

/**
 * Prevents two processes from writing one run's folder. The lock is a file `run.lock` with a line that names its holder. It is written under
 * another name and then linked to its final name, so that it is never incomplete, and only one process can make it.
 *
 * The lock of a process that has ended is taken over. Exactly one process may do so: the one that holds a second lock, `run.lock.HASH`, on
 * the stale line. A lock from another machine, container or program is never taken over unless it is a lease, because this machine cannot
 * tell whether its holder runs.
 *
 * A lease is a lock with a heartbeat: a thread of the holder renews the file's modification time. A process that has seen no heartbeat for
 * the time in the lock's line takes the lease over. It only looks for changes of the modification time and measures the time with its own
 * clock, so the clocks of two machines may differ. A holder that was frozen meanwhile finds out at its next write: {@link requireHeld}.
 */
export class FolderLock {
  readonly #folder: string;
  readonly #path: string;
  readonly #line: string;
  readonly #heart: Worker | undefined;

  private constructor(folder: string, line: string, heart?: Worker) {
    this.#folder = folder;
    this.#path = join(folder, NAME);
    this.#line = line;
    this.#heart = heart;
  }

  /**
   * @throws WebgfnError `file` if a running process holds the lock, or if that is unknown.
   * @throws the system's error if the file cannot be written.
   */
  static take(folder: string): FolderLock {
    const path = join(folder, NAME);
    const line = ownLine();
    acquire(folder, path, line);
    return new FolderLock(folder, line);
  }

  /**
   * Takes the lease of a folder. If another process holds it, waits for the next heartbeat or the end of the lease.
   *
   * @param seconds time without a heartbeat after which others may take the lease over.
   * @returns `undefined` if another process holds the folder.
   * @throws WebgfnError `file` if the lock has no heartbeats, and it is unknown whether its holder runs.
   * @throws the system's error if the file cannot be written.
   */
  static async lease(folder: string, seconds: number): Promise<FolderLock | undefined> {
    const path = join(folder, NAME);
    const line = ownLine(seconds);
    if (!(await acquireLease(folder, path, line))) return undefined;
    const workerData = { path, line, interval: (1000 * seconds) / BEATS };
    const heart = new Worker(new URL("./heartbeat.js", import.meta.url), { workerData });
    heart.unref();
    // Without heartbeats the lease expires, and the next write finds out.
    heart.on("error", () => {});
    return new FolderLock(folder, line, heart);
  }

  /** The holder of a folder's lock, if there is one. */
  static holder(folder: string): LockHolder | undefined {
    const path = join(folder, NAME);
    const beat = lookAt(path);
    const found = beat && parse(beat.line);
    if (beat === undefined || found === undefined) return undefined;
    const { pid, host, lease } = found;
    const verdict = verdictOn(beat.line);
    const isLate = lease !== undefined && Date.now() - Number(beat.time / 1_000_000n) > 1000 * lease;
    return { pid, host: decodeURIComponent(host.split("/")[0] as string), alive: verdict !== "stale" && !isLate };
  }

  /** False if another process has taken the lease over, even if that process has released it since. */
  isHeld(): boolean {
    return this.#heart === undefined || read(this.#path) === this.#line;
  }

  /** @throws LeaseLost if another process has taken the lease over. */
  requireHeld(): void {
    if (!this.isHeld()) throw new LeaseLost(this.#folder);
  }

  /** Releases the folder. */
  release(): void {
    void this.#heart?.terminate();
    removeOwn(this.#path, this.#line);
  }
}

/** The error of a process whose folder another process has taken over, because it was silent for longer than its lease. */
export class LeaseLost extends WebgfnError {
  constructor(folder: string) {
    super("file", `another process has taken over ${folder}, because this one was silent for longer than its lease`);
  }
}

/**
 * Makes the file `path` with `line`, or takes it over from a process that has ended or is silent. @returns false if another process holds it.
 */
async function acquireLease(folder: string, path: string, line: string): Promise<boolean> {
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    if (create(path, line)) return true;
    const found = read(path);
    if (found === undefined) continue;
    const verdict = verdictOn(found);
    if (verdict !== "stale" && parse(found)?.lease === undefined) {
      if (verdict === "held") return false;
      throw refusal(folder, path, found);
    }
    if (verdict !== "stale" && !(await staysSilent(path))) return false;
    // Only one process may replace the line: the holder of this claim.
    const claim = claimOn(path, found);
    if (!(await acquireLease(folder, claim, line))) return false;
    try {
      if (replace(path, found, line)) return true;
    } finally {
      removeOwn(claim, line);
    }
  }
  return false;
}

/** Watches another process's lease until its next heartbeat, or until the lease is over. */
async function staysSilent(path: string): Promise<boolean> {
  const first = lookAt(path);
  const lease = first && parse(first.line)?.lease;
  if (first === undefined || lease === undefined) return false;
  const end = performance.now() + 1000 * lease;
  for (;;) {
    const left = end - performance.now();
    await pause(Math.max(0, Math.min(1000 * LOOK, (1000 * lease) / BEATS, left)));
    const now = lookAt(path);
    if (now === undefined || now.line !== first.line || now.time !== first.time) return false;
    // This process may have been frozen itself, so it checks once more before it decides.
    if (left <= 0) return true;
  }
}

/** Makes the file `path` with `line`, or takes it over from a process that has ended. */
function acquire(folder: string, path: string, line: string): void {
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    if (create(path, line)) return;
    const found = read(path);
    // Released meanwhile.
    if (found === undefined) continue;
    if (verdictOn(found) !== "stale") throw refusal(folder, path, found);
    if (takeOver(folder, path, found, line)) return;
  }
  throw refusal(folder, path, read(path) ?? "");
}

/**
 * Replaces a stale line by `line`. While this process holds the lock on the stale line, no other process replaces it, and its holder is gone.
 * So the line that is read is the one that is replaced.
 *
 * @returns whether this process did it, rather than another one before.
 */
function takeOver(folder: string, path: string, stale: string, line: string): boolean {
  const claim = claimOn(path, stale);
  acquire(folder, claim, line);
  try {
    return replace(path, stale, line);
  } finally {
    removeOwn(claim, line);
  }
}

/** The lock on a stale line. */
function claimOn(path: string, stale: string): string {
  return `${path}.${createHash("sha256").update(stale).digest("hex").slice(0, 16)}`;
}

/** Replaces a stale line by `line`. @returns false if another process has done so. */
function replace(path: string, stale: string, line: string): boolean {
  if (read(path) !== stale) return false;
  const temporary = writeTemporary(path, line);
  try {
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  return true;
}

function removeOwn(path: string, line: string): void {
  if (read(path) === line) rmSync(path, { force: true });
}

/** @returns whether there was no such file before. */
function create(path: string, line: string): boolean {
  const temporary = writeTemporary(path, line);
  try {
    linkSync(temporary, path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return false;
    // FAT and similar file systems have no links. A reader that sees the file before its line is written cannot judge the lock, and leaves
    // it.
    if (code === "EPERM" || code === "ENOTSUP" || code === "EOPNOTSUPP" || code === "ENOSYS") return createWithoutLinks(path, line);
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

function createWithoutLinks(path: string, line: string): boolean {
  try {
    writeNew(path, line);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function writeTemporary(path: string, line: string): string {
  const temporary = temporaryName(path);
  writeNew(temporary, line);
  return temporary;
}

/** Writes a file that must not exist; if it cannot be written completely, it is removed. */
function writeNew(path: string, line: string): void {
  const file = openSync(path, "wx");
  try {
    writeAll(file, line);
    fsyncSync(file);
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
}

/** The beginning of a lock; `undefined` if there is none. A link is not followed, and reads as a lock without a holder. */
function read(path: string): string | undefined {
  return lookAt(path)?.line;
}

/** Like {@link read}, with the time of the latest heartbeat in nanoseconds. Opening a file makes a network file system ask its server. */
function lookAt(path: string): { line: string; time: bigint } | undefined {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    if (code === "ELOOP" || code === "EMLINK") return { line: "", time: 0n };
    throw error;
  }
  try {
    const bytes = new Uint8Array(LONGEST);
    const line = new TextDecoder().decode(bytes.subarray(0, readSync(file, bytes, 0, LONGEST, null)));
    return { line, time: fstatSync(file, { bigint: true }).mtimeNs };
  } finally {
    closeSync(file);
  }
}

/** The unique line of this process's lock: `PID BEGAN HOST BOOT NAMESPACE RANDOM`, and the seconds of a lease. */
function ownLine(lease?: number): string {
  const { pid, began, host, boot, namespace } = self();
  const words = [pid, began, host, boot, namespace, randomBytes(8).toString("hex")];
  return (lease === undefined ? words : [...words, lease]).join(" ");
}

function self(): Omit<Holder, "lease"> {
  return {
    pid: process.pid,
    began: beginningOf(process.pid) ?? UNKNOWN,
    host: `${encodeURIComponent(hostname()) || UNKNOWN}/${machine()}`,
    boot: textOf(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8")),
    namespace: textOf(() => readlinkSync("/proc/self/ns/pid")),
  };
}

/** A digest of systemd's machine id; the id itself is confidential. */
function machine(): string {
  const id = textOf(() => readFileSync("/etc/machine-id", "utf8"));
  return id === UNKNOWN ? id : createHash("sha256").update(id).digest("hex").slice(0, 12);
}

/** A fact from the system, without blanks. */
function textOf(ask: () => string): string {
  try {
    return ask().replace(/[^\w.:-]/g, "") || UNKNOWN;
  } catch {
    return UNKNOWN;
  }
}

function parse(line: string): Holder | undefined {
  const [pid, began, host, boot, namespace, lease] =
    /^([1-9]\d{0,9}) (\d+|-) ([\w.!~*'()%-]+\/[0-9a-f-]+) ([\w.:-]+) ([\w.:-]+) [0-9a-f]{16}(?: (\d{1,6}(?:\.\d{1,3})?))?$/
      .exec(line)
      ?.slice(1) ?? [];
  if (pid === undefined || began === undefined || host === undefined || boot === undefined || namespace === undefined) return undefined;
  return { pid: Number(pid), began, host, boot, namespace, lease: lease === undefined ? undefined : Number(lease) };
}

function verdictOn(line: string): Verdict {
  const holder = parse(line);
  const own = self();
  if (holder === undefined || holder.host !== own.host) return "unknown";
  if (holder.boot !== own.boot) return holder.boot === UNKNOWN || own.boot === UNKNOWN ? "unknown" : "stale";
  if (holder.namespace !== own.namespace) return "unknown";
  return runs(holder) ? "held" : "stale";
}

function runs({ pid, began }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: the process runs, but belongs to another user.
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  const begins = beginningOf(pid);
  return began === UNKNOWN || begins === undefined || began === begins;
}

/** The 22nd field of Linux' /proc/PID/stat; `undefined` if there is none. */
function beginningOf(pid: number): string | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field, the program's name in parentheses, may contain blanks.
    return status.slice(status.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}

function refusal(folder: string, path: string, line: string): WebgfnError {
  const holder = parse(line);
  const removal = `remove the lock: ${shellLine("rm", path)}`;
  if (holder === undefined) {
    return new WebgfnError("file", `${folder} may be in use: nobody can tell who made ${path}`, {
      fix: `make sure that no webgfn writes the folder, then ${removal}`,
    });
  }
  if (verdictOn(line) !== "unknown") {
    return new WebgfnError("file", `${folder} is in use: process ${holder.pid} is writing it`, {
      fix: `wait for that process, or, if it is no webgfn, ${removal}`,
    });
  }
  const where = holder.host === self().host ? "in another container" : `on another machine or container, ${holder.host.split("/")[0]}`;
  return new WebgfnError("file", `${folder} may be in use: process ${holder.pid} ${where} locked it and cannot be looked up from here`, {
    fix: `wait for that process, or make sure that it has ended, then ${removal}`,
  });
}
