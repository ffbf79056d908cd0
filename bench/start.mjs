// `npm run bench`: prepares the clone as `npm start` does, installs the peers on first use, and races. Those in Python are installed
// by the race itself.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { withoutYes } from "../packages/setup/machine-changes.mjs";
import { installBench, prepare } from "../packages/setup/prepare.mjs";

const { peers } = parseArgs({ options: { peers: { type: "string" } }, strict: false }).values;
await prepare();
if (peers !== "python") installBench();
const child = spawn(process.execPath, [fileURLToPath(new URL("bench.mjs", import.meta.url)), ...withoutYes()], {
  stdio: "inherit",
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => signal !== "SIGINT" && child.kill(signal));
child.on("exit", (code, signal) => process.exit(signal === null ? code : 1));
