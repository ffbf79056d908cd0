import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { run } from "./run.js";

const root = mkdtempSync(join(tmpdir(), "webgfn-tune-"));
afterAll(() => rmSync(root, { recursive: true }));

const TRAIN = "train hypergrid --env.side 4 --hidden 8 --batch-size 16 --steps 10 --json".split(" ");
const l1 = (stdout: string) => (JSON.parse(stdout) as { l1: unknown }).l1;

it("measures tile shapes once, remembers them, and changes no result", async () => {
  const caches = join(root, "caches");
  const env = { XDG_CACHE_HOME: caches };
  const plain = await run(TRAIN);
  // What is not a memory of shapes counts as none.
  mkdirSync(join(caches, "webgfn"), { recursive: true });
  const file = join(caches, "webgfn", "tile-shapes.json");
  writeFileSync(file, '{"an adapter": {"rollout": {"tile": "x"}}');

  const measured = await run([...TRAIN, "--tune"], { env });
  expect(measured.stderr).toMatch(/webgfn: of \d+ tile shapes: .*; a step takes [\d.]+ ms, with the preset [\d.]+\n/);
  const [entry] = Object.values(JSON.parse(readFileSync(file, "utf8")) as Record<string, object>);
  expect(Object.keys(entry as object).every((kernel) => ["rollout", "backward"].includes(kernel))).toBe(true);

  const remembered = await run([...TRAIN, "--tune"], { env });
  expect(remembered.stderr).toMatch(/webgfn: tile shapes as measured before: /);
  expect([plain.status, measured.status, remembered.status]).toEqual([0, 0, 0]);
  expect(l1(measured.stdout)).toEqual(l1(plain.stdout));
  expect(l1(remembered.stdout)).toEqual(l1(plain.stdout));
});

it("trains where shapes cannot be remembered, and says so", async () => {
  const file = join(root, "file");
  writeFileSync(file, "");
  const { status, stderr } = await run([...TRAIN, "--tune"], { env: { XDG_CACHE_HOME: file } });
  expect(stderr).toMatch(/webgfn: they cannot be remembered: /);
  expect(status).toBe(0);
});
