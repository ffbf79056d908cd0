/** Commands as rewards, without a GPU: what a process may do wrong, each in a sentence. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type SetObject, sets } from "@webgfn/envs";
import { encodeObject } from "@webgfn/envs/internal";
import { commandReward } from "@webgfn/runs/node/internal";
import { afterAll, describe, expect, it } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "webgfn-commands-"));
afterAll(() => rmSync(folder, { recursive: true }));

const SETS = sets({ items: 6, size: 3 });
const statesOf = (...objects: number[][]) => Uint32Array.from(objects.flatMap((items) => [...encodeObject(SETS, { items } as SetObject)]));
const TWO = statesOf([0, 1, 2], [1, 2, 3]);
const THIRD = statesOf([3, 4, 5]);
const rewardOf = (command: string, options = {}) => commandReward(command, { timeLimit: 20, ...options }).bind(SETS).host!;

/** A program of Node: `answer(sets)` prints what it likes for each line. */
let programs = 0;
function program(answer: string, before = ""): string {
  const path = join(folder, `program-${programs++}.mjs`);
  writeFileSync(
    path,
    `import { createInterface } from "node:readline";
const print = (text) => process.stdout.write(text);
${before}
for await (const line of createInterface({ input: process.stdin })) {
  const sets = JSON.parse(line);
  const right = JSON.stringify(sets.map(({ items }) => -items[0])) + "\\n";
  ${answer}
}
`,
  );
  return `"${process.execPath}" "${path}"`;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A process that has ended stays in Linux's list until its parent asks how.
    return !/^State:\s+Z/m.test(process.platform === "linux" ? readFileSync(`/proc/${pid}/status`, "utf8") : "");
  } catch {
    return false;
  }
}

describe("a command that answers", () => {
  it.each([
    ["a line for each", "print(right);"],
    ["a line in pieces", "print(right.slice(0, 3)); await new Promise((resolve) => setTimeout(resolve, 50)); print(right.slice(3));"],
    ["empty lines, too", 'print("\\n" + right + "\\n");'],
    ["a line with a carriage return", 'print(right.replace("\\n", "\\r\\n"));'],
    ["its last line and ends", "print(right); process.exit(7);"],
    ["a line and a log on standard error", 'process.stderr.write(""); print(right);'],
  ])("is believed: %s", async (_, answer) => {
    const host = rewardOf(program(answer));
    expect([...(await host.evaluate(TWO))]).toEqual([0, -1]);
    expect([...(await host.evaluate(THIRD))]).toEqual([-3]);
    expect(host.problem).toBeUndefined();
  });

  it("may answer with what is no JSON number, for one object", async () => {
    const host = rewardOf(program('print("[NaN, -2.5e-1]\\n");'));
    expect([...(await host.evaluate(TWO))]).toEqual([Number.NaN, -0.25]);
    expect(host.problem).toMatch(/returned NaN for \{0, 1, 2\}, and log R must be a finite number$/);
    const infinite = rewardOf(program('print("[0, -Infinity]\\n");'));
    await infinite.evaluate(TWO);
    expect(infinite.problem).toMatch(/returned -Infinity for \{1, 2, 3\}, .*; give objects without reward a low one, such as -50$/);
  });

  it("is started again where it has died, once for a batch", async () => {
    const path = join(folder, "died");
    const once = `import { existsSync, writeFileSync } from "node:fs"; const died = existsSync(${JSON.stringify(path)});`;
    const host = rewardOf(program(`if (!died) { writeFileSync(${JSON.stringify(path)}, ""); process.exit(9); } print(right);`, once));
    expect([...(await host.evaluate(TWO))]).toEqual([0, -1]);
  });
});

describe("a command that is wrong", () => {
  it.each<[string, string, RegExp, object?]>([
    [
      "is missing",
      "no-such-program-of-anyone",
      /ended with status 127, by which shells say that there is no such command, before it had answered/,
    ],
    ["ends", "exit 3", /the reward command `exit 3` ended with status 3 before it had answered; for each line that it reads/],
    ["is killed", "kill -9 $$", /ended with SIGKILL before it had answered/],
    ["is silent", "sleep 30", /printed no line within 0\.3 s/, { timeLimit: 0.3 }],
    ["prints half a line", "printf '[1, '; sleep 30", /printed no line within 0\.3 s/, { timeLimit: 0.3 }],
    ["prints a text", program('print("loading\\n");'), /printed "?loading"?, which is no JSON array/],
    ["prints an object", program('print("{\\"a\\": 1}\\n");'), /printed .*, which is no JSON array/],
    ["prints bytes", program("process.stdout.write(Buffer.from([255, 0, 254, 10]));"), /printed .*, which is no JSON array/],
    ["prints half an array", program('print(right.slice(0, -2) + "\\n");'), /printed "?\[0,-1"?, which is no JSON array/],
    ["prints words in an array", program('print("[NaN, nan-ish]\\n");'), /printed "?\[NaN, nan-ish\]"?, which is no JSON array/],
    [
      "prints too few",
      program('print("[1]\\n");'),
      /returned 1 numbers for 2 objects, \{0, 1, 2\} the first; return log R of each object, in their order/,
    ],
    ["prints texts", program('print("[\\"1\\", 2]\\n");'), /returned "1" for \{0, 1, 2\}; return log R as a number/],
    ["prints null", program('print("[0, null]\\n");'), /returned null for \{1, 2, 3\}; return log R as a number/],
    ["prints each line twice", program("print(right + right);"), /printed more lines than it was given: /],
    ["floods lines", "yes", /printed more lines than it was given: "?y"?/],
    ["floods without a line", "cat /dev/zero", /printed a line of more than 67108864 characters/],
  ])("is told so where it %s", async (_, command, message, options = {}) => {
    const start = performance.now();
    const failure = await rewardOf(command, options)
      .evaluate(TWO)
      .then(
        () => undefined,
        (error) => error,
      );
    expect(failure).toMatchObject({ code: "reward" });
    expect(`${failure.message}; ${failure.fix}`).toMatch(message);
    expect(failure.message).not.toContain("\n");
    expect(failure.message.length).toBeLessThan(500);
    expect(performance.now() - start).toBeLessThan(15_000);
  });

  it("is ended with all that its shell has started", async () => {
    const path = join(folder, "alive");
    const inner = program(
      "",
      `import { writeFileSync } from "node:fs"; writeFileSync(${JSON.stringify(path)}, String(process.pid)); setInterval(() => {}, 1000);`,
    );
    await expect(rewardOf(`${inner}; true`, { timeLimit: 1.5, retries: 0 }).evaluate(TWO)).rejects.toThrow(/printed no line within 1.5 s/);
    const pid = Number(readFileSync(path, "utf8"));
    await expect.poll(() => isAlive(pid)).toBe(false);
  });

  it("is not believed again after a line that nobody asked for", async () => {
    const host = rewardOf(program("print(right); setTimeout(() => print('[7]\\n'), 50);"));
    expect([...(await host.evaluate(TWO))]).toEqual([0, -1]);
    await new Promise((resolve) => setTimeout(resolve, 400));
    await expect(host.evaluate(THIRD)).rejects.toThrow(/printed more lines than it was given: "?\[7\]"?/);
    await expect(host.evaluate(THIRD)).rejects.toThrow(/printed more lines/);
  });
});
