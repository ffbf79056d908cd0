// `npm run bench`: prepares the clone as `npm start` does, installs the peers on first use, and races.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { installBench, prepare } from "../packages/setup/prepare.mjs";

prepare();
installBench();
const child = spawn(process.execPath, [fileURLToPath(new URL("bench.mjs", import.meta.url)), ...process.argv.slice(2)], {
  stdio: "inherit",
});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => signal === "SIGTERM" && child.kill(signal));
child.on("exit", (code, signal) => process.exit(signal === null ? code : 1));
