// `npm start [-- --yes] [-- COMMAND …]`: from a fresh clone to a GFlowNet that learned its target. Rényi-½ on sets (D = 32, N = 16), 3 replicas.
import { spawn } from "node:child_process";
import { withoutYes } from "./machine-changes.mjs";
import { cli, prepare } from "./prepare.mjs";

await prepare();
const defaults = ["train", "sets", "--objective", "renyi", "--alpha", "0.5", "--replicas", "3", "--evaluate-every", "125"];
const given = withoutYes();
const child = spawn(process.execPath, [cli, ...(given.length > 0 ? given : defaults)], { stdio: "inherit" });
// The terminal sends an interrupt to both; the child ends the run in order, and this process waits for it.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => signal !== "SIGINT" && child.kill(signal));
child.on("exit", (code, signal) => process.exit(signal === null ? code : 1));
