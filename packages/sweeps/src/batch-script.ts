import { basename, resolve } from "node:path";
import { shellLine } from "@webgfn/runs/node/internal";
import { counted } from "@webgfn/tensor/internal";
import { AGAIN } from "./exit-status.js";

/** Options of a script for a cluster. */
export interface ScriptOptions {
  /** The command that starts webgfn on the cluster, word by word. */
  readonly command: readonly string[];
  /** The working folder, to which the paths of the sweep file and `out` are relative. */
  readonly cwd: string;
  readonly file: string;
  readonly out: string;
  /** Number of runs. */
  readonly runs: number;
  /** Most runs at a time. Default: the cluster decides. */
  readonly parallel?: number;
  readonly gpus: number;
  readonly cpus: number;
  /** Time limit of a task in SLURM's notation, such as `4:00:00`. */
  readonly time?: string;
  /** SLURM's MaxArraySize, the limit on the tasks of an array. */
  readonly maxArraySize: number;
}

/** Seconds before the end of a task at which SLURM asks for a checkpoint. */
const NOTICE = 120;
/** Attempts per run within a task, if a device is lost. */
const ATTEMPTS = 3;

/** A script for `sbatch`: an array whose tasks start or resume their runs, and are queued again if their time ends first. */
export function slurmScript({ command, cwd, file, out, runs, parallel, gpus, cpus, time, maxArraySize }: ScriptOptions): string {
  const chunk = Math.ceil(runs / maxArraySize);
  const tasks = Math.ceil(runs / chunk);
  const name = basename(file)
    .replace(/\.\w+$/, "")
    .replace(/[^\w.-]/g, "-");
  const options = [
    `--job-name=webgfn-${name}`,
    `--array=0-${tasks - 1}${parallel === undefined ? "" : `%${parallel}`}`,
    "--requeue",
    `--signal=B:USR1@${NOTICE}`,
    "--open-mode=append",
    `--output=${quoted(`${resolve(cwd, out).replaceAll("%", "%%")}/slurm-%A_%a.log`)}`,
    ...(gpus === 0 ? [] : [`--gpus=${gpus}`]),
    `--cpus-per-task=${cpus}`,
    ...(time === undefined ? [] : [`--time=${time}`]),
  ];
  const run = shellLine(...command, "sweep", "run", file, "--out", out);
  return `#!/bin/bash
${options.map((option) => `#SBATCH ${option}`).join("\n")}

# ${counted(runs, "run")}${chunk > 1 ? `, ${chunk} per task, since an array has at most ${maxArraySize} tasks` : ""}. Submit with: sbatch THIS_FILE
# Submitted again, it does only what is not finished.

set -u
${shellLine("cd", cwd)} || exit 1

child=
stopping=
stop() {
  stopping=$1
  [ -n "$child" ] && kill -USR1 "$child" 2>/dev/null
}
# SLURM sends USR1 ${NOTICE} s before the time is over, and TERM where the task is cancelled, preempted or queued again.
trap 'stop time' USR1
trap 'stop asked' TERM

first=$((SLURM_ARRAY_TASK_ID * ${chunk}))
last=$((first + ${chunk - 1} < ${runs} ? first + ${chunk - 1} : ${runs - 1}))
result=0
for ((index = first; index <= last; index++)); do
  [ -z "$stopping" ] || break
  for ((attempt = 1; attempt <= ${ATTEMPTS}; attempt++)); do
    ${run} --index "$index" &
    child=$!
    # A signal ends \`wait\` before the run has ended.
    while :; do
      wait "$child"
      status=$?
      kill -0 "$child" 2>/dev/null || break
    done
    child=
    # ${AGAIN}: stopped with a checkpoint. Without a signal, the device was lost.
    [ "$status" -eq ${AGAIN} ] && [ -z "$stopping" ] || break
  done
  [ "$status" -eq 0 ] || result=$status
done

# The task goes on from its checkpoints when its turn comes again. SLURM ends it here.
[ "$stopping" = time ] && scontrol requeue "$SLURM_JOB_ID" && sleep 60
exit "$result"
`;
}

/** Quotes a path for a comment line of the script that sbatch reads. */
function quoted(path: string): string {
  return /^[\w@%+:,./-]*$/.test(path) ? path : `"${path}"`;
}
