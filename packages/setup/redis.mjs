// Redis for the tests of queues. Each of them starts a server of its own. Where there is none, they are skipped.
import { existsSync } from "node:fs";
import { debianChange } from "./debian.mjs";

const PLACES = ["/usr/bin/redis-server", "/usr/local/bin/redis-server", "/usr/bin/valkey-server", "/usr/local/bin/valkey-server"];

/** Where the program is; undefined where there is none. */
export const redisServerPath = () => [process.env.REDIS_SERVER, ...PLACES].find((path) => path !== undefined && existsSync(path));

/** How Debian's Redis is installed. */
export const redisChange = () =>
  debianChange({
    why: "The tests of queues need Redis, which this machine does not have. Where Debian starts services, it starts this one, too.",
    packages: ["redis-server"],
    isHere: () => redisServerPath() !== undefined,
  });

/** Says that tests are skipped, where they are. */
export function sayWithoutRedis() {
  if (redisServerPath() !== undefined) return;
  process.stderr.write(
    "The tests of queues are skipped: there is no redis-server on this machine (set REDIS_SERVER to one, or `apt-get install redis-server`).\n",
  );
}
