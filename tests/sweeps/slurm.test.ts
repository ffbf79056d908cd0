/** The printed SLURM script on a real cluster: an array of runs, of which some are interrupted in the middle and queued again. */
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { readPlan, sweepStatus } from "@webgfn/sweeps";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { noSlurm, SlurmCluster } from "./slurm-cluster.js";

const BIN = fileURLToPath(new URL("../../packages/webgfn/dist/bin.js", import.meta.url));
const reason = noSlurm();
const root = mkdtempSync(join(tmpdir(), "webgfn-slurm-"));
/** The indices of runs that are long enough to be interrupted. */
const [LONG, LONGER] = [2, 7];
const SWEEP = {
  environment: "sets",
  "env.items": 6,
  "env.size": 2,
  batchSize: 8,
  hidden: [8],
  evaluateEvery: 1000,
  checkpointEvery: 20,
  list: Array.from({ length: 12 }, (_, seed) => ({ seed, steps: seed === LONG || seed === LONGER ? 6_000 : 40 })),
};

function webgfn(...words: string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, ...words], { encoding: "utf8", cwd: root });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

const bytesOf = (folder: string, hash: string) => readFileSync(join(root, folder, hash, "checkpoint.safetensors"));

async function until(what: string, condition: () => boolean, seconds = 240): Promise<void> {
  for (const end = Date.now() + 1000 * seconds; !condition(); await pause(100)) {
    if (Date.now() > end) throw new Error(`not within ${seconds} s: ${what}`);
  }
}

describe.skipIf(reason !== undefined)(`an array on SLURM${reason === undefined ? "" : ` (skipped: ${reason})`}`, () => {
  let cluster: SlurmCluster;
  beforeAll(() => {
    // Its authentication daemon is another user.
    chmodSync(root, 0o755);
    cluster = new SlurmCluster(join(root, "slurm"));
  });
  afterAll(async () => {
    await cluster?.stop();
    rmSync(root, { recursive: true, force: true });
  });

  it("carries out every run once, whatever is interrupted", async () => {
    writeFileSync(join(root, "sweep.json"), JSON.stringify(SWEEP));
    const words = ["sweep.json", "--out", "sweep"];
    const script = webgfn("sweep", "script", "slurm", ...words, "--gpus", "0", "--cpus", "1", "--parallel", "2");
    writeFileSync(join(root, "sweep.sh"), script);
    const job = /\d+/.exec(cluster.call("sbatch", `--chdir=${root}`, join(root, "sweep.sh")))?.[0];
    const { runs } = readPlan(join(root, "sweep"));
    const hash = (index: number) => runs[index]?.hash as string;
    const checkpoint = (index: number) => join(root, "sweep", hash(index), "checkpoint.safetensors");
    const queueAgain = async (index: number, interrupt: () => void) => {
      await until(`a checkpoint of run ${index}`, () => existsSync(checkpoint(index)));
      interrupt();
      // SLURM lets a task that was queued again wait for two minutes.
      const task = `${job}_${index}`;
      await until(`task ${task} waits`, () => cluster.call("squeue", "--noheader", "--format=%T", `--jobs=${task}`).trim() === "PENDING");
      expect(existsSync(join(root, "sweep", hash(index), "result.json"))).toBe(false);
      cluster.call("scontrol", "update", `jobid=${task}`, "StartTime=now");
    };
    // As an operator does, and as SLURM does before a task's time is over.
    await Promise.all([
      queueAgain(LONG, () => cluster.call("scontrol", "requeue", `${job}_${LONG}`)),
      queueAgain(LONGER, () => cluster.signal("USR1", `${job}_${LONGER}`)),
    ]);
    await until("the array is over", () => cluster.call("squeue", "--noheader").trim() === "");

    expect(sweepStatus(join(root, "sweep"), runs)).toMatchObject({ done: 12, running: 0, failed: 0, waiting: 0 });
    // The same bits as without interruptions.
    for (const index of [LONG, LONGER, 0]) webgfn("sweep", "run", "sweep.json", "--out", "undisturbed", "--index", String(index));
    for (const index of [LONG, LONGER, 0])
      expect(bytesOf("sweep", hash(index)).equals(bytesOf("undisturbed", hash(index))), `run ${index}`).toBe(true);
    const logs = readdirSync(join(root, "sweep")).filter((name) => name.endsWith(".log"));
    const text = logs.map((name) => readFileSync(join(root, "sweep", name), "utf8")).join("");
    // Each ran to its end once.
    expect(text.match(/is finished/g)).toHaveLength(12);
    expect(text.match(/stopped at step/g)).toHaveLength(2);
  });
});
