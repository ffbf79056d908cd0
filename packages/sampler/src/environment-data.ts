import type { Kernel, Tensor } from "@webgfn/tensor";

/** The environment's data, for a kernel that reads them: linking drops an unused binding. */
export function environmentDataFor({ bindings }: Kernel, data: Tensor): { environment_data?: Tensor } {
  return bindings.some(({ name }) => name === "environment_data") ? { environment_data: data } : {};
}
