// `npm run bench`: prepares the clone as `npm start` does, installs the peers on first use, and races.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { withoutYes } from "../packages/setup/machine-changes.mjs";
import { installBench, prepare } from "../packages/setup/prepare.mjs";

await prepare();
installBench();
const child = spawn(process.execPath, [fileURLToPath(new URL("bench.mjs", import.meta.url)), ...withoutYes()], {
  stdio: "inherit",
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => signal !== "SIGINT" && child.kill(signal));
child.on("exit", (code, signal) => process.exit(signal === null ? code : 1));
