import { WebgfnError } from "@webgfn/tensor";

/** An error in words for visitors: what happened, and what to do, if that is known. */
export function wordsOf(cause: unknown): { message: string; fix: string | undefined } {
  if (cause instanceof WebgfnError) return { message: cause.message, fix: cause.fix };
  const detail = cause instanceof Error ? cause.message : String(cause);
  return { message: `The page failed in a way that it should not (${detail})`, fix: "reset it, or load it again" };
}

/** `What is wrong. What to do: …` */
export function sentenceOf(message: string, fix?: string): string {
  return fix === undefined ? message : `${message}. What to do: ${fix}.`;
}
