import { dawn, listAdapters } from "@webgfn/tensor/node";

/**
 * Environment variables of the processes that carry out runs side by side, one set per GPU. If WEBGFN_ADAPTER chooses one, or there is one at
 * most, all processes share it.
 *
 * @throws WebgfnError `argument` if the machine lacks the chosen adapter: one error here, rather than one in each process.
 */
export async function adapterEnvironments(): Promise<Record<string, string>[]> {
  if ((process.env["WEBGFN_ADAPTER"] ?? "") !== "") {
    await dawn();
    return [{}];
  }
  const adapters = await listAdapters();
  return adapters.length > 1 ? adapters.map(({ choice }) => ({ WEBGFN_ADAPTER: choice })) : [{}];
}
