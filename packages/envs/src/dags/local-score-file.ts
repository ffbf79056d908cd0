import { type Rule, rules } from "@webgfn/tensor";
import { argumentError, inBrief, requireRule } from "@webgfn/tensor/internal";
import { checkName, contentOf, type DataFile, eachLine, fault, quoted } from "../data-file.js";
import type { LocalScore } from "./local-score.js";
import { numberOf } from "./numbers.js";
import { MOST_VARIABLES } from "./parameters.js";
import { ParentSets } from "./parent-sets.js";

/** Local scores from a file, with the variables and the sets that they belong to. */
export interface GivenScores {
  names: string[];
  /** Most parents of a set with a score. */
  mostParents: number;
  score: LocalScore;
}

/** Most scores of a file, so that it is no larger than other data files. */
const MOST_SCORES = 2 ** 21;

/**
 * Reads local scores in the format of GOBNILP and Jaakkola et al. The first line is the number of variables. Then each variable has a line
 * with its name and its number of sets, and a line for each set with log w(v, P), the number of parents and their names.
 *
 * Every set of at most k parents needs a score, where k is the size of the largest set. A pruned file, which leaves out sets that cannot be
 * the best, is not enough for a posterior.
 *
 * @throws WebgfnError `file` with the line, what was expected and what was found.
 */
export function parseLocalScores(file: DataFile, mostVariables: number): GivenScores {
  const lines = contentLines(file);
  const [first, ...rest] = lines;
  const count = whole(file, first, 0, "the number of variables");
  if (count < 2 || count > mostVariables) throw fault(file, at(first), `expected 2 to ${mostVariables} variables, found ${count}`);
  const names: string[] = [];
  const sets: { line: number; score: number; parents: string[] }[][] = [];
  let next = 0;
  for (let v = 0; v < count; v++) {
    const head = rest[next++];
    const [name] = head?.words ?? [];
    if (name === undefined)
      throw fault(
        file,
        at(head ?? lines.at(-1)),
        `expected a line with the name of variable ${v + 1} and its number of sets, found the end`,
      );
    checkName(file, at(head), name);
    if (names.includes(name)) throw fault(file, at(head), `expected every name once, found ${quoted(name)} again`);
    names.push(name);
    const own = whole(file, head, 1, "the number of sets");
    if (own > MOST_SCORES) throw fault(file, at(head), `expected at most ${MOST_SCORES} sets, found ${own}`);
    sets.push(
      Array.from({ length: own }, () => {
        const line = rest[next++];
        const score = numberOf(line?.words[0] ?? "");
        if (!Number.isFinite(score)) {
          throw fault(
            file,
            at(line ?? lines.at(-1)),
            `expected a finite score of ${quoted(name)}, found ${line === undefined ? "the end" : quoted(line.words[0] ?? "")}`,
          );
        }
        const parents = (line as Line).words.slice(2);
        if (whole(file, line, 1, "the number of parents") !== parents.length) {
          throw fault(file, at(line), `expected ${(line as Line).words[1]} parents, found ${parents.length}`);
        }
        return { line: at(line), score, parents };
      }),
    );
  }
  if (rest[next] !== undefined)
    throw fault(file, at(rest[next]), `expected nothing behind ${count} variables, found ${quoted(rest[next]?.words[0] ?? "")}`);

  const mostParents = sets.reduce((most, own) => own.reduce((m, { parents }) => Math.max(m, parents.length), most), 0);
  const numbering = new ParentSets(count, Math.min(mostParents, count - 1));
  const numberOfName = new Map(names.map((name, i) => [name, i]));
  const scores = sets.map((own, child) => {
    const values = new Float64Array(numbering.count).fill(Number.NaN);
    for (const { line, score, parents } of own) {
      const numbers = parents.map((parent) => numberOfName.get(parent) ?? -1).sort((a, b) => a - b);
      const wrong = parents.find((parent) => !numberOfName.has(parent) || parent === names[child]);
      if (wrong !== undefined || new Set(numbers).size < numbers.length) {
        throw fault(
          file,
          line,
          `expected other variables as parents of ${quoted(names[child] as string)}, each once, found ${quoted(wrong ?? parents.join(" "))}`,
        );
      }
      const number = numbering.numberOf(child, numbers);
      if (!Number.isNaN(values[number])) throw fault(file, line, `expected every set of parents once, found this one again`);
      values[number] = score;
    }
    return values;
  });
  for (const parents of numbering.all()) {
    for (const [child, values] of scores.entries()) {
      if (parents.includes(child) || !Number.isNaN(values[numbering.numberOf(child, parents)])) continue;
      const set = parents.length === 0 ? "no parents" : `the parents ${parents.map((p) => quoted(names[p] as string)).join(", ")}`;
      const expected = `expected a score of ${quoted(names[child] as string)} for every set of at most ${mostParents} parents, found none for ${set}`;
      throw fault(file, 1, `${expected}; write the scores without pruning`);
    }
  }
  return { names, mostParents, score: { given: (parents) => (child) => scores[child]?.[numbering.numberOf(child, parents)] as number } };
}

interface Line {
  number: number;
  words: string[];
}

function contentLines(file: DataFile): Line[] {
  const lines: Line[] = [];
  for (const { text, number } of eachLine(contentOf(file, "the number of variables and their local scores"))) {
    if (/^\s*(#|$)/.test(text)) continue;
    lines.push({ number, words: text.trim().split(/\s+/) });
  }
  return lines;
}

const at = (line: Line | undefined): number => line?.number ?? 1;

function whole(file: DataFile, line: Line | undefined, position: number, what: string): number {
  const word = line?.words[position] ?? "";
  if (!/^\d{1,9}$/.test(word)) throw fault(file, at(line), `expected ${what}, found ${word === "" ? "nothing" : quoted(word)}`);
  return Number(word);
}

const NAMES: Rule = {
  words: "a list of 2 to 50 different names without blanks",
  accepts: (value) =>
    Array.isArray(value) &&
    value.length >= 2 &&
    value.length <= MOST_VARIABLES &&
    new Set(value).size === value.length &&
    value.every((name) => typeof name === "string" && /^\S+$/.test(name)),
};

/**
 * Makes a file of user-defined local scores for `dags({ localScores })`.
 *
 * @param names names of the variables, without blanks.
 * @param score log w(v, P) for a variable and its parents, as numbers in ascending order.
 * @param mostParents sets of more parents have no score. Default: all others.
 * @throws WebgfnError `argument` for invalid names, or for a score that is not a finite number, with its variables.
 *
 * @example
 * ```ts
 * import { dags, localScoreFile } from "@webgfn/envs";
 * const scores = localScoreFile(["rain", "wet"], (variable, parents) => (variable === 1 && parents.includes(0) ? -2 : -3));
 * const environment = dags({ localScores: scores });
 * console.log(environment.variableNames, environment.exactLogZ.value?.toFixed(4)); // [ 'rain', 'wet' ] 0.5514
 * ```
 */
export function localScoreFile(
  names: readonly string[],
  score: (variable: number, parents: readonly number[]) => number,
  mostParents: number | undefined = undefined,
): DataFile {
  requireRule("the names of local scores", names, NAMES);
  requireRule("the score of local scores", score, rules.callback);
  const most = mostParents ?? names.length - 1;
  requireRule("the most parents of local scores", most, rules.whole(0, names.length - 1));
  const count = names.length * new ParentSets(names.length, most).count;
  if (count > MOST_SCORES)
    throw argumentError(
      `${names.length} variables with ${most} parents have ${count} local scores, more than ${MOST_SCORES}`,
      "take fewer parents",
    );
  const sets = new ParentSets(names.length, most);
  const lines = [String(names.length)];
  for (const [child, name] of names.entries()) {
    lines.push(`${name} ${sets.count}`);
    for (const parents of sets.all()) {
      if (parents.includes(child)) continue;
      const value: unknown = score(child, [...parents]);
      if (!Number.isFinite(value)) {
        throw argumentError(
          `the score of ${name} must be a finite number, but given ${parents.map((parent) => names[parent]).join(", ") || "no parents"} it is ${inBrief(value)}`,
        );
      }
      lines.push([value, parents.length, ...parents.map((parent) => names[parent])].join(" "));
    }
  }
  return { name: "local scores", text: `${lines.join("\n")}\n` };
}
