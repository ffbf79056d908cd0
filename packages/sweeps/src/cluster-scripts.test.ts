import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Job } from "kubernetes-models/batch/v1/Job";
import { afterAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { slurmScript } from "./batch-script.js";
import { dockerfile, kubernetesManifest } from "./kubernetes-manifest.js";

const root = mkdtempSync(join(tmpdir(), "webgfn-scripts-"));
afterAll(() => rmSync(root, { recursive: true }));

/** Stands for webgfn: writes its index down, and returns the status that a file of that index has, once. */
const STUB = `#!/bin/bash
echo "$7" >> "${root}/started"
status=$(cat "${root}/status-$7" 2>/dev/null || echo 0)
rm -f "${root}/status-$7"
exit "$status"
`;

const script = (runs: number, maxArraySize: number) =>
  slurmScript({
    command: [join(root, "webgfn")],
    cwd: root,
    file: "my grid.json",
    out: "sweeps/100%",
    runs,
    maxArraySize,
    gpus: 1,
    cpus: 2,
    time: "4:00:00",
    parallel: 8,
  });

/** Runs one task of the array as SLURM would. @returns the indices that it started, and its status. */
function task(text: string, id: number): { started: number[]; status: number | null } {
  writeFileSync(join(root, "webgfn"), STUB);
  chmodSync(join(root, "webgfn"), 0o755);
  writeFileSync(join(root, "started"), "");
  const { status, stderr } = spawnSync("bash", ["-s"], {
    input: text,
    encoding: "utf8",
    env: { ...process.env, SLURM_ARRAY_TASK_ID: String(id) },
  });
  expect(stderr).toBe("");
  return { started: readFileSync(join(root, "started"), "utf8").split("\n").filter(Boolean).map(Number), status };
}

describe.skipIf(process.platform === "win32")("a SLURM script", () => {
  it("asks for an array that is queued again, with paths and percent signs as they are", () => {
    expect(
      script(12, 1001)
        .split("\n")
        .filter((line) => line.startsWith("#SBATCH")),
    ).toEqual([
      "#SBATCH --job-name=webgfn-my-grid",
      "#SBATCH --array=0-11%8",
      "#SBATCH --requeue",
      "#SBATCH --signal=B:USR1@120",
      "#SBATCH --open-mode=append",
      `#SBATCH --output=${root}/sweeps/100%%/slurm-%A_%a.log`,
      "#SBATCH --gpus=1",
      "#SBATCH --cpus-per-task=2",
      "#SBATCH --time=4:00:00",
    ]);
  });

  it("carries out each run in one task, also where an array is too short for all", () => {
    for (const [runs, most] of [
      [5, 1001],
      [10, 4],
      [9, 3],
      [7, 1],
    ] as const) {
      const text = script(runs, most);
      const last = Number(/--array=0-(\d+)/.exec(text)?.[1]);
      expect(last).toBeLessThan(most);
      const started = Array.from({ length: last + 1 }, (_, id) => task(text, id).started).flat();
      expect(started).toEqual(Array.from({ length: runs }, (_, index) => index));
    }
  });

  it("starts a run again where its device was lost, goes on after one that failed, and tells of it", () => {
    writeFileSync(join(root, "status-1"), "75");
    writeFileSync(join(root, "status-2"), "2");
    expect(task(script(4, 1), 0)).toEqual({ started: [0, 1, 1, 2, 3], status: 2 });
    expect(task(script(4, 1), 0).status).toBe(0);
  });
});

describe("a Kubernetes manifest", () => {
  const manifest = (gpus: number) =>
    parse(
      kubernetesManifest({
        file: "My grid_1.json",
        out: "sweeps/it's",
        runs: 12,
        parallel: 50,
        gpus,
        cpus: 2,
        image: "webgfn:1",
        claim: "w",
      }),
    );

  it.each([0, 1])("is one to the API's schema, with %d GPUs", (gpus) => {
    expect(() => new Job(manifest(gpus)).validate()).not.toThrow();
    const { spec } = manifest(gpus);
    expect(() => new Job({ ...manifest(gpus), spec: { ...spec, completions: "many" } }).validate()).toThrow("must be integer");
  });

  it("starts each index with the words of the command line", () => {
    const { metadata, spec } = manifest(1);
    const [container] = spec.template.spec.containers;
    expect(metadata.name).toBe("webgfn-my-grid-1");
    expect(spec).toMatchObject({ completionMode: "Indexed", completions: 12, parallelism: 12 });
    expect(container.resources.limits).toEqual({ "nvidia.com/gpu": 1 });
    expect(container.command.slice(0, 2)).toEqual(["sh", "-c"]);
    const stub = container.command[2].replace("exec webgfn", "printf '%s\\n'");
    const { stdout } = spawnSync("sh", ["-c", stub], { encoding: "utf8", env: { ...process.env, JOB_COMPLETION_INDEX: "7" } });
    expect(stdout.trim().split("\n")).toEqual(["sweep", "run", "My grid_1.json", "--out", "sweeps/it's", "--index", "7"]);
  });

  it("has an image with this version", () => {
    expect(dockerfile("1.2.3")).toContain("npm install --global webgfn@1.2.3");
  });
});
