import { environmentDeclarations, makeEnvironment, type ParameterValue, type TargetEditor } from "@webgfn/envs";
import { byId, make, numberText } from "./elements.js";
import { type Gaussian, MixtureEditor } from "./mixture-editor.js";

type Parameters = Readonly<Record<string, ParameterValue>>;
type Edit = (env: Record<string, ParameterValue>) => void;
type EditorOf<K extends TargetEditor["kind"]> = Extract<TargetEditor, { kind: K }>;

/** Smallest parameter value on a slider over exponents. */
const SMALLEST = 1e-3;

/** Controls that change the target during training. The environment declares which ones. */
export class Editor {
  readonly #section = byId("editor");
  readonly #fields = byId("editor-fields");
  #mixture: MixtureEditor | undefined;

  /** @param onEdit receives the environment's parameters after each change. */
  show(name: string, env: Parameters, frame: HTMLElement, onEdit: Edit): void {
    this.hide();
    const editor = environmentDeclarations[name]?.page?.editor;
    if (editor?.kind === "points") this.#showPoints(editor, env, frame, onEdit);
    else if (editor?.kind === "exponents") this.#showExponents(editor, env, onEdit);
    else if (editor?.kind === "list") this.#showList(editor, name, env, onEdit);
    this.#section.hidden = this.#fields.childElementCount === 0;
  }

  /** Shows no controls. */
  hide(): void {
    this.#mixture?.dispose();
    this.#mixture = undefined;
    this.#fields.replaceChildren();
    this.#section.hidden = true;
  }

  #showPoints(editor: EditorOf<"points">, env: Parameters, frame: HTMLElement, onEdit: Edit): void {
    const points = env[editor.name] as [number, number][];
    const weights = (env[editor.weights] ?? points.map(() => 1)) as number[];
    const gaussians = points.map((mean, k): Gaussian => ({ mean, weight: weights[k] ?? 1 }));
    this.#mixture = new MixtureEditor(this.#fields, frame, editor, gaussians, (edited) =>
      onEdit({ ...env, [editor.name]: edited.map(({ mean }) => [...mean]), [editor.weights]: edited.map(({ weight }) => weight) }),
    );
  }

  #showExponents({ fields }: EditorOf<"exponents">, env: Parameters, onEdit: Edit): void {
    const edited = { ...env };
    const shown = (exponent: number) => numberText(Number((10 ** exponent).toPrecision(3)));
    for (const { name, label, least, most } of fields) {
      const value = Math.log10(Math.max(SMALLEST, Number(edited[name] ?? 1)));
      this.#slider(name, label, { least, most, value }, shown, (exponent) => {
        edited[name] = Number((10 ** exponent).toPrecision(3));
        onEdit({ ...edited });
      });
    }
  }

  #showList(editor: EditorOf<"list">, environment: string, env: Parameters, onEdit: Edit): void {
    const { name, entry, least, most } = editor;
    if (Number(env[editor.length]) > editor.mostEntries) return;
    const values = [...editor.values(makeEnvironment(environment, env))];
    const { [editor.replaces]: _, ...kept } = env;
    for (const [k, value] of values.entries()) {
      this.#slider(
        `${name}-${k}`,
        `${entry} ${k}`,
        { least, most, value },
        (shown) => shown.toFixed(2),
        (changed) => {
          values[k] = changed;
          onEdit({ ...kept, [name]: values.map((each) => Number(each.toFixed(3))) });
        },
      );
    }
  }

  #slider(
    id: string,
    label: string,
    { least, most, value }: { least: number; most: number; value: number },
    text: (value: number) => string,
    onInput: (value: number) => void,
  ): void {
    const input = make("input", { type: "range", id, min: String(least), max: String(most), step: "0.01", value: String(value) });
    const output = make("output");
    input.addEventListener("input", () => {
      onInput(Number(input.value));
      output.textContent = text(Number(input.value));
    });
    output.textContent = text(value);
    this.#fields.append(make("label", { className: "slider" }, label, input, output));
  }
}
