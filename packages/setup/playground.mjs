// `npm run playground`: builds the playground and serves it, as any static host would. Arguments go to `vite preview`.
import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { root } from "./build.mjs";
import { prepareSources } from "./prepare.mjs";

prepareSources();
const vite = join(root, "node_modules/vite/bin/vite.js");
const cwd = join(root, "packages/playground");
const { status } = spawnSync(process.execPath, [vite, "build", "--logLevel", "warn"], { cwd, stdio: "inherit" });
if (status !== 0) process.exit(1);
const server = spawn(process.execPath, [vite, "preview", ...process.argv.slice(2)], { cwd, stdio: "inherit" });
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => signal !== "SIGINT" && server.kill(signal));
server.on("exit", (code, signal) => process.exit(signal === null ? code : 1));
