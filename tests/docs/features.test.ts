/** The page on what combines is made from the code. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const file = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const check = (page: string) => spawnSync(process.execPath, [file("packages/setup/features.mjs"), "--check", page], { encoding: "utf8" });

it("says which parts combine as the code does", () => {
  const page = file("docs/features.md");
  expect(check(page)).toMatchObject({ status: 0, stderr: "" });
  const folder = mkdtempSync(join(tmpdir(), "webgfn-features-"));
  const changed = join(folder, "features.md");
  writeFileSync(changed, readFileSync(page, "utf8").replace("| yes ", "| no  "));
  expect(check(changed)).toMatchObject({ status: 1 });
  rmSync(folder, { recursive: true });
});
