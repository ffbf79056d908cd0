import type { Environment, SampledObject } from "@webgfn/envs";
import { type Ambient, type Rule, rules, WebgfnError } from "@webgfn/tensor";
import { argumentError, requireArgument, requireRule } from "@webgfn/tensor/internal";
import { loadSampler } from "./load-sampler.js";
import type { Sample, Sampler } from "./sampler.js";
import { type Lease, sharedDevice } from "./shared-device.js";
import type { EnvironmentMakers, OwnPolicies } from "./trained-model.js";

const TAG = "webgfn-sampler";
/** Default number of objects that an element shows, and default trajectories per dispatch. */
const COUNT = 5;
const BATCH = 64;

const SEED: Rule = { ...rules.whole(0), words: 'a whole number of at least 0, or "random"' };

/** Makes the content that an element shows for a sample: a text, or a DOM node. */
export type SampleFormat = (sample: Sample, environment: Environment) => string | Ambient<"Node", object>;

/**
 * `<webgfn-sampler src="sets.safetensors" count="5">`: loads a checkpoint, samples from it, and shows the samples as a list. Until then it
 * shows its children.
 *
 * Attributes: `src`; `count`, default 5; `seed`, a whole number or `random`, default 0; `batch-size`, default 64; `replica`, default 0. A
 * change of `count` samples again; a change of another attribute loads again. Events: `load`; `sample`, with the samples in `detail`;
 * `error`, with a WebgfnError in `detail`, which is shown unless the event is cancelled.
 *
 * Parts for a page's CSS: `list`, `sample` and `error`.
 */
export interface SamplerElement<O extends SampledObject = SampledObject> extends Ambient<"HTMLElement", object> {
  /** Formats each sample. Default: the object in its usual notation, and its log reward. */
  format: SampleFormat | undefined;
  /**
   * Draws new samples, shows them in place of the earlier ones, and returns them. Waits while the checkpoint loads.
   *
   * @param count number of samples. Default: the attribute `count`.
   * @throws WebgfnError `argument` if the element is not in a page or has no `src`, `disposed` if it leaves the page or loads something else
   * meanwhile; also the errors of `loadSampler` and `Sampler`.
   */
  sample(count?: number): Promise<Sample<O>[]>;
  /** Yields new samples, one batch at a time, without showing them. Throws as {@link sample} does. */
  stream(count: number): AsyncGenerator<Sample<O>[], void, void>;
}

/**
 * The attributes and events of {@link SamplerElement} for JSX: declare `"webgfn-sampler"` with this type among a framework's elements, such
 * as React's `JSX.IntrinsicElements`.
 */
export interface SamplerElementAttributes {
  src?: string;
  count?: number;
  seed?: number | "random";
  "batch-size"?: number;
  replica?: number;
  onload?: () => void;
  onsample?: (event: { readonly detail: Sample[] }) => void;
  onerror?: (event: { readonly detail: unknown; preventDefault(): void }) => void;
}

declare global {
  interface HTMLElementTagNameMap {
    "webgfn-sampler": SamplerElement;
  }
}

/** Options of {@link defineSamplerElement}. */
export interface SamplerElementOptions {
  /** The environments that checkpoints may have, such as `{ sets }`. A bundle contains only those named here. */
  environments: EnvironmentMakers;
  /** User-defined policies that checkpoints may have. */
  policies?: OwnPolicies;
}

/**
 * Defines the element `<webgfn-sampler>`. A second call adds environments and policies. Without custom elements, as in Node, it does nothing.
 *
 * @throws WebgfnError `argument` if that name is already taken.
 *
 * @example
 * ```ts
 * import { sets } from "@webgfn/envs";
 * import { defineSamplerElement } from "@webgfn/sampler/element";
 * defineSamplerElement({ environments: { sets } }); // <webgfn-sampler src="sets.safetensors" count="5">
 * const element = document.querySelector("webgfn-sampler");
 * if (element) element.format = ({ object }) => JSON.stringify(object);
 * ```
 */
export function defineSamplerElement(options: SamplerElementOptions): void {
  requireArgument.object("the options of defineSamplerElement", options);
  const { environments, policies = {} } = options;
  requireArgument.object("environments", environments);
  requireArgument.object("policies", policies);
  if (typeof customElements === "undefined") return;
  const defined = customElements.get(TAG) as { known?: Required<SamplerElementOptions> } | undefined;
  if (defined === undefined) customElements.define(TAG, elementClass({ environments: { ...environments }, policies: { ...policies } }));
  else if (defined.known === undefined) throw argumentError(`<${TAG}> is an element of something else`);
  else {
    Object.assign(defined.known.environments, environments);
    Object.assign(defined.known.policies, policies);
  }
}

/** A checkpoint that is loading or loaded. */
interface Loaded {
  /** The attributes that identify it, as text. */
  attributes: string;
  /** The attribute `count` of the objects shown. */
  count: string | null;
  sampler: Promise<Sampler>;
  lease: Lease;
  /** Aborted when the element leaves the page or loads something else. */
  end: AbortController;
}

/** Frees a sampler's GPU resources, now or when it has loaded. */
function free({ sampler, lease }: Loaded): void {
  const dispose = (loaded: Sampler) => loaded.dispose();
  void sampler.then(dispose, () => {}).then(() => sharedDevice.giveBack(lease));
}

/** The element's class, made only if the platform has custom elements. */
function elementClass(known: Required<SamplerElementOptions>): CustomElementConstructor {
  // A content security policy that forbids inline styles still allows a style sheet made by a script.
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(":host { display: block } :host([hidden]) { display: none }");

  return class extends HTMLElement implements SamplerElement {
    static readonly observedAttributes = ["src", "count", "seed", "batch-size", "replica"];
    static readonly known = known;
    readonly #root = this.attachShadow({ mode: "open" });
    #loaded: Loaded | undefined;
    #format: SampleFormat | undefined;
    /** The samples shown. */
    #shown: { samples: readonly Sample[]; environment: Environment } | undefined;
    #isScheduled = false;

    constructor() {
      super();
      this.#root.adoptedStyleSheets = [sheet];
      this.#root.append(document.createElement("slot"));
    }

    get format(): SampleFormat | undefined {
      return this.#format;
    }

    set format(format: SampleFormat | undefined) {
      if (format !== undefined) requireRule("format", format, rules.callback);
      this.#format = format;
      this.#render();
    }

    async sample(count?: number): Promise<Sample[]> {
      const loaded = this.#current();
      return this.#using(loaded, async (sampler) => {
        const samples = await sampler.sample(count ?? this.#whole("count", COUNT));
        if (loaded !== this.#loaded) return samples;
        this.#shown = { samples, environment: sampler.environment };
        this.#render();
        this.dispatchEvent(new CustomEvent("sample", { detail: samples }));
        return samples;
      });
    }

    async *stream(count: number): AsyncGenerator<Sample[], void, void> {
      const loaded = this.#current();
      const batches = await this.#using(loaded, async (sampler) => sampler.stream(count));
      try {
        for (;;) {
          const { value } = await this.#using(loaded, () => batches.next());
          if (value === undefined) return;
          yield value;
        }
      } finally {
        await batches.return();
      }
    }

    connectedCallback(): void {
      // The page may have set this property before the element was defined.
      if (Object.hasOwn(this, "format")) {
        const { format } = this;
        Reflect.deleteProperty(this, "format");
        this.format = format;
      }
      this.#schedule();
    }

    disconnectedCallback(): void {
      this.#schedule();
    }

    attributeChangedCallback(): void {
      this.#schedule();
    }

    /** Updates once for all changes in one turn of the event loop: moving an element disconnects and connects it again. */
    #schedule(): void {
      if (this.#isScheduled) return;
      this.#isScheduled = true;
      queueMicrotask(() => this.#update());
    }

    /** Loads and shows the checkpoint that the attributes name, unless it is already loaded. Ends the one loaded before. */
    #update(): void {
      this.#isScheduled = false;
      const attributes = ["src", "seed", "batch-size", "replica"].map((name) => this.getAttribute(name));
      const wanted = this.isConnected && attributes[0] !== null ? JSON.stringify(attributes) : undefined;
      const count = this.getAttribute("count");
      if (attributes[0] === null) {
        this.#shown = undefined;
        this.#root.replaceChildren(document.createElement("slot"));
      }
      if (wanted !== this.#loaded?.attributes) {
        const before = this.#loaded;
        // The new one takes the device before the old one gives it back.
        this.#loaded = wanted === undefined ? undefined : this.#load(wanted, count);
        if (before !== undefined) {
          before.end.abort(new WebgfnError("disposed", `<${TAG}> has left the page, or loads something else`));
          free(before);
        }
        if (this.#loaded !== undefined) void this.#present(this.#loaded, true);
      } else if (this.#loaded !== undefined && this.#loaded.count !== count) {
        this.#loaded.count = count;
        void this.#present(this.#loaded);
      }
    }

    #load(attributes: string, count: string | null): Loaded {
      const [end, lease] = [new AbortController(), sharedDevice.take()];
      return { attributes, count, sampler: this.#open(lease, end.signal), lease, end };
    }

    async #open({ device }: Lease, signal: AbortSignal): Promise<Sampler> {
      const [random = 0] = crypto.getRandomValues(new Uint32Array(1));
      return loadSampler(this.getAttribute("src") as string, {
        ...known,
        seed: this.getAttribute("seed") === "random" ? random : this.#whole("seed", 0, SEED),
        batchSize: this.#whole("batch-size", BATCH, rules.whole(1)),
        replica: this.#whole("replica", 0),
        device: await device,
        signal,
      });
    }

    /** Samples as many objects as the attribute says. Errors go to the event `error`, because nobody awaits this. */
    async #present(loaded: Loaded, isNew = false): Promise<void> {
      try {
        await this.#using(loaded, async () => {
          if (isNew) this.dispatchEvent(new CustomEvent("load"));
          await this.sample();
        });
      } catch (cause) {
        if (!loaded.end.signal.aborted) this.#fail(cause);
      }
    }

    /** @throws WebgfnError `argument` if the element does not name a checkpoint. */
    #current(): Loaded {
      this.#update();
      if (this.#loaded !== undefined) return this.#loaded;
      throw argumentError(
        this.isConnected ? `<${TAG}> has no src` : `<${TAG}> is not in a page`,
        this.isConnected ? 'give it the address of a checkpoint: src="sets.safetensors"' : "append it to the document first",
      );
    }

    /** Uses a sampler. If it could not be loaded or has lost its device, the next call loads it again. */
    async #using<T>(loaded: Loaded, use: (sampler: Sampler) => Promise<T>): Promise<T> {
      let sampler: Sampler | undefined;
      try {
        sampler = await loaded.sampler;
        return await use(sampler);
      } catch (cause) {
        const isLost = cause instanceof WebgfnError && cause.code === "device-lost";
        if (isLost) sharedDevice.replace(loaded.lease);
        if ((isLost || sampler === undefined) && loaded === this.#loaded) {
          this.#loaded = undefined;
          free(loaded);
        }
        throw cause;
      }
    }

    #fail(cause: unknown): void {
      if (!this.dispatchEvent(new CustomEvent("error", { detail: cause, cancelable: true }))) return;
      this.#shown = undefined;
      const { message, fix } = cause as { message?: string; fix?: string };
      const text = document.createElement("p");
      text.setAttribute("part", "error");
      text.setAttribute("role", "alert");
      text.textContent = [message ?? String(cause), fix].filter((each) => each !== undefined).join(": ");
      this.#root.replaceChildren(text);
    }

    #render(): void {
      if (this.#shown === undefined) return;
      const { samples, environment } = this.#shown;
      const list = document.createElement("ol");
      list.setAttribute("part", "list");
      for (const sample of samples) {
        const item = document.createElement("li");
        item.setAttribute("part", "sample");
        item.append((this.#format ?? usualFormat)(sample, environment) as string | Node);
        list.append(item);
      }
      this.#root.replaceChildren(list);
    }

    /** The whole number in an attribute. @throws WebgfnError `argument` if it is not a whole number. */
    #whole(name: string, fallback: number, rule = rules.whole(0)): number {
      const text = this.getAttribute(name);
      if (text === null) return fallback;
      const value = /^\d+$/.test(text) ? Number(text) : text;
      requireRule(name, value, rule);
      return value as number;
    }
  };
}

function usualFormat({ object, logReward }: Sample, { objects }: Environment): string {
  const text = objects.text(object);
  return Number.isNaN(logReward) ? text : `${text}, log R = ${logReward.toFixed(3)}`;
}
