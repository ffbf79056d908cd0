import { type DataFile, decodeDataFile, type FileField, makeEnvironment } from "@webgfn/envs";
import { WebgfnError } from "@webgfn/tensor";
import { fileOf, LONGEST_DATA, parametersOf, type Settings } from "../settings.js";
import { byId, make } from "./elements.js";

/** The name of pasted data in titles and messages. */
const PASTED = "pasted data";

/** The field for the user's data: pasted, dropped or opened, checked, and then used for training in place of simulated data. */
export class DataField {
  readonly #box = byId<HTMLDetailsElement>("data-box");
  readonly #text = byId<HTMLTextAreaElement>("data");
  readonly #choice = byId<HTMLSelectElement>("data-choice");
  readonly #problem = byId("data-problem");
  readonly #file = byId<HTMLInputElement>("data-file");
  readonly #onUse: (env: Settings["env"]) => void;
  #environment = "";
  /** The name of the file that the text came from. */
  #name = PASTED;

  /** @param onUse receives the environment's parameters. */
  constructor(onUse: (env: Settings["env"]) => void) {
    this.#onUse = onUse;
    byId("use-data").addEventListener("click", () => this.#use());
    byId("leave-data").addEventListener("click", () => onUse(parametersOf(this.#environment)));
    byId("open-data").addEventListener("click", () => this.#file.click());
    this.#file.addEventListener("change", () => {
      void this.#read(this.#file.files?.[0]);
      this.#file.value = "";
    });
    this.#text.addEventListener("input", () => {
      this.#name = PASTED;
      this.#showProblem("");
    });
    this.#text.addEventListener("dragover", (event) => event.preventDefault());
    this.#text.addEventListener("drop", (event) => {
      const [file] = event.dataTransfer?.files ?? [];
      if (file === undefined) return;
      event.preventDefault();
      void this.#read(file);
    });
  }

  /** Shows the data of the settings, if there are any. Pasted text that is not in use stays. */
  show({ environment, env }: Settings): void {
    const field = fileOf(environment);
    this.#box.hidden = field === undefined;
    if (field === undefined) return;
    const used = env[field.name] as DataFile | undefined;
    if (environment !== this.#environment) {
      this.#environment = environment;
      this.#text.value = "";
      this.#describe(field);
    }
    if (used !== undefined) {
      this.#text.value = used.text;
      this.#name = used.name;
      this.#box.open = true;
    }
    const chosen = field.choice && env[field.choice.name];
    if (typeof chosen === "string") this.#choice.value = chosen;
    byId("leave-data").hidden = used === undefined;
    byId("data-note").textContent = used === undefined ? "" : `In use: ${used.name}.`;
    this.#showProblem("");
  }

  #describe({ label, help, accept, choice }: FileField): void {
    byId("data-label").textContent = label;
    byId("data-help").textContent = help;
    this.#file.accept = accept;
    byId("data-choice-box").hidden = choice === undefined;
    byId("data-choice-label").textContent = choice?.label ?? "";
    this.#choice.replaceChildren(...(choice?.values ?? []).map((value) => make("option", { value }, value)));
  }

  async #read(file: File | undefined): Promise<void> {
    if (file === undefined) return;
    await this.#attempt(async () => {
      // Read only the beginning of a file that is too long.
      const bytes = new Uint8Array(await file.slice(0, 4 * LONGEST_DATA + 1).arrayBuffer());
      this.#text.value = decodeDataFile(file.name, bytes).text;
      this.#name = file.name;
      this.#use();
    });
  }

  #use(): void {
    const field = fileOf(this.#environment);
    if (field === undefined) return;
    void this.#attempt(async () => {
      const text = this.#text.value;
      if (text.length > LONGEST_DATA) {
        throw new WebgfnError("limit", `this page takes ${LONGEST_DATA} characters, not ${text.length}`, { fix: "use the command line" });
      }
      const env = { [field.name]: { name: this.#name, text }, ...(field.choice && { [field.choice.name]: this.#choice.value }) };
      const fits = field.fits(makeEnvironment(this.#environment, env));
      if (!fits.available) throw new WebgfnError("limit", fits.reason);
      this.#onUse(env);
    });
  }

  /** Runs an action that may refuse the user's input, and shows the reason. */
  async #attempt(act: () => Promise<void>): Promise<void> {
    this.#showProblem("");
    try {
      await act();
    } catch (cause) {
      if (!(cause instanceof WebgfnError)) throw cause;
      this.#showProblem(`${cause.message}${cause.fix === undefined ? "" : `; ${cause.fix}`}.`);
    }
  }

  #showProblem(sentence: string): void {
    this.#problem.textContent = sentence;
    this.#problem.hidden = sentence === "";
    if (sentence === "") this.#text.removeAttribute("aria-invalid");
    else this.#text.setAttribute("aria-invalid", "true");
  }
}
