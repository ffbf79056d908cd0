import { readFileSync } from "node:fs";
import { defineObjective } from "webgfn";

const shader = readFileSync(new URL("jensen_shannon.wgsl", import.meta.url), "utf8");

/** The Jensen–Shannon divergence, for targets whose log Z is known. */
export function jensenShannon({ logZ }) {
  return defineObjective({ name: "jensen-shannon", shader, constants: { LOG_Z: logZ } });
}
