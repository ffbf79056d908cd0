import { inBrief } from "@webgfn/tensor/internal";

/** A request to the worker for expressions: log R of objects. */
export interface Question {
  /** A JavaScript expression. */
  text: string;
  /** The fields of objects, which the expression may name. */
  names: readonly string[];
  objects: readonly Readonly<Record<string, unknown>>[];
}

/**
 * An answer of the worker: the number of each object before its evaluation, and at the end log R of all objects, or a problem and its object.
 */
export type Answer = { at: number } | { values: Float64Array } | { problem: string; fix?: string; object?: number };

/** An error in a user's expression. */
export class ExpressionError extends Error {
  readonly fix: string | undefined;

  constructor(message: string, fix?: string) {
    super(message);
    this.fix = fix;
  }
}

/**
 * Compiles an expression, without running it.
 *
 * @returns a function that returns log R of an object. It throws an {@link ExpressionError} whose message a sentence about the object
 * continues.
 * @throws ExpressionError for a text that is not a single expression.
 */
export function compileExpression(text: string, names: readonly string[]): (object: Readonly<Record<string, unknown>>) => number {
  const evaluate = compile(text, names);
  const known = names.join(" and ");
  return (object) => {
    let value: unknown;
    try {
      value = evaluate(...names.map((name) => object[name]));
    } catch (cause) {
      const fix = cause instanceof ReferenceError ? `name only ${known}, and what JavaScript has, such as Math` : undefined;
      throw new ExpressionError(`failed (${cause instanceof Error ? cause.message : inBrief(cause)})`, fix);
    }
    if (typeof value === "number" && Number.isFinite(Math.fround(value))) return value;
    const isLow = value === Number.NEGATIVE_INFINITY;
    const fix = isLow ? "give objects without reward a low log R, such as -50" : "give every object a finite number, log R";
    throw new ExpressionError(`gave ${shown(value)}`, fix);
  };
}

function compile(text: string, names: readonly string[]): (...values: unknown[]) => unknown {
  try {
    // Inside only round brackets, "1); f(2" would pass, which is more than one expression: so test both kinds of brackets.
    new Function(...names, `"use strict"; [${text}\n];`);
    return new Function(...names, `"use strict"; return (${text}\n);`) as (...values: unknown[]) => unknown;
  } catch (cause) {
    const reason = (cause instanceof Error ? cause.message : inBrief(cause)).trim().replace(/\.$/, "");
    if (cause instanceof SyntaxError) {
      throw new ExpressionError(`is not one that can be compiled: ${reason}`, `write one JavaScript expression of ${names.join(" and ")}`);
    }
    // A content security policy without 'unsafe-eval'.
    throw new ExpressionError(`cannot be compiled, because this page may not: ${reason}`);
  }
}

function shown(value: unknown): string {
  if (typeof value === "bigint") return `the BigInt ${value}`;
  return value instanceof Promise ? "a promise" : inBrief(value);
}
