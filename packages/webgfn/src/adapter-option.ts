import { requireRule } from "@webgfn/tensor/internal";
import { ADAPTER_RULE } from "@webgfn/tensor/node";
import type { Arguments, OptionTable } from "./command.js";

/** The option of every command that opens an adapter. */
export const ADAPTER_OPTION: OptionTable = {
  adapter: { value: "NAME|INDEX", text: "the adapter to take, of those that doctor lists (also WEBGFN_ADAPTER=NAME|INDEX)" },
};

/**
 * Chooses the adapter of `--adapter` for this process and for every process that it starts.
 *
 * @throws WebgfnError `argument` for a value that is neither an index nor a name.
 */
export function takeAdapter({ values }: Arguments): void {
  const choice = values.get("adapter");
  if (choice === undefined) return;
  requireRule("--adapter", choice, ADAPTER_RULE);
  process.env["WEBGFN_ADAPTER"] = choice;
}
