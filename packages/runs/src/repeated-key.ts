/**
 * The first key that an object of a JSON text has twice: JSON.parse silently keeps the last value.
 *
 * @param text valid JSON.
 */
export function repeatedKey(text: string): string | undefined {
  /** The keys of each open object; `undefined` for an open list. */
  const open: (Set<string> | undefined)[] = [];
  let string = "";
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]:]/g)) {
    if (token === "{") open.push(new Set());
    else if (token === "[") open.push(undefined);
    else if (token === "}" || token === "]") open.pop();
    else if (token !== ":") string = token;
    else {
      const key = JSON.parse(string) as string;
      if (open.at(-1)?.has(key)) return key;
      open.at(-1)?.add(key);
    }
  }
  return undefined;
}
