import type { Environment } from "@webgfn/envs";
import { encodeObject } from "@webgfn/envs/internal";
import { type Findings, stateText } from "./report.js";

/** A rule that every object must obey. It returns `true` if the object obeys it, otherwise `false` or a sentence about what is wrong. */
export type Constraint<O = unknown> = (object: O) => boolean | string;

/** Largest number of characters of an object's text in a message. */
const LONGEST = 200;

function objectText(object: unknown): string {
  const text = JSON.stringify(object) ?? String(object);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

function isSame(a: Uint32Array, b: Uint32Array): boolean {
  return a.length === b.length && a.every((word, i) => word === b[i]);
}

/**
 * Checks terminal states: log R is finite, `decode` returns an object, `encode` of this object returns the state, and the object obeys the
 * constraint.
 */
export class ObjectCheck {
  readonly #environment: Environment;
  readonly #constraint: Constraint | undefined;
  readonly #findings: Findings;
  readonly #seen = new Set<string>();

  constructor(environment: Environment, constraint: Constraint | undefined, findings: Findings) {
    this.#environment = environment;
    this.#constraint = constraint;
    this.#findings = findings;
  }

  /** Number of distinct terminal states added so far. */
  get count(): number {
    return this.#seen.size;
  }

  /**
   * Checks a terminal state, unless it was added before.
   *
   * @param words the state.
   * @param way how a trajectory reaches it, as the end of a sentence.
   * @param action the last action of that trajectory.
   */
  add(words: Uint32Array, logReward: number, way: string, action?: number): void {
    const state = Array.from(words);
    const key = state.join(",");
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    const step = action === undefined ? {} : { action };
    let object: unknown;
    try {
      object = this.#environment.decode(words.slice());
    } catch (error) {
      this.#findings.problem("decode", `it throws for terminal state ${stateText(state)}: ${error}`, { state, ...step });
      return;
    }
    const where = { state, object, ...step };
    this.#checkEncode(words, object, where);
    if (!Number.isFinite(logReward)) {
      const message = `log R is ${logReward} at terminal state ${stateText(state)}, the object ${objectText(object)}${way}`;
      this.#findings.problem("log_reward", message, where);
    }
    if (this.#constraint === undefined) return;
    let verdict: boolean | string;
    try {
      verdict = this.#constraint(object);
    } catch (error) {
      this.#findings.problem("constraint", `it throws for the object ${objectText(object)}: ${error}`, where);
      return;
    }
    if (verdict === true) return;
    const reason = typeof verdict === "string" ? ` (${verdict})` : "";
    const message = `the object ${objectText(object)} at state ${stateText(state)} breaks the constraint${reason}, but is_allowed lets a trajectory reach it${way}`;
    this.#findings.problem("constraint", message, where);
  }

  /** Checks that `encode` inverts `decode`, also for the object after a round trip through a file format. */
  #checkEncode(words: Uint32Array, object: unknown, where: { state: number[] }): void {
    const environment = this.#environment;
    if (environment.encode === undefined) return;
    let made: Uint32Array;
    try {
      made = encodeObject(environment, object as object);
      if (isSame(made, words)) made = encodeObject(environment, JSON.parse(JSON.stringify(object)) as object);
    } catch (error) {
      const message = `it throws for the object ${objectText(object)} of terminal state ${stateText(where.state)}: ${error}`;
      this.#findings.problem("encode", message, where);
      return;
    }
    if (isSame(made, words)) return;
    const message = `terminal state ${stateText(where.state)} is the object ${objectText(object)}, of which encode makes state ${stateText([...made])}`;
    this.#findings.problem("encode", message, where);
  }
}
