// Redis for the tests of `webgfn sweep submit` and `sweep worker`. Each test starts a server of its own. Where there is none, they are skipped.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

const PLACES = ["/usr/bin/redis-server", "/usr/local/bin/redis-server", "/usr/bin/valkey-server", "/usr/local/bin/valkey-server"];
const STEPS = [
  ["apt-get", "update"],
  ["apt-get", "install", "-y", "--no-install-recommends", "redis-server"],
];

/** Where the program is; undefined where there is none. */
export const redisServerPath = () => [process.env.REDIS_SERVER, ...PLACES].find((path) => path !== undefined && existsSync(path));

/** How Debian's Redis is installed, as a change of the machine; `undefined` where it is not needed, or not to be had. */
export function redisChange() {
  if (redisServerPath() !== undefined || !existsSync("/etc/debian_version")) return undefined;
  return {
    why: "The tests of queues need Redis, which this machine does not have. Where Debian starts services, it starts this one, too. It is installed by:",
    steps: STEPS.map((words) => words.join(" ")),
    undo: ["apt-get remove -y redis-server redis-tools", "apt-get autoremove -y"],
    make: installRedis,
  };
}

function installRedis() {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  for (const [program, ...args] of STEPS) {
    const { stderr } = spawnSync(program, args, { env, encoding: "utf8", stdio: ["ignore", "ignore", "pipe"] });
    if (args[0] === "install" && redisServerPath() === undefined) process.stderr.write(`${stderr}\nThe tests that need it are skipped.\n`);
  }
}

/** Says that tests are skipped, where they are. */
export function sayWithoutRedis() {
  if (redisServerPath() !== undefined) return;
  process.stderr.write(
    "The tests of queues are skipped: there is no redis-server on this machine (set REDIS_SERVER to one, or `apt-get install redis-server`).\n",
  );
}
