/** One broken promise, or a likely mistake. */
export interface Finding {
  /** The function or field that breaks its promise, such as `parent_count` or `apply/undo`. */
  promise: string;
  /** One sentence in plain English. */
  message: string;
  /** The words of a state for which the promise is broken. */
  state?: number[];
  /** An action for which the promise is broken. */
  action?: number;
  /** An object for which the promise is broken, as `decode` returns it. */
  object?: unknown;
}

/** The result of a check. */
export interface CheckReport {
  /** Title or name of the environment, metric, objective, policy or reward. */
  title: string;
  /** Broken promises: results would be wrong. */
  problems: Finding[];
  /** Likely mistakes that break no promise. */
  warnings: Finding[];
  /** Sentences about what was checked, and what could not be checked. */
  notes: string[];
}

type Where = Omit<Finding, "promise" | "message">;

/** Largest number of findings to list per promise. The others are only counted. */
const MOST_LISTED = 3;

/** Collects findings. It drops duplicates, and lists only the first few of each promise. */
export class Findings {
  readonly #title: string;
  readonly #lists = { problems: [] as Finding[], warnings: [] as Finding[] };
  readonly #notes: string[] = [];
  readonly #seen = new Set<string>();
  readonly #counts = new Map<string, number>();

  constructor(title: string) {
    this.#title = title;
  }

  problem(promise: string, message: string, where: Where = {}): void {
    this.#add("problems", promise, message, where);
  }

  warning(promise: string, message: string, where: Where = {}): void {
    this.#add("warnings", promise, message, where);
  }

  note(sentence: string): void {
    this.#notes.push(sentence);
  }

  #add(list: "problems" | "warnings", promise: string, message: string, where: Where): void {
    const kind = `${list} ${promise}`;
    const key = `${kind} ${where.state ?? message} ${where.action}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    if (count <= MOST_LISTED) this.#lists[list].push({ promise, message: `${promise}: ${message}`, ...where });
  }

  report(): CheckReport {
    const listed = (list: "problems" | "warnings") => {
      const more = [...this.#counts]
        .filter(([kind, count]) => kind.startsWith(`${list} `) && count > MOST_LISTED)
        .map(([kind, count]) => {
          const promise = kind.slice(list.length + 1);
          return { promise, message: `${promise}: ${count - MOST_LISTED} more like these` };
        });
      return [...this.#lists[list], ...more];
    };
    return { title: this.#title, problems: listed("problems"), warnings: listed("warnings"), notes: this.#notes };
  }
}

/** Largest number of words of a state, or of actions, in a message. */
const SHOWN = 16;

/** A state as text: `[3, 0]`. */
export function stateText(state: ArrayLike<number>): string {
  const words = Array.from(state);
  return `[${words.slice(0, SHOWN).join(", ")}${words.length > SHOWN ? ", …" : ""}]`;
}

/** A list of actions as text: `0, 2, 5`. */
export function actionsText(actions: readonly number[]): string {
  if (actions.length === 0) return "none";
  return `${actions.slice(0, SHOWN).join(", ")}${actions.length > SHOWN ? ", …" : ""}`;
}
