import type { ParameterValue } from "@webgfn/envs";
import { environment } from "@webgfn/envs";
import { MIXTURE_WINDOW } from "../windows.js";
import { byId, make, numberText } from "./elements.js";
import { type Gaussian, MixtureEditor } from "./mixture-editor.js";

type Parameters = Record<string, ParameterValue>;

const REWARDS = [
  { name: "r0", label: "r0, all", least: -3, most: 0.5 },
  { name: "r1", label: "r1, outer", least: -3, most: 1 },
  { name: "r2", label: "r2, band", least: -3, most: 1 },
];
const HIGHEST_SCORE = 3;
/** More sliders than this help nobody. */
const MOST_SCORES = 16;

/** What can be changed of a target while it trains. */
export class Editor {
  readonly #section = byId("editor");
  readonly #fields = byId("editor-fields");
  #mixture: MixtureEditor | undefined;

  /** @param onEdit gets the environment's parameters, as they then are. */
  show(name: string, env: Parameters, frame: HTMLElement, onEdit: (env: Parameters) => void): void {
    this.#mixture?.dispose();
    this.#mixture = undefined;
    this.#fields.replaceChildren();
    if (name === "gaussian-mixture") this.#showMixture(env, frame, onEdit);
    else if (name === "hypergrid") this.#showRewards(env, onEdit);
    else if (name === "sets") this.#showScores(env, onEdit);
    this.#section.hidden = this.#fields.childElementCount === 0;
  }

  #showMixture(env: Parameters, frame: HTMLElement, onEdit: (env: Parameters) => void): void {
    const means = env["means"] as [number, number][];
    const weights = (env["weights"] ?? means.map(() => 1)) as number[];
    const gaussians = means.map((mean, k): Gaussian => ({ mean, weight: weights[k] ?? 1 }));
    this.#mixture = new MixtureEditor(this.#fields, frame, MIXTURE_WINDOW, gaussians, (edited) =>
      onEdit({ ...env, means: edited.map(({ mean }) => [...mean]), weights: edited.map(({ weight }) => weight) }),
    );
  }

  #showRewards(env: Parameters, onEdit: (env: Parameters) => void): void {
    const edited = { ...env };
    for (const { name, label, least, most } of REWARDS) {
      const value = Number(edited[name] ?? 1);
      this.#slider(name, label, { least, most, value: Math.log10(Math.max(1e-3, value)) }, (exponent) => {
        edited[name] = Number((10 ** exponent).toPrecision(3));
        onEdit({ ...edited });
        return numberText(Number(edited[name]));
      });
    }
  }

  #showScores(env: Parameters, onEdit: (env: Parameters) => void): void {
    const { items, size } = env as { items: number; size: number };
    if (items > MOST_SCORES) return;
    const scores = [...environment("sets", env).data];
    for (const [item, score] of scores.entries()) {
      this.#slider(`score-${item}`, `item ${item}`, { least: -HIGHEST_SCORE, most: HIGHEST_SCORE, value: score }, (value) => {
        scores[item] = value;
        onEdit({ items, size, scores: scores.map((each) => Number(each.toFixed(3))) });
        return value.toFixed(2);
      });
    }
  }

  #slider(id: string, label: string, range: { least: number; most: number; value: number }, onInput: (value: number) => string): void {
    const { least, most, value } = range;
    const input = make("input", { type: "range", id, min: String(least), max: String(most), step: "0.01", value: String(value) });
    const output = make("output");
    input.addEventListener("input", () => {
      output.textContent = onInput(Number(input.value));
    });
    output.textContent = id.startsWith("score") ? value.toFixed(2) : numberText(10 ** value);
    this.#fields.append(make("label", { className: "slider" }, label, input, output));
  }
}
