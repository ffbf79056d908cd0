import { make, numberText } from "../page/elements.js";
import { endOf, type Flows, pathFactors } from "./flows.js";
import { isStop, type StateGraph } from "./state-graph.js";

/** Most factors of a product that are written out. */
const MOST_FACTORS = 12;
/** Largest |log p_F − log p_B − log R/Z| of a path that is nearly in balance. */
const NEARLY = Math.log(1.05);

/** The path through the state graph: buttons for its next step, and p_F and p_B multiplied up. */
export class PathPanel {
  readonly element: HTMLElement;
  readonly #where = make("p", { className: "flow-where" });
  readonly #steps = make("div", { className: "flow-steps" });
  readonly #products = make("dl", { className: "flow-products" });
  readonly #verdict = make("p", { className: "flow-verdict" });
  readonly #onStep: (edge: number) => void;
  /** The edges of the buttons that are shown. */
  #offered: readonly number[] = [];

  /** @param onStep receives the edge of a button that was pressed. */
  constructor(onStep: (edge: number) => void) {
    this.#onStep = onStep;
    this.#steps.setAttribute("role", "group");
    this.#steps.setAttribute("aria-label", "Next step");
    this.element = make("div", { className: "flow-path" }, this.#where, this.#steps, this.#products, this.#verdict);
  }

  /** The content in words. */
  get words(): string {
    const products = [...this.#products.children].map(({ textContent }) => textContent).join(" ");
    return `${this.#where.textContent} ${products} ${this.#verdict.textContent}`;
  }

  /**
   * Shows a path.
   *
   * @param choices the edges that lead on from it.
   * @param backward p_B of each edge, if it is learned.
   */
  show(
    graph: StateGraph,
    policy: ArrayLike<number>,
    flows: Flows,
    path: readonly number[],
    choices: readonly number[],
    backward: ArrayLike<number> | undefined,
  ): void {
    const end = endOf(graph, path);
    this.#where.textContent = `${path.length} step${path.length === 1 ? "" : "s"}, at ${graph.names[end]}. Flow through it: ${numberText(flows.states[end] as number)} of Z.`;
    this.#showSteps(graph, policy, choices);
    const factors = pathFactors(graph, policy, path, backward);
    const { logForward, logBackward, logTarget } = factors;
    const product = (parts: readonly number[], log: number) =>
      parts.length === 0 ? "1 (no step yet)" : `${factorsText(parts)} = ${numberText(Math.exp(log))}`;
    const rows: [string, string][] = [
      ["p_F", product(factors.forward, logForward)],
      ["p_B", product(factors.backward, logBackward)],
      ...(logTarget === undefined ? [] : ([["R/Z", numberText(Math.exp(logTarget))]] as [string, string][])),
    ];
    this.#products.replaceChildren(...rows.flatMap(([name, text]) => [make("dt", {}, name), make("dd", {}, text)]));
    this.#verdict.textContent = logTarget === undefined ? "" : verdict(logForward - logBackward - logTarget);
  }

  #showSteps(graph: StateGraph, policy: ArrayLike<number>, choices: readonly number[]): void {
    const text = (edge: number) =>
      `${isStop(graph, edge) ? "stop" : graph.names[graph.to[edge] as number]} ${numberText(policy[edge] as number)}`;
    // The same buttons stay while the policy learns, so that the focus does.
    const same = choices.length === this.#offered.length && choices.every((edge, n) => edge === this.#offered[n]);
    if (same) {
      [...this.#steps.children].forEach((button, n) => {
        button.textContent = text(choices[n] as number);
      });
      return;
    }
    const hadFocus = this.#steps.contains(document.activeElement);
    this.#offered = choices;
    this.#steps.replaceChildren(
      ...choices.map((edge) => make("button", { type: "button", onclick: () => this.#onStep(edge) }, text(edge))),
    );
    if (hadFocus) this.#steps.querySelector("button")?.focus();
  }
}

function factorsText(factors: readonly number[]): string {
  const texts = factors.map(numberText);
  if (texts.length <= MOST_FACTORS) return texts.join(" · ");
  return [...texts.slice(0, MOST_FACTORS - 2), "…", texts.at(-1)].join(" · ");
}

/** A sentence about d = log p_F − log p_B − log R/Z of a complete path. */
function verdict(d: number): string {
  if (!Number.isFinite(d)) return "The policy never takes this path.";
  const times = numberText(Math.exp(Math.abs(d)));
  if (Math.abs(d) < NEARLY) return "p_F and p_B · R/Z differ by less than 5 %: this path is nearly in balance.";
  return d > 0
    ? `p_F is ${times} times p_B · R/Z: the policy takes this path too often.`
    : `p_F is ${times} times less than p_B · R/Z: the policy takes this path too rarely.`;
}
