/** A worker that only evaluates an expression for all objects, so that it can be terminated if the expression does not end. */
import { type Answer, compileExpression, ExpressionError, type Question } from "./expression.js";

const answer = (message: Answer) => postMessage(message);

function problem(cause: unknown, object?: number): Answer {
  const { message, fix } = cause instanceof ExpressionError ? cause : { message: `failed (${String(cause)})`, fix: undefined };
  return { problem: message, ...(fix === undefined ? {} : { fix }), ...(object === undefined ? {} : { object }) };
}

function evaluate({ text, names, objects }: Question): Answer {
  const values = new Float64Array(objects.length);
  let at: number | undefined;
  try {
    const logReward = compileExpression(text, names);
    for (const [n, object] of objects.entries()) {
      at = n;
      // Whoever ends this worker knows at which object the expression did not end.
      answer({ at });
      values[n] = logReward(object);
    }
    return { values };
  } catch (cause) {
    return problem(cause, at);
  }
}

addEventListener("message", ({ data }: MessageEvent<Question>) => answer(evaluate(data)));
