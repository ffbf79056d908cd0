// The thread that keeps a lease (folder-lock.ts): it runs while the program computes, and stops when the whole process is frozen. At each
// beat it renews the lock's time of modification, until the file has another line or is gone.

import { closeSync, futimesSync, openSync, readFileSync } from "node:fs";
import { workerData } from "node:worker_threads";

const { path, line, interval } = workerData as { path: string; line: string; interval: number };
// Use the descriptor: a process that takes over the lease makes another file.
const file = openSync(path, "r+");
const timer = setInterval(beat, interval);

function beat(): void {
  try {
    const now = Date.now() / 1000;
    futimesSync(file, now, now);
    if (readFileSync(path, "utf8") === line) return;
  } catch (error) {
    // A server that does not answer now may answer at the next beat.
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") return;
  }
  clearInterval(timer);
  closeSync(file);
}
