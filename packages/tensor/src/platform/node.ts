/** The part of {@link openAdapter} that is Node's. `package.json` chooses it, under the condition `node`, for `#platform`. */
export { dawn as implementation } from "../node.js";

/** What to do where WebGPU is there, but no adapter. */
export const NO_ADAPTER_FIX = "run `webgfn doctor`, which says what is missing and the one command that fixes it";
