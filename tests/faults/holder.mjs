// Takes and gives back the lock of a run's folder. Usage: node holder.mjs FOLDER (race | hold | names)
import { readdirSync, readFileSync, rmSync, watch, writeFileSync } from "node:fs";
import { join } from "node:path";
import { argv, pid, stdin, stdout } from "node:process";
import { RunFolder } from "@webgfn/runs/node";

const [, , out, what] = argv;
const lock = join(out, "run.lock");
const folder = RunFolder.open(out);

/** Takes the lock again and again for two seconds; counts when two had it, and when it was gone while this process had it. */
function race() {
  const inside = join(out, "inside");
  const counts = { taken: 0, both: 0, lost: 0 };
  for (const end = Date.now() + 2000; Date.now() < end; ) {
    try {
      folder.claim();
    } catch {
      continue;
    }
    counts.taken += 1;
    try {
      writeFileSync(inside, "", { flag: "wx" });
    } catch {
      counts.both += 1;
      folder.release();
      continue;
    }
    for (let look = 0; look < 20; look++) {
      if (readFileSync(lock, { encoding: "utf8", flag: "r" }).startsWith(`${pid} `)) continue;
      counts.lost += 1;
      break;
    }
    rmSync(inside, { force: true });
    folder.release();
  }
  stdout.write(JSON.stringify(counts));
}

if (what === "race") race();
if (what === "hold") {
  folder.claim();
  stdout.write("held\n");
  stdin.resume();
  stdin.on("end", () => folder.release());
}
if (what === "names") {
  // Every name that appears in the folder while a stale lock is taken over.
  const seen = new Set();
  const watcher = watch(out, (_, name) => seen.add(name));
  setTimeout(() => {
    folder.claim();
    for (const name of readdirSync(out)) seen.add(name);
    folder.release();
  }, 100);
  setTimeout(() => {
    watcher.close();
    stdout.write([...seen].join("\n"));
  }, 500);
}
