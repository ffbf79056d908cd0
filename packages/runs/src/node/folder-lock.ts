import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { WebgfnError } from "@webgfn/tensor";

const NAME = "run.lock";
/** A lock that changes hands this often while it is looked at is left to the others. */
const MOST_ATTEMPTS = 3;

/**
 * Keeps two processes from writing one run's folder: a file with the holder's process id. The lock of a process that is
 * gone, because it was killed or its machine stopped, is taken over.
 */
export class FolderLock {
  readonly #path: string;
  readonly #mark: string;

  private constructor(path: string, mark: string) {
    this.#path = path;
    this.#mark = mark;
  }

  /**
   * @throws WebgfnError `file` when a process that runs holds the lock.
   * @throws the system's error when the file cannot be written.
   */
  static take(folder: string): FolderLock {
    const path = join(folder, NAME);
    const mark = markOf(process.pid);
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      if (create(path, mark)) return new FolderLock(path, mark);
      const found = read(path);
      if (found === undefined) continue;
      if (isHeld(found) || !remove(path, found)) throw inUse(folder, path, found);
    }
    throw inUse(folder, path, read(path) ?? "");
  }

  release(): void {
    if (read(this.#path) === this.#mark) rmSync(this.#path, { force: true });
  }
}

function inUse(folder: string, path: string, mark: string): WebgfnError {
  return new WebgfnError("file", `${folder} is in use: process ${mark.split(" ")[0] || "unknown"} is writing it`, {
    fix: `wait for that process, or remove ${path} if it is no webgfn`,
  });
}

/** @returns whether there was none before. */
function create(path: string, mark: string): boolean {
  try {
    writeFileSync(path, mark, { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    // Opened, but not written: a full disk.
    if (read(path) === "") rmSync(path, { force: true });
    throw error;
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Takes a stale lock away, unless another process was faster and its own stands there now. */
function remove(path: string, stale: string): boolean {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return true;
    throw error;
  }
  if (read(aside) === stale) {
    rmSync(aside, { force: true });
    return true;
  }
  renameSync(aside, path);
  return false;
}

/** A process by its id and, where the system tells, the time it began: ids are given out again. */
function markOf(pid: number): string {
  return `${pid} ${beginningOf(pid) ?? ""}`.trim();
}

function isHeld(mark: string): boolean {
  const [pid = "", began] = mark.split(" ");
  if (!/^[1-9]\d*$/.test(pid)) return false;
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    // Another user's process may not be signalled, but it runs.
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  const begins = beginningOf(Number(pid));
  return began === undefined || begins === undefined || began === begins;
}

/** Linux' clock ticks from the machine's start to the process's. */
function beginningOf(pid: number): string | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name, in parentheses, may hold blanks; the 20th field after it is the one.
    return status.slice(status.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}
