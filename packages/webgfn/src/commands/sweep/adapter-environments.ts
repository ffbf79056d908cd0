import { dawn, listAdapters } from "@webgfn/tensor/node";

/**
 * Variables of the processes that carry out runs side by side: one for each GPU. Where one was chosen, or there is none, all take the same.
 *
 * @throws WebgfnError `argument` where the chosen adapter is none of this machine: once, rather than in each process.
 */
export async function adapterEnvironments(): Promise<Record<string, string>[]> {
  if ((process.env["WEBGFN_ADAPTER"] ?? "") !== "") {
    await dawn();
    return [{}];
  }
  const adapters = await listAdapters();
  return adapters.length > 1 ? adapters.map(({ choice }) => ({ WEBGFN_ADAPTER: choice })) : [{}];
}
