// The engines that sweeps are tested on.
import { existsSync } from "node:fs";
import { debianChange } from "./debian.mjs";

/** How SLURM is installed, of which a test starts a cluster of one node. */
export const slurmChange = () =>
  debianChange({
    why: "One test starts a SLURM cluster of one node, which this machine does not have.",
    packages: ["slurm-wlm", "munge"],
    isHere: () => existsSync("/usr/sbin/slurmctld") && existsSync("/usr/sbin/munged"),
  });
