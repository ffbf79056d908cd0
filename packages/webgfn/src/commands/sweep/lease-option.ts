import { LEASE } from "@webgfn/sweeps/internal";
import { rules } from "@webgfn/tensor";
import { requireRule } from "@webgfn/tensor/internal";
import { parseNumber } from "../../arguments.js";
import type { Arguments, OptionTable } from "../../command.js";

/** The option of commands that carry out runs. */
export const LEASE_OPTION: OptionTable = {
  lease: { value: "SECONDS", text: `time without a sign of life after which another process takes a run over (default ${LEASE})` },
};

/** The seconds of `--lease`. @throws WebgfnError `argument` unless they are a number from 1 to 100,000. */
export function leaseOption({ values }: Arguments): number {
  const text = values.get("lease");
  if (text === undefined) return LEASE;
  const lease = parseNumber("--lease", text);
  requireRule("--lease", lease, rules.number(1, 1e5));
  return lease;
}
