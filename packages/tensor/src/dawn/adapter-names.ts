import { FASTEST } from "../describe-adapter.js";
import { WebgfnError } from "../errors.js";
import type { CreateDawn } from "./create.js";

/** A name that no adapter has: Dawn refuses it with the list of available adapters. */
const NOBODY = "webgfn asks for the list";

/**
 * The names of the adapters, in the order in which Dawn tries them. Dawn for Node lists them only in the error about an unknown name.
 *
 * @throws WebgfnError `no-adapter` if the error contains no list.
 */
export async function adapterNames(create: CreateDawn): Promise<string[]> {
  try {
    // Without any adapter there is no error.
    await create(`adapter=${NOBODY}`).requestAdapter(FASTEST);
    return [];
  } catch (cause) {
    const { message = "" } = cause as { message?: string };
    const names = [...message.matchAll(/^ \* backend: '[^']*', name: '(.*)'$/gm)].map(([, name = ""]) => name);
    if (names.length > 0) return names;
    throw new WebgfnError("no-adapter", `this release of the package \`webgpu\` does not list its adapters: ${message.split("\n", 1)[0]}`, {
      fix: "install the release that this one was made for: npm install webgpu@0.6.2",
      cause,
    });
  }
}
