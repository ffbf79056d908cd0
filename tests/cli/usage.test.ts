import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { call, run, WITHOUT_ADAPTER } from "./run.js";

const folder = mkdtempSync(join(tmpdir(), "webgfn-usage-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** Command line, exit status, and what its one sentence must say. */
type Case = [string, number, RegExp];

/** None of these needs an adapter, and none is there: reaching for one would be another sentence. */
beforeAll(() => {
  Object.assign(process.env, WITHOUT_ADAPTER);
});

async function check([words, status, sentence]: Case): Promise<void> {
  const { status: actual, stdout, stderr } = await call(words.split(" "));
  expect(stderr).toMatch(sentence);
  expect(stderr).toMatch(/^webgfn: .*\n$/);
  expect(actual).toBe(status);
  expect(stdout).toBe("");
}

describe("bad usage", () => {
  it.each<Case>([
    ["tran sets", 2, /"tran" is not a command \(did you mean train\?\); choose from train, sample/],
    ["--json", 2, /the first argument must be a command; choose from train/],
    ["train", 2, /an environment is needed; choose from .*hypergrid.*sets/],
    ["train hypergird", 2, /"hypergird" is not an environment \(did you mean hypergrid\?\)/],
    ["train sets more", 2, /takes no argument "more"; the form is webgfn train ENV/],
    ["train sets --objective reny", 2, /"reny" is not an objective \(did you mean renyi\?\); choose from reverse-kl, forward-kl/],
    ["train sets --estimator lou", 2, /"lou" is not an estimator \(did you mean loo\?\); choose from none, loo, paper, batch-mean/],
    ["train sets --bach-size 4", 2, /no option --bach-size \(did you mean --batch-size\?\); it has --config/],
    ["train sets --env.itmes 4", 2, /"itmes" is not a parameter of sets \(did you mean items\?\); choose from items, size, dataSeed/],
    ["train sets --env.items", 2, /--env.items needs a value/],
    ["train sets --env.items many", 2, /items must be a whole number from 1 to 1024, not "many"/],
    ["train sets --env.size 40", 2, /size must be at most its items, but 40 > 32/],
    ["train sets --steps", 2, /--steps needs a value: --steps N/],
    ["train sets --steps --json", 2, /--steps needs a value/],
    ["train sets --steps ten", 2, /--steps must be a number, not "ten"/],
    ["train sets --steps 0", 2, /steps must be a whole number from 1 to \d+, not 0/],
    ["train sets --batch-size 0", 2, /batchSize must be a whole number/],
    ["train sets --replicas 0", 2, /replicas must be a whole number/],
    ["train sets --evaluate-every 0", 2, /evaluateEvery must be a whole number of at least 1, not 0/],
    ["train sets --checkpoint-every 1.5", 2, /checkpointEvery must be a whole number of at least 1, not 1.5/],
    ["train sets --hidden 64,x", 2, /--hidden must be a number, not "x"/],
    ["train sets --hidden 0", 2, /hidden must be the widths of 1 to 8 layers, whole numbers from 1 to 4096, such as \[64, 64\], not \[0\]/],
    ["train sets --adapter", 2, /--adapter needs a value: --adapter NAME\|INDEX/],
    ["train sets --adapter -1", 2, /--adapter must be an index such as 0, a part of an adapter's name such as llvmpipe, or .*, not "-1"/],
    ["sample /nowhere --adapter 1.5", 2, /--adapter must be an index .*, not "1.5"/],
    ["evaluate /nowhere --adapter +", 2, /--adapter must be an index .*, not "\+"/],
    ["report /nowhere --adapter 1e3", 2, /--adapter must be an index .*, not "1e3"/],
    ["variance sets --adapter 0x1", 2, /--adapter must be an index .*, not "0x1"/],
    ["reproduce hypergrid --peers gfnx", 2, /--peers is for reproduce benchmarks; leave it out/],
    ["reproduce benchmarks --objective tb", 2, /--objective is not for reproduce benchmarks; leave it out/],
    [
      "reproduce benchmarks hyprgrid",
      2,
      /"hyprgrid" is not a benchmark \(did you mean hypergrid\?\); choose from hypergrid, hypergrid-20x4/,
    ],
    ["reproduce benchmarks --peers torch", 2, /"torch" is not a library to compare with; choose from torchgfn, gfnx, none/],
    ["reproduce hypergrid --adapter !", 2, /--adapter must be an index .*, not "!"/],
    ["check /nowhere.mjs --adapter -0", 2, /--adapter must be an index .*, not "-0"/],
    ["doctor --adapter Infinity", 2, /--adapter must be an index .*, not "Infinity"/],
    ["list --adapter 0", 2, /webgfn list has no option --adapter/],
    ["train sets --json=yes", 2, /--json takes no value/],
    ["train sets --alpha 1", 2, /renyi is not defined at alpha = 1; its limit there is reverse-kl/],
    ["train sets --objective reverse-kl --alpha 0.5", 2, /reverse-kl has no alpha; renyi and tsallis do/],
    ["train sets --objective tb --estimator paper", 2, /tb takes no estimator; only divergences do/],
    ["train sets --batch-size 1", 2, /estimator paper compares a trajectory with others of its batch: it needs a batchSize of at least 2/],
    ["train sets --objective vargrad --batch-size 1", 2, /vargrad .* learns nothing; choose a batchSize of at least 2/],
    ["train sets --objective renyi --estimator none --batch-size 1", 2, /renyi .* learns nothing; choose a batchSize of at least 2/],
    ["train sets --objective forward-kl --estimator none --batch-size 1", 2, /forward-kl .* learns nothing/],
    ["train sets --objective reverse-kl --estimator batch-mean --batch-size 1", 2, /batch-mean .* at least 2/],
    [
      "train sets --estimator loo --exploration 0.1",
      2,
      /with exploration, estimator loo of renyi ends away from the target.*choose the estimator balance/,
    ],
    ["train sets --objective tsallis --estimator none --exploration 0.1", 2, /estimator none of tsallis ends away/],
    ["train sets --objective reverse-kl --estimator batch-mean --exploration 0.1", 2, /estimator batch-mean of reverse-kl ends away/],
    ["train hypergrid --backward learned --estimator loo --exploration 0:0.1", 2, /estimator loo of renyi ends away/],
    ["train sets --alpha 0.5:1.5", 2, /renyi is not defined at alpha = 1, which lies between 0.5 and 1.5; stay below 0/],
    ["train sets --alpha 1:x", 2, /--alpha must be a number, not "x"/],
    ["train sets --log-z learned", 2, /estimator paper has no log Z to learn; choose the estimator balance/],
    ["train sets --objective vargrad --log-z learned", 2, /vargrad learns no log Z/],
    [
      "train --resume /nowhere --steps 5",
      1,
      /\/nowhere does not exist; name an environment to start one there: npx webgfn train sets --resume/,
    ],
    [
      "train sets --out /nowhere/run --log tensorbord",
      2,
      /"tensorbord" is not a format of --log \(did you mean tensorboard\?\); choose from tensorboard\n/,
    ],
    ["train sets --log tensorboard", 2, /--log tensorboard writes to the run's folder, and none is given; add --out DIR\n/],
    ["train sets --log", 2, /--log needs a value: --log tensorboard/],
    ["train sets --accept-changed-files", 2, /--accept-changed-files needs --resume/],
    ["train sets --resume /nowhere --out /elsewhere", 2, /--out \/elsewhere and --resume \/nowhere name two folders/],
    ["train sets --config /nowhere.json", 1, /\/nowhere.json cannot be read: no such file/],
    ["train sets --out /dev/null/runs", 1, /\/dev\/null\/runs cannot be written/],
    ["sample", 2, /webgfn sample needs the folder of a run; the form is webgfn sample DIR/],
    ["sample /nowhere", 1, /\/nowhere does not exist/],
    ["sample /nowhere --count 0", 2, /--count must be a whole number of at least 1, not 0/],
    ["sample /nowhere --format csv", 2, /"csv" is not a format; choose from jsonl, npy/],
    ["sample /nowhere --out /tmp", 2, /--out names a file, but \/tmp is a folder/],
    ["sample /etc/hostname", 1, /\/etc\/hostname is not a folder/],
    ["export /nowhere", 2, /webgfn export needs --out FILE; name the file to write/],
    ["export /nowhere --out /tmp", 2, /--out names a file, but \/tmp is a folder/],
    ["export /nowhere --out policy.safetensors", 1, /\/nowhere does not exist/],
    ["export /nowhere.safetensors --out policy.safetensors", 1, /\/nowhere.safetensors cannot be read: no such file/],
    ["evaluate /nowhere --count 3", 2, /webgfn evaluate has no option --count/],
    ["evaluate /nowhere --mode-threshold", 2, /--mode-threshold needs a value: --mode-threshold X/],
    ["variance", 2, /an environment is needed; choose from .*hypergrid.*sets/],
    ["variance setz", 2, /"setz" is not an environment \(did you mean sets\?\)/],
    ["variance sets --objective renyi,reny", 2, /"reny" is not an objective \(did you mean renyi\?\); choose from reverse-kl, forward-kl/],
    ["variance sets --objective tb", 2, /tb takes no estimator; only divergences do/],
    ["variance sets --estimator none,optimum", 2, /"optimum" is not an estimator \(did you mean optimal\?\)/],
    ["variance sets --batch-size 32,x", 2, /--batch-size must be a number, not "x"/],
    ["variance sets --batch-size 32,1", 2, /batchSizes must be a list of whole numbers from 2 to 65536, not \[32,1\]/],
    ["variance sets --batches 2", 2, /batches must be a whole number from 3/],
    ["variance sets --alpha 1", 2, /renyi is not defined at alpha = 1/],
    ["variance sets --objective forward-kl,reverse-kl --alpha 2", 2, /forward-kl, reverse-kl have no parameter alpha/],
    ["variance sets --policy gin", 2, /a graph network needs states that are forests/],
    ["variance sets --replica 1", 2, /--replica needs --from/],
    ["variance sets --steps 5", 2, /webgfn variance has no option --steps/],
    ["variance --from /nowhere", 1, /\/nowhere does not exist/],
    ["variance --from /nowhere --hidden 4", 2, /--hidden cannot be given with --from/],
    ["variance --from /nowhere --env.items 4", 2, /--env.items cannot be given with --from/],
  ])("%s", (...words) => check(words));

  it.each<[string, string, number, RegExp]>([
    ["cut off", '{"environment": "sets"', 2, /is not JSON/],
    ["a list", "[]", 2, /must hold one JSON object/],
    [
      "an unknown field",
      '{"environment": "sets", "batch": 3}',
      2,
      /"batch" is not a field that .* may have; choose from environment, env, objective/,
    ],
    ["a field of the wrong type", '{"environment": "sets", "steps": "many"}', 2, /steps must be a whole number from 1 to \d+, not "many"/],
    ["an environment that is not there", '{"environment": "set"}', 2, /"set" is not an environment \(did you mean sets\?\)/],
  ])("a configuration file with %s", async (_, content, status, sentence) => {
    await check([`train --config ${file("bad.json", content)}`, status, sentence]);
  });

  it("an empty folder, a foreign one and a run without checkpoint", async () => {
    await check([`evaluate ${folder}`, 1, /is not the folder of a run: it has no config.json/]);
    file("config.json", '{"name": "something else"}');
    await check([`evaluate ${folder}`, 1, /is not the folder of a run: "name" is not a field/]);
    await check([`train sets --out ${folder}`, 1, /already holds a run \(config.json\); continue it with `webgfn train --resume/]);
    file("config.json", '{"environment": "sets"}');
    await check([`sample ${folder}`, 1, /has no checkpoint.safetensors/]);
    await check([`sample ${folder} --replica 1`, 2, /--replica must be a whole number from 0 to 0, not 1/]);
    file("checkpoint.safetensors", "damaged");
    await check([`train --resume ${folder}`, 1, /checkpoint.safetensors is not a readable safetensors file/]);
    await check([`train hypergrid --resume ${folder}`, 2, /is a run of sets, not of hypergrid/]);
    rmSync(join(folder, "config.json"));
    rmSync(join(folder, "checkpoint.safetensors"));
  });

  it("a process of its own says the same, and ends with the status", async () => {
    expect(await run(["train", "hypergird"], { env: WITHOUT_ADAPTER })).toMatchObject({
      status: 2,
      stdout: "",
      stderr: expect.stringMatching(/^webgfn: "hypergird" is not an environment .*\n$/),
    });
    expect(await run(["sample", "/nowhere"], { env: WITHOUT_ADAPTER })).toMatchObject({ status: 1, stdout: "" });
  });

  it("no adapter: one sentence with the fix, and nothing is written", async () => {
    const out = join(folder, "runs", "none");
    const { status, stdout, stderr } = await run(["train", "sets", "--out", out], { env: WITHOUT_ADAPTER });
    expect(stderr).toContain("webgfn: no WebGPU adapter was found on this machine; run `webgfn doctor`");
    expect(status).toBe(1);
    expect(stdout).toBe("");
    expect(readdirSync(folder)).not.toContain("runs");
  });
});

describe("help", () => {
  const OPTIONS: Record<string, string[]> = {
    train:
      "config objective alpha alpha-end alpha-by lambda weighting weights estimator batch-size steps learning-rate log-z log-z-learning-rate decay-power log-z-decay-power log-z-initial gradient-clip exploration exploration-end temperature anneal anneal-until source replay replay-by back-steps policy hidden components scales backward seed replicas evaluate-every checkpoint-every prior loss delta skew environment metric out resume accept-changed-files json env.NAME objective.NAME policy.NAME debug help version".split(
        " ",
      ),
    sample: "count seed replica trajectories format out environment objective policy accept-changed-files debug help version".split(" "),
    export: "out replica debug help version".split(" "),
    evaluate:
      "distribution replica objects top mode-threshold environment objective policy accept-changed-files json debug help version".split(
        " ",
      ),
    variance:
      "objective alpha estimator batch-size batches weights policy hidden components scales seed from replica config json env.NAME debug help version".split(
        " ",
      ),
    report: "out csv no-pictures environment objective policy accept-changed-files debug help version".split(" "),
    reproduce: "out objective peers data quick json debug help version".split(" "),
    doctor: "install json debug help version".split(" "),
    list: "json debug help version".split(" "),
    "sweep plan": "out replicas most skip-refused update json debug help version".split(" "),
    "sweep run": "out index all jobs lease log adapter tune replicas most skip-refused json debug help version".split(" "),
    "sweep script": "out parallel gpus cpus time max-array command image claim debug help version".split(" "),
    "sweep submit": "redis queue out attempts wait collect replicas most skip-refused json debug help version".split(" "),
    "sweep worker": "redis queue out collect jobs lease drain environment objective policy reward adapter debug help version".split(" "),
    "sweep queue": "redis queue pause resume json debug help version".split(" "),
    "sweep status": "all json debug help version".split(" "),
    "sweep report": "out csv json debug help version".split(" "),
  };

  it.each(Object.keys(OPTIONS))("of %s names every option and gives examples", async (command) => {
    const { status, stdout, stderr } = await call([...command.split(" "), "--help"]);
    expect(status).toBe(0);
    expect(stderr).toBe("");
    for (const option of OPTIONS[command] ?? []) expect(stdout).toContain(`  --${option} `);
    expect(stdout).toContain(`Examples:\n  webgfn ${command}`);
  });

  it("of the whole names every command", async () => {
    const { status, stdout } = await call(["--help"]);
    expect(status).toBe(0);
    for (const command of Object.keys(OPTIONS)) expect(stdout).toMatch(new RegExp(`^  ${command} `, "m"));
  });

  it("goes to standard error, with status 2, when nothing is asked", async () => {
    const { status, stdout, stderr } = await call([]);
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("Usage: webgfn COMMAND");
  });

  it("tells the version", async () => {
    expect(await run(["--version"])).toMatchObject({ status: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
    expect(await call(["train", "--version"])).toMatchObject({ status: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });
});

describe("list", () => {
  it("describes environments, objectives and estimators as JSON", async () => {
    const { status, stdout } = await call(["list", "--json"]);
    expect(status).toBe(0);
    const { environments, objectives, estimators } = JSON.parse(stdout);
    expect(environments.find(({ name }: { name: string }) => name === "sets")).toMatchObject({
      title: "sets of 16 out of 32 items",
      parameters: { items: 32, size: 16, dataSeed: 0 },
      defaults: { batchSize: 128, steps: 625, hidden: [64, 64] },
      enumerable: { available: false, reason: expect.any(String) },
      exactLogZ: { available: true },
    });
    expect(objectives).toContainEqual({
      name: "renyi",
      family: "divergence",
      alpha: 0.5,
      lambda: null,
      weights: null,
      parameters: [
        { name: "alpha", default: 0.5, accepts: expect.any(String), help: expect.any(String), file: false },
        expect.objectContaining({ name: "alphaEnd", default: null }),
        expect.objectContaining({ name: "alphaBy", default: "steps" }),
      ],
      learnsLogZ: false,
      learnsFlow: false,
    });
    expect(objectives).toContainEqual({
      name: "tb",
      family: "balance",
      alpha: null,
      lambda: null,
      weights: null,
      parameters: ["loss", "delta", "skew"].map((name) => expect.objectContaining({ name })),
      learnsLogZ: true,
      learnsFlow: false,
    });
    expect(estimators).toContainEqual({ name: "paper", smallestBatch: 2 });
  });

  it("describes them for people", async () => {
    const { stdout } = await call(["list"]);
    expect(stdout).toContain("--env.items 32 --env.size 16 --env.data-seed 0");
    expect(stdout).toContain("reverse-kl");
  });
});
