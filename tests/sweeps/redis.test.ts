/** Queues on a real Redis: workers that are killed, frozen and stopped, a Redis that goes away, and jobs that somebody else wrote. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { decodeCheckpoint } from "@webgfn/sampler";
import { configurationHash } from "@webgfn/sweeps";
import { Completion, performRun } from "@webgfn/sweeps/internal";
import { Queue } from "bullmq";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { type Configuration, completeConfiguration } from "webgfn";
import { call, run } from "../cli/run.js";
import { Program, until } from "./program.js";
import { RedisServer, SERVER } from "./redis-server.js";

const root = mkdtempSync(join(tmpdir(), "webgfn-redis-"));
const programs: Program[] = [];
const servers: RedisServer[] = [];
const queues: Queue[] = [];

afterEach(async () => {
  for (const program of programs.splice(0)) program.killAll("SIGKILL");
  for (const queue of queues.splice(0)) await queue.close();
  for (const server of servers.splice(0)) await server.kill();
});
afterAll(() => rmSync(root, { recursive: true, maxRetries: 5 }));

async function startRedis(name: string, ...words: string[]): Promise<RedisServer> {
  const server = await RedisServer.start(join(root, name), ...words);
  servers.push(server);
  return server;
}

function start(words: readonly string[], env?: Record<string, string>, cwd?: string): Program {
  const program = new Program(words, env, cwd);
  programs.push(program);
  return program;
}

/** A sweep of tiny runs, with the path of its file. */
function sweepFile(name: string, settings: object): string {
  const path = join(root, `${name}.json`);
  const tiny = { environment: "sets", env: { items: 6, size: 2 }, batchSize: 8, hidden: [8] };
  writeFileSync(path, JSON.stringify({ ...tiny, ...settings }));
  return path;
}

/** The runs of a sweep's folder in the order of its plan. */
function hashesIn(out: string): string[] {
  return (JSON.parse(readFileSync(join(out, "sweep.json"), "utf8")) as { runs: { hash: string }[] }).runs.map(({ hash }) => hash);
}

const FINISHED = ["checkpoint.safetensors", "columns.json", "config.json", "metrics.jsonl", "result.json"];

/** Expects the bits of runs that nobody disturbs, which are made here. What differs are the times. */
async function expectUndisturbed(out: string): Promise<void> {
  const { signal } = new AbortController();
  const follower = { say() {}, evaluated() {}, stepped() {}, note() {}, clear() {} };
  for (const hash of hashesIn(out)) {
    const [folder, reference] = [join(out, hash), join(`${out}-reference`, hash)];
    const { configuration } = JSON.parse(readFileSync(join(folder, "result.json"), "utf8")) as { configuration: Configuration };
    const ending = await performRun(reference, hash, () => new Completion().complete(configuration), { follower, signal });
    expect(ending, hash).toEqual({ kind: "finished" });
    expect(readdirSync(folder).sort(), hash).toEqual(FINISHED);
    expect(checkpointOf(folder), hash).toEqual(checkpointOf(reference));
    expect(measured(folder), hash).toEqual(measured(reference));
  }
}

/** A checkpoint as small values that say what differs: its step, its configuration, and a digest of each tensor. */
function checkpointOf(folder: string): object {
  const { step, configuration, tensors } = decodeCheckpoint(readFileSync(join(folder, "checkpoint.safetensors")));
  const digests = Object.entries(tensors).map(([name, { data }]) => [name, createHash("sha256").update(data).digest("hex")]);
  return { step, configuration, ...Object.fromEntries(digests) };
}

function measured(folder: string): object[] {
  const lines = readFileSync(join(folder, "metrics.jsonl"), "utf8").trim().split("\n");
  return lines.map((text) => {
    const { seconds, rewards, time, stepsPerSecond, ...rest } = JSON.parse(text) as Record<string, unknown>;
    return rest;
  });
}

/** How often workers say that they have finished each run. */
function finishes(workers: readonly Program[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { said } of workers) {
    for (const [, index = ""] of said.matchAll(/^run (\d+) is finished/gm)) counts.set(index, (counts.get(index) ?? 0) + 1);
  }
  return counts;
}

describe.skipIf(SERVER === undefined)("a queue on Redis", () => {
  // Twice 20 processes that train, beside other tests.
  it("finishes every run once, with the same bits, though workers are killed and frozen and Redis is restarted", {
    timeout: 900_000,
  }, async () => {
    const file = sweepFile("many", {
      steps: 400,
      evaluateEvery: 100,
      checkpointEvery: 20,
      grid: { seed: Array.from({ length: 10 }, (_, k) => k), learningRate: [0.001, 0.01] },
    });
    const out = join(root, "many");
    const redis = await startRedis("redis-many");
    const env = { WEBGFN_REDIS: redis.url };
    const submit = start(["sweep", "submit", file, "--out", out, "--wait"], env);
    await submit.says(/of 20 runs 20 submitted/);
    const workers: Program[] = [];
    const newWorker = () => {
      const worker = start(["sweep", "worker", "--out", out, "--lease", "2"], env);
      workers.push(worker);
      return worker;
    };
    const current = [newWorker(), newWorker(), newWorker()];

    // Killed while it has a run: its child ends, too, and another worker takes the run.
    for (let kill = 0; kill < 4; kill++) {
      const place = kill % 2;
      const worker = current[place] as Program;
      await worker.says(/^run \d+ starts/m);
      await new Promise((resolve) => setTimeout(resolve, 400 * kill));
      if (kill % 2 === 0) worker.kill("SIGKILL");
      else worker.killAll("SIGKILL");
      current[place] = newWorker();
    }

    // Frozen with its child in the middle of a run, until another worker has finished that run.
    const frozen = current[2] as Program;
    let held: string | undefined;
    await until(() => {
      const [, index] = [...frozen.said.matchAll(/^run (\d+) starts/gm)].at(-1) ?? [];
      const hash = index === undefined ? undefined : hashesIn(out)[Number(index)];
      const isHeld = hash !== undefined && existsSync(join(out, hash, "metrics.jsonl")) && !existsSync(join(out, hash, "result.json"));
      if (isHeld) held = hash;
      return isHeld;
    }, "a run to be trained");
    frozen.killAll("SIGSTOP");
    const heard = frozen.said.length;
    await until(() => existsSync(join(out, held as string, "result.json")), "another worker to finish the frozen run");

    // A power cut in the middle, for longer than a lease.
    await redis.kill();
    await new Promise((resolve) => setTimeout(resolve, 3000));
    await redis.restart();

    frozen.killAll("SIGCONT");
    await frozen.says(/may be another worker's by now/, heard);
    await frozen.says(/run \d+ is carried out by another process/, heard);

    expect(await submit.ended, submit.said).toBe(0);
    expect(submit.said).toMatch(/of 20 runs 20 finished/);
    for (const worker of current) worker.kill("SIGTERM");
    for (const worker of current) expect(await worker.ended, worker.said).toBe(0);
    expect(workers.map(({ said }) => said).join("")).toMatch(/the connection to Redis .* was lost; .*\n[\s\S]*is back/);

    const counts = finishes(workers);
    expect(Math.max(...counts.values()), "nothing ran to its end twice").toBe(1);
    // A worker may be killed after the end of its run, and before it says so.
    expect(counts.size).toBeGreaterThanOrEqual(16);

    await expectUndisturbed(out);

    // What is finished is not submitted again.
    const again = await run(["sweep", "submit", file, "--out", out, "--json"], { env });
    expect(JSON.parse(again.stdout)).toEqual({ submitted: 0, queued: 0, finishedBefore: 20, folder: out });
  });

  it("brings folders back from workers without a shared disk, and goes on with what was stopped", async () => {
    const file = sweepFile("collected", { steps: 3000, evaluateEvery: 500, checkpointEvery: 20, grid: { seed: [1, 2] } });
    const out = join(root, "collected");
    const redis = await startRedis("redis-collected");
    const env = { WEBGFN_REDIS: redis.url };
    const submit = start(["sweep", "submit", file, "--out", out, "--collect"], env);
    await submit.says(/2 submitted/);
    const temporary = join(root, "temporary");
    mkdirSync(temporary);
    const words = ["sweep", "worker", "--collect"];
    const first = start(words, { ...env, TMPDIR: temporary });
    await first.says(/^run 0 starts/m);
    const [hash = ""] = hashesIn(out);
    // Stopped when it has a checkpoint to send.
    await until(
      () => readdirSync(temporary).some((name) => existsSync(join(temporary, name, hash, "checkpoint.safetensors"))),
      "a checkpoint",
    );
    first.kill("SIGTERM");
    expect(await first.ended, first.said).toBe(75);
    expect(first.said).toMatch(/run 0 goes back to the queue at step [1-9]/);
    expect(readdirSync(temporary), "it leaves nothing behind").toEqual([]);
    expect(readdirSync(join(out, hash)).sort()).toEqual(FINISHED.slice(0, 4));

    const second = start([...words, "--drain"], { ...env, TMPDIR: temporary });
    expect(await submit.ended, submit.said).toBe(0);
    expect(await second.ended, second.said).toBe(0);
    expect(second.said).not.toContain("begins again");
    await expectUndisturbed(out);
    expect((JSON.parse(readFileSync(join(out, hash, "result.json"), "utf8")) as { folder: string }).folder).toBe(join(out, hash));
  });

  it("carries out no code, reads no file and writes no folder that only Redis names", async () => {
    const marker = join(root, "marker");
    writeFileSync(
      join(root, "reward.mjs"),
      `import { writeFileSync } from "node:fs";
writeFileSync(${JSON.stringify(marker)}, "");
export const reward = (objects) => objects.map(() => 0);
`,
    );
    const redis = await startRedis("redis-untrusted");
    const queue = new Queue("webgfn", { connection: { url: redis.url } });
    queues.push(queue);
    const tiny = completeConfiguration({ environment: "sets", env: { items: 6, size: 2 }, batchSize: 8, hidden: [8], steps: 5 });
    const jobs: [string, object, RegExp][] = [
      [
        "code",
        { ...tiny, reward: "./reward.mjs#reward" },
        /needs code of one's own \(reward \.\/reward\.mjs#reward\).*--reward '\.\/reward\.mjs#reward'/,
      ],
      ["command", { ...tiny, reward: `command: touch ${marker}` }, /a command: touch .*--reward-command 'touch /],
      ["table", { ...tiny, rewardTable: "/etc/passwd" }, /names a file by rewardTable/],
      ["file", { ...tiny, environment: "dags", env: { data: "/etc/passwd" } }, /names a file by env\.data/],
      ["field", { ...tiny, folder: "/tmp" }, /"folder" is not a field/],
      ["number", { ...tiny, batchSize: -1 }, /batchSize must be/],
    ];
    for (const [index, [, configuration]] of jobs.entries()) {
      const jobId = `run-${configurationHash(configuration as typeof tiny)}`;
      await queue.add("run", { version: 1, index, settings: {}, configuration }, { jobId, attempts: 3 });
    }
    await queue.add("run", { version: 1, index: 9, settings: {}, configuration: tiny }, { jobId: "run-../../elsewhere" });
    await queue.add("run", { nothing: true }, { jobId: "run-nothing" });
    const out = join(root, "untrusted");
    const worker = start(["sweep", "worker", "--redis", redis.url, "--out", out, "--drain"], {}, root);
    expect(await worker.ended, worker.said).toBe(0);
    const reasons = new Map(
      (await queue.getJobs(["failed"])).map(({ id, failedReason, attemptsMade }) => [id, { failedReason, attemptsMade }]),
    );
    for (const [name, configuration, sentence] of jobs) {
      const found = reasons.get(`run-${configurationHash(configuration as typeof tiny)}`);
      expect(found?.failedReason, name).toMatch(sentence);
      expect(found?.attemptsMade, "it is not tried again").toBe(1);
    }
    expect(reasons.get("run-../../elsewhere")?.failedReason).toMatch(/not the one that its id names/);
    expect(reasons.get("run-nothing")?.failedReason).toMatch(/none of this version/);
    expect(existsSync(marker)).toBe(false);
    expect(readdirSync(out)).toEqual([]);

    // A worker whose command line names the code carries it out.
    const file = sweepFile("own", { steps: 5, reward: "./reward.mjs#reward", grid: { seed: [1] } });
    const env = { WEBGFN_REDIS: redis.url };
    const submitted = start(["sweep", "submit", file, "--out", out], env, root);
    expect(await submitted.ended, submitted.said).toBe(0);
    const named = start(["sweep", "worker", "--out", out, "--drain", "--reward", "./reward.mjs#reward"], env, root);
    expect(await named.ended, named.said).toBe(0);
    expect(named.said).toMatch(/run 0 is finished/);
  });

  it("says in a sentence where Redis is away, or refuses, and shows the password to nobody", async () => {
    const redis = await startRedis("redis-password", "--requirepass", "s3cret", "--maxmemory-policy", "allkeys-lru", "--appendonly", "no");
    const out = join(root, "password");
    const words = ["sweep", "worker", "--out", out, "--drain"];
    const address = `127.0.0.1:${redis.port}`;
    const wrong = await run([...words, "--redis", `redis://:wr0ng@${address}`]);
    expect(wrong).toMatchObject({
      status: 1,
      stderr: `webgfn: Redis at ${address} refuses the user or the password; correct them in the URL\n`,
    });
    const none = await run([...words, "--redis", `redis://${address}`]);
    expect(none).toMatchObject({ status: 1, stderr: expect.stringMatching(/wants a password; give it in the URL/) });

    const url = `redis://:s3cret@${address}`;
    const file = sweepFile("password", { steps: 100_000, evaluateEvery: 50_000, checkpointEvery: 1000, grid: { seed: [1] } });
    const submit = await run(["sweep", "submit", file, "--out", out, "--redis", url]);
    expect(submit.status).toBe(0);
    expect(submit.stderr).toMatch(/keeps no append-only file .* jobs would be lost, but no runs/);
    expect(submit.stderr).toMatch(/maxmemory-policy allkeys-lru, not noeviction/);
    const worker = start(["sweep", "worker", "--redis", url, "--out", out]);
    const [hash = ""] = hashesIn(out);
    await until(() => existsSync(join(out, hash, "run.lock")), "a run");
    const child = readFileSync(join(out, hash, "run.lock"), "utf8").split(" ")[0] as string;
    expect(Number(child)).not.toBe(worker.pid);
    for (const each of [`${worker.pid}/cmdline`, `${child}/cmdline`, `${child}/environ`]) {
      expect(readFileSync(join("/proc", each), "latin1"), each).not.toContain("s3cret");
    }

    // A second one that is told to stop gives nothing back: it had nothing.
    const idle = start(["sweep", "worker", "--out", out], { WEBGFN_REDIS: url });
    await idle.says(/takes runs/);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    idle.kill("SIGTERM");
    expect(await idle.ended, idle.said).toBe(0);

    // Stopped while Redis is away, it ends all the same.
    await redis.kill();
    await worker.says(/was lost/);
    worker.kill("SIGINT");
    expect(await worker.ended, worker.said).toBe(130);
    expect(worker.said).toMatch(/other workers take over when they miss this one/);
    expect(worker.said + submit.stderr).not.toContain("s3cret");
    servers.splice(0);

    const begin = performance.now();
    const away = await run([...words, "--redis", url]);
    expect(away).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^webgfn: Redis at 127.* cannot be reached: nothing listens there; .*\n$/),
    });
    expect(performance.now() - begin).toBeLessThan(20_000);
  });
});

describe("without Redis", () => {
  it.each<[string, number, RegExp]>([
    ["sweep worker --collect", 2, /needs the address of Redis; add --redis redis:\/\/localhost:6379, or set WEBGFN_REDIS/],
    ["sweep worker --redis localhost:6379 --collect", 2, /not a URL such as redis:\/\/localhost:6379/],
    ["sweep worker --redis http://user:s3cret@queue --collect", 2, /not a URL/],
    ["sweep worker --redis redis://localhost", 2, /needs either --out DIR or --collect/],
    ["sweep worker --redis redis://localhost --out x --collect", 2, /needs either --out DIR or --collect/],
    ["sweep worker --redis redis://localhost --collect --lease 0", 2, /--lease must be/],
    ["sweep worker --redis redis://localhost --collect --jobs 0", 2, /--jobs must be/],
    ["sweep worker --redis redis://localhost --collect --queue a:b", 2, /--queue must be a name of letters/],
    ["sweep worker --redis redis://localhost --out /dev/null/x", 1, /\/dev\/null\/x cannot be written/],
    ["sweep submit --redis redis://localhost", 2, /needs a sweep file/],
    ["sweep submit grid.json --redis redis://localhost", 2, /needs the sweep's folder; add --out DIR/],
    ["sweep queue --redis redis://localhost --pause --resume", 2, /are opposites/],
  ])("%s", async (words, status, sentence) => {
    const found = await call(words.split(" "));
    expect(found.stderr).toMatch(sentence);
    expect(found.stderr).toMatch(/^webgfn: .*\n$/);
    expect(found.stderr).not.toContain("s3cret");
    expect(found.status).toBe(status);
  });

  it("says which packages are missing", async () => {
    const hooks = join(root, "hooks.mjs");
    writeFileSync(
      hooks,
      `export async function resolve(name, context, next) {
  if (name === "bullmq") throw Object.assign(new Error("Cannot find package"), { code: "ERR_MODULE_NOT_FOUND" });
  return next(name, context);
}
`,
    );
    const register = `data:text/javascript,import { register } from "node:module"; register(${JSON.stringify(pathToFileURL(hooks).href)});`;
    const { status, stderr } = await run(["sweep", "worker", "--redis", "redis://127.0.0.1:1", "--collect"], {
      env: { NODE_OPTIONS: `--import=${JSON.stringify(encodeURI(register))}` },
    });
    expect(stderr).toBe(
      "webgfn: queues on Redis need the packages `bullmq` and `ioredis`, which are not installed; npm install bullmq ioredis\n",
    );
    expect(status).toBe(1);
  });
});
