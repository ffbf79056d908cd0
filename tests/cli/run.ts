import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { vi } from "vitest";
import { main } from "webgfn/internal";

const BIN = fileURLToPath(new URL("../../packages/webgfn/dist/bin.js", import.meta.url));

export interface Finished {
  status: number | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  env?: Record<string, string>;
  /** Called with everything that standard error has said so far; may send a signal. */
  onError?(text: string, kill: (signal: NodeJS.Signals) => void): void;
}

/** Runs the command line as a process of its own. */
export function run(args: readonly string[], { env = {}, onError }: RunOptions = {}): Promise<Finished> {
  const child = spawn(process.execPath, [BIN, ...args], { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    onError?.(stderr, (signal) => child.kill(signal));
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, stdout, stderr }));
  });
}

/** The same within this process: starting one for each of hundreds of lines would take most of the time. */
export async function call(args: readonly string[]): Promise<Finished> {
  const caught = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    vi.spyOn(process[name], "write").mockImplementation((text) => {
      caught[name] += text;
      return true;
    });
  }
  try {
    return { status: await main(args), ...caught };
  } finally {
    vi.restoreAllMocks();
  }
}

/** An environment in which no adapter opens: whatever needs one fails, quickly. */
export const WITHOUT_ADAPTER = { VK_DRIVER_FILES: "/nonexistent.json" };

/** The same program through a shell, for pipes. */
export function shell(script: string): Promise<Finished> {
  const child = spawn("bash", ["-c", script], { env: { ...process.env, NODE: process.execPath, BIN }, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  return new Promise((resolve) => {
    child.on("close", (status) => resolve({ status, stdout, stderr }));
  });
}
