// Contestants in Python: which there are, and how a process of one is started and spoken to, a line of JSON for each message.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { pythonOf } from "./environments.mjs";

/** By name: its program, the environment in which it runs, and whether it is a library for GFlowNets with a hypergrid of its own. */
const CONTESTANTS = {
  PyTorch: { program: "step_pytorch.py", environment: "torch" },
  JAX: { program: "step_jax.py", environment: "jax" },
  torchgfn: { program: "step_torchgfn.py", environment: "torch", isLibrary: true },
  gfnx: { program: "step_gfnx.py", environment: "gfnx", isLibrary: true },
};

export const isPython = (name) => name in CONTESTANTS;

/** Who races in a work: the libraries where it is theirs as well. */
export function pythonPeers({ environment, objective }) {
  const isTheirs = environment === "hypergrid" && objective === "tb";
  return Object.keys(CONTESTANTS).filter((name) => isTheirs || !CONTESTANTS[name].isLibrary);
}

/** Typed arrays as plain ones. */
const plain = (_, value) => (ArrayBuffer.isView(value) ? Array.from(value) : value);

function parsed(line) {
  try {
    return JSON.parse(line);
  } catch {
    return { error: `it answered with something else than JSON: ${line.slice(0, 200)}` };
  }
}

/** A child that reads a question a line, and writes an answer a line: what `Contestant` takes. */
export function speakLines(command, args) {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"] });
  // One that has crashed does not read any more; its exit is reported.
  child.stdin.on("error", () => {});
  return {
    child,
    send: (message) => child.stdin.write(`${JSON.stringify(message, plain)}\n`),
    listen: (hear) => createInterface({ input: child.stdout }).on("line", (line) => hear(parsed(line))),
    noise: [child.stderr],
  };
}

export function startPython(name) {
  const { program, environment } = CONTESTANTS[name];
  return speakLines(pythonOf(environment), [fileURLToPath(new URL(program, import.meta.url))]);
}
