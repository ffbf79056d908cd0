import { readFileSync } from "node:fs";
import { defineObjective, rules } from "webgfn";

/** log(1 + e^x), where e^x may be too large for a number. */
const softplus = (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** The Jensen–Shannon divergence, for targets whose log Z is known. */
export const jensenShannon = defineObjective({
  name: "jensen-shannon",
  wgsl: readFileSync(new URL("jensen_shannon.wgsl", import.meta.url), "utf8"),
  parameters: { logZ: { value: 0, rule: rules.finite, help: "log Z of the target" } },
  host: ({ logZ }) => ({
    value: (logWeight, _, logRewardShift) => -0.5 * (softplus(logWeight + logRewardShift - logZ) - Math.LN2),
    loss: (meanF) => 2 * meanF,
  }),
});
