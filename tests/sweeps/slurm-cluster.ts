import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const PROGRAMS = ["/usr/sbin/munged", "/usr/sbin/slurmctld", "/usr/sbin/slurmd", "/usr/bin/sbatch"];

/** Why no cluster can be started here; `undefined` where one can. */
export function noSlurm(): string | undefined {
  const missing = PROGRAMS.find((path) => !existsSync(path));
  if (missing !== undefined) return `there is no ${missing} (Debian: apt-get install slurm-wlm munge)`;
  return process.getuid?.() === 0 ? undefined : "SLURM's daemons need root";
}

/** A real SLURM cluster of one node on this machine, with its own authentication daemon. */
export class SlurmCluster {
  readonly #folder: string;
  readonly #environment: NodeJS.ProcessEnv;

  /** Starts the daemons; what they write is in `folder`. */
  constructor(folder: string) {
    this.#folder = folder;
    const at = (name: string) => join(folder, name);
    for (const name of ["state", "spool", "log", "munge"]) mkdirSync(at(name), { recursive: true });
    chmodSync(folder, 0o755);
    writeFileSync(at("munge.key"), randomBytes(1024), { mode: 0o400 });
    run("chown", "-R", "munge", at("munge"), at("munge.key"));
    const files = ["socket", "pid-file", "log-file", "seed-file"].map((name) => `--${name}=${at(`munge/${name}`)}`);
    run("runuser", "-u", "munge", "--", "/usr/sbin/munged", `--key-file=${at("munge.key")}`, ...files, "--force");
    // Ports of this process, so that two test runs do not meet.
    const port = 20_000 + (process.pid % 10_000) * 2;
    const name = hostname().split(".")[0];
    const settings = {
      ClusterName: "test",
      SlurmctldHost: `${name}(127.0.0.1)`,
      SlurmUser: "root",
      SlurmdUser: "root",
      AuthType: "auth/munge",
      AuthInfo: `socket=${at("munge/socket")}`,
      CryptoType: "crypto/munge",
      StateSaveLocation: at("state"),
      SlurmdSpoolDir: at("spool"),
      SlurmctldPidFile: at("slurmctld.pid"),
      SlurmdPidFile: at("slurmd.pid"),
      SlurmctldLogFile: at("log/slurmctld.log"),
      SlurmdLogFile: at("log/slurmd.log"),
      SlurmctldPort: port,
      SlurmdPort: port + 1,
      ProctrackType: "proctrack/linuxproc",
      TaskPlugin: "task/none",
      SelectType: "select/cons_tres",
      SelectTypeParameters: "CR_Core",
      ReturnToService: 2,
      MpiDefault: "none",
      SwitchType: "switch/none",
      JobRequeue: 1,
      AccountingStorageType: "accounting_storage/none",
      JobAcctGatherType: "jobacct_gather/none",
    };
    const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}`);
    lines.push(`NodeName=${name} NodeAddr=127.0.0.1 CPUs=${cpus().length} State=UNKNOWN`);
    lines.push(`PartitionName=all Nodes=${name} Default=YES MaxTime=INFINITE State=UP`);
    writeFileSync(at("slurm.conf"), `${lines.join("\n")}\n`);
    this.#environment = { ...process.env, SLURM_CONF: at("slurm.conf") };
    this.call("/usr/sbin/slurmctld");
    this.call("/usr/sbin/slurmd", "-N", name as string);
  }

  /** Runs one of SLURM's programs. @returns its standard output. */
  call(program: string, ...words: string[]): string {
    const { status, stdout, stderr } = spawnSync(program, words, { encoding: "utf8", env: this.#environment });
    if (status !== 0) throw new Error(`${program} ${words.join(" ")}: ${stderr}`);
    return stdout;
  }

  /** Signals the script of a task, not its processes. scancel repeats that while the task is leaving, and then says that it cannot. */
  signal(name: string, task: string): void {
    spawnSync("scancel", ["--batch", `--signal=${name}`, task], { env: this.#environment });
  }

  /** Ends all jobs and the daemons. */
  async stop(): Promise<void> {
    spawnSync("scancel", ["--user=root"], { env: this.#environment });
    for (const name of ["slurmd.pid", "slurmctld.pid", "munge/pid-file"]) {
      const pid = Number(existsSync(join(this.#folder, name)) && readFileSync(join(this.#folder, name), "utf8"));
      for (let k = 0; pid > 0 && isAlive(pid) && k < 100; k++) {
        if (k === 0) process.kill(pid);
        await pause(100);
      }
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function run(program: string, ...words: string[]): void {
  const { status, stderr } = spawnSync(program, words, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${program}: ${stderr}`);
}
