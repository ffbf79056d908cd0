/** One broken promise, or something that deserves a look. */
export interface Finding {
  /** The function or field that breaks its promise, such as `parent_count` or `apply/undo`. */
  promise: string;
  /** One sentence in plain English. */
  message: string;
  /** The words of the state that shows it. */
  state?: number[];
  /** The action that shows it. */
  action?: number;
  /** The object that shows it, as `decode` makes it. */
  object?: unknown;
}

/** What a check found. */
export interface CheckReport {
  /** The title or name of what was checked. */
  title: string;
  /** Broken promises: results would be wrong. */
  problems: Finding[];
  /** Nothing broken, but likely a mistake. */
  warnings: Finding[];
  /** What was checked, and what could not be, one sentence each. */
  notes: string[];
}

type Where = Omit<Finding, "promise" | "message">;

/** How many findings of one promise are listed. Further ones are only counted. */
const TOLD = 3;

/** Collects findings: each once, and only the first few of each promise in full. */
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
    if (count <= TOLD) this.#lists[list].push({ promise, message: `${promise}: ${message}`, ...where });
  }

  report(): CheckReport {
    const listed = (list: "problems" | "warnings") => {
      const more = [...this.#counts]
        .filter(([kind, count]) => kind.startsWith(`${list} `) && count > TOLD)
        .map(([kind, count]) => {
          const promise = kind.slice(list.length + 1);
          return { promise, message: `${promise}: ${count - TOLD} more like these` };
        });
      return [...this.#lists[list], ...more];
    };
    return { title: this.#title, problems: listed("problems"), warnings: listed("warnings"), notes: this.#notes };
  }
}

/** Words of a state that a sentence shows. */
const SHOWN = 16;

/** A state as a sentence shows it: `[3, 0]`. */
export function stateText(state: ArrayLike<number>): string {
  const words = Array.from(state);
  return `[${words.slice(0, SHOWN).join(", ")}${words.length > SHOWN ? ", …" : ""}]`;
}

/** A list of actions as a sentence shows it: `0, 2, 5`. */
export function actionsText(actions: readonly number[]): string {
  if (actions.length === 0) return "none";
  return `${actions.slice(0, SHOWN).join(", ")}${actions.length > SHOWN ? ", …" : ""}`;
}

/** `1 action`, `2 actions` */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
