// Takes the lease of a folder. Usage: node leaseholder.mjs FOLDER SECONDS (hold | busy | try)
// hold: until standard input ends; each line on it asks whether the lease is still held. busy: computes for three leases, then tells.
import { argv, exit, stdin, stdout } from "node:process";
import { FolderLock } from "@webgfn/runs/node/internal";

const [, , folder, seconds, what] = argv;
const lock = await FolderLock.lease(folder, Number(seconds));
stdout.write(lock === undefined ? "busy\n" : "held\n");
if (lock === undefined) exit(0);

function tell() {
  try {
    lock.requireHeld();
    stdout.write("held\n");
  } catch (error) {
    stdout.write(`${error.message}\n`);
  }
}

if (what === "busy") {
  for (const end = Date.now() + 3000 * Number(seconds); Date.now() < end; );
  tell();
}
if (what === "hold") {
  stdin.on("data", tell);
  stdin.on("end", () => lock.release());
} else {
  lock.release();
}
