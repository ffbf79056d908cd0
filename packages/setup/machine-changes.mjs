// Changes of the machine outside this folder, such as packages that are installed: they are said before they are made, with how to
// undo them. On a terminal one question is asked for all of them; `--yes` answers it. Without a terminal, as in CI, they are made
// without a question. Somebody who is not root is only told.
import { createInterface } from "node:readline/promises";

/**
 * A change of the machine.
 *
 * @typedef {object} Change
 * @property {string} why what it is for, in a sentence
 * @property {string[]} steps what it does, a line each
 * @property {string[]} undo the commands that undo it
 * @property {() => void} make makes it
 */

/** What is printed before anything is changed. @param {Change[]} changes */
export function announcement(changes) {
  return changes
    .flatMap(({ why, steps, undo }) => [
      why,
      ...steps.map((step) => `  ${step}`),
      "  To undo it, as root:",
      ...undo.map((step) => `    ${step}`),
    ])
    .join("\n");
}

/** Whether `--yes` was given, also to npm itself, which keeps it to itself: `npm start --yes`. */
export function saidYes(args = process.argv.slice(2), environment = process.env) {
  return args.includes("--yes") || environment.npm_config_yes === "true";
}

/** The arguments for the program that is started. */
export function withoutYes(args = process.argv.slice(2)) {
  return args.filter((argument) => argument !== "--yes");
}

/** Whether there is somebody to ask: both the question and the answer need the terminal. */
function isTerminal({ input, output }) {
  return input.isTTY === true && output.isTTY === true;
}

async function ask(question, { input, output }) {
  const terminal = createInterface({ input, output });
  try {
    return /^\s*y(es)?\s*$/i.test(await terminal.question(`${question} [y/N] `));
  } finally {
    terminal.close();
  }
}

/**
 * Says what is to be changed and makes the changes, where it may.
 *
 * @param {Change[]} changes
 * @returns whether they were made.
 */
export async function carryOut(
  changes,
  { yes = saidYes(), root = process.getuid?.() === 0, input = process.stdin, output = process.stderr } = {},
) {
  if (changes.length === 0) return true;
  const say = (text) => output.write(`${text}\n`);
  say(announcement(changes));
  if (!root) {
    say("Nothing was changed: this needs root.");
    return false;
  }
  if (!yes && isTerminal({ input, output }) && !(await ask("Change this machine like that?", { input, output }))) {
    say("Nothing was changed.");
    return false;
  }
  for (const { make } of changes) make();
  return true;
}
