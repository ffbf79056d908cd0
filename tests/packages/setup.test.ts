/** What `npm start` and `npm test` change on a machine: said before, asked about on a terminal, and made by nobody but root. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { announcement, type Change, carryOut, saidYes, withoutYes } from "../../packages/setup/machine-changes.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const root = mkdtempSync(join(tmpdir(), "webgfn-setup-"));
afterAll(() => rmSync(root, { recursive: true }));

/** A change that notes when it is made, beside what was said until then. */
function change(said: () => string): { made: string[]; change: Change } {
  const made: string[] = [];
  return {
    made,
    change: {
      why: "It needs a driver.",
      steps: ["apt-get install driver"],
      undo: ["apt-get remove driver"],
      make: () => made.push(said()),
    },
  };
}

/** Carries a change out with somebody, or nobody, at a terminal who gives an answer. */
async function answered(answer: string | undefined, { root: isRoot = true, yes = false } = {}) {
  const [input, output] = [new PassThrough(), new PassThrough()];
  let said = "";
  output.on("data", (text) => {
    said += text;
    if (String(text).includes("[y/N]") && answer !== undefined) input.write(`${answer}\n`);
  });
  if (answer !== undefined) for (const stream of [input, output]) Object.assign(stream, { isTTY: true });
  const { made, change: first } = change(() => said);
  const { made: second, change: other } = change(() => said);
  const done = await carryOut([first, other], { root: isRoot, yes, input, output });
  return { done, made: [...made, ...second], said, questions: said.split("[y/N]").length - 1 };
}

describe("changes of the machine", () => {
  it("are said with how to undo them before they are made", async () => {
    const { made, done } = await answered(undefined);
    expect(done).toBe(true);
    expect(made).toHaveLength(2);
    for (const before of made) expect(before).toContain("apt-get install driver");
    for (const before of made) expect(before).toContain("To undo it, as root:\n    apt-get remove driver");
  });

  it("are asked about once on a terminal", async () => {
    expect(await answered("y")).toMatchObject({ done: true, questions: 1, made: [expect.anything(), expect.anything()] });
    for (const no of ["n", "", "later"]) expect(await answered(no)).toMatchObject({ done: false, questions: 1, made: [] });
  });

  it("are made without a question where there is no terminal, or --yes was given", async () => {
    expect(await answered(undefined)).toMatchObject({ done: true, questions: 0 });
    expect(await answered("n", { yes: true })).toMatchObject({ done: true, questions: 0 });
  });

  it("are only said to somebody who is not root", async () => {
    expect(await answered("y", { root: false })).toMatchObject({
      done: false,
      questions: 0,
      made: [],
      said: expect.stringContaining("this needs root"),
    });
  });

  it("that are none say nothing", async () => {
    const output = new PassThrough();
    expect(await carryOut([], { output })).toBe(true);
    expect([output.read(), announcement([])]).toEqual([null, ""]);
  });

  it("take --yes from the words, or from npm", () => {
    expect([saidYes(["--yes", "list"], {}), saidYes(["list"], { npm_config_yes: "true" }), saidYes(["list"], {})]).toEqual([
      true,
      true,
      false,
    ]);
    expect(withoutYes(["list", "--yes", "--json"])).toEqual(["list", "--json"]);
  });
});

const canMount = existsSync("/etc/debian_version") && process.getuid?.() === 0 && spawnSync("unshare", ["-m", "true"]).status === 0;

describe.skipIf(!canMount)("npm start on Debian 12 without a driver", () => {
  it("names the apt source, the packages and how to undo both, before apt-get runs", () => {
    // A mount namespace keeps this machine as it is; apt-get is a stand-in that shows what had been said when it ran.
    const script = `
      set -e
      mount -t tmpfs tmpfs /etc/apt/sources.list.d
      printf 'Types: deb\\nURIs: http://mirror.example/debian\\nSuites: bookworm bookworm-updates\\nComponents: main\\n' > /etc/apt/sources.list.d/debian.sources
      printf 'ID=debian\\nVERSION_ID="12"\\nVERSION_CODENAME=bookworm\\n' > ${root}/os-release; mount --bind ${root}/os-release /etc/os-release
      mount -t tmpfs tmpfs /usr/share/vulkan/icd.d
      mkdir ${root}/bin
      printf '#!/bin/sh\\ncp ${root}/said ${root}/before-apt; echo "$*" >> ${root}/apt\\ncase "$*" in *install*) umount /usr/share/vulkan/icd.d;; esac\\n' > ${root}/bin/apt-get
      chmod +x ${root}/bin/apt-get
      cd ${ROOT}; PATH=${root}/bin:$PATH npm start --silent -- list --json > ${root}/list 2> ${root}/said < /dev/null
      cp /etc/apt/sources.list.d/webgfn* ${root}/`;
    const { VK_DRIVER_FILES: _, VK_ICD_FILENAMES: __, ...env } = process.env;
    writeFileSync(join(root, "script"), script);
    spawnSync("unshare", ["-m", "bash", join(root, "script")], { env });
    const before = readFileSync(join(root, "before-apt"), "utf8");
    expect(before).toContain("a new apt source, /etc/apt/sources.list.d/webgfn-backports.sources");
    expect(before).toContain("Suites: bookworm-backports");
    expect(before).toContain("apt-get install -y -t bookworm-backports mesa-vulkan-drivers");
    expect(before).toContain("rm /etc/apt/sources.list.d/webgfn-backports.sources");
    expect(before).toContain("apt-get remove -y mesa-vulkan-drivers");
    expect(readFileSync(join(root, "apt"), "utf8")).toBe("update\ninstall -y -t bookworm-backports mesa-vulkan-drivers\n");
    expect(existsSync(join(root, "webgfn-backports.sources"))).toBe(true);
    expect(JSON.parse(readFileSync(join(root, "list"), "utf8"))).toHaveProperty("environments");
  });
});

describe("the workflows", () => {
  const folder = join(ROOT, ".github/workflows");
  const workflows = readdirSync(folder).map((name) => ({ name, text: readFileSync(join(folder, name), "utf8") }));
  const release = workflows.find(({ name }) => name === "release.yml")?.text ?? "";

  /** The lines of a workflow's job. */
  const job = (text: string, name: string): string => new RegExp(`^  ${name}:\\n((?:    .*\\n|\\n|  #.*\\n)*)`, "m").exec(text)?.[1] ?? "";

  it.each(workflows)("$name takes actions by commit, with the version beside it", ({ text }) => {
    const uses = [...text.matchAll(/uses: (.*)/g)].map(([, action]) => action as string).filter((action) => !action.startsWith("./"));
    for (const action of uses) expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it.each(workflows)("$name has least rights, and an end to every job", ({ text }) => {
    expect(/^permissions:\n {2}contents: read\n(?! )/m.test(text)).toBe(true);
    const jobs = text.slice(text.indexOf("\njobs:"));
    const runners = jobs.split("runs-on:").length - 1;
    expect(jobs.split("timeout-minutes:").length - 1).toBe(runners);
  });

  it("publish nothing without all tests of the same commit", () => {
    expect(job(release, "test")).toContain("uses: ./.github/workflows/ci.yml");
    expect(job(release, "versions")).toContain("needs: test");
    expect(job(release, "publish")).toContain("needs: versions");
    expect(workflows.find(({ name }) => name === "ci.yml")?.text).toMatch(/workflow_call:[\s\S]*run: npm test/);
  });

  it("let no action of others into the job that may publish", () => {
    const publishing = job(release, "publish");
    expect(publishing).toContain("id-token: write");
    expect(release.split("id-token: write")).toHaveLength(2);
    expect([...publishing.matchAll(/uses: ([\w-]+)\//g)].map(([, owner]) => owner)).toEqual(["actions", "actions"]);
  });
});
