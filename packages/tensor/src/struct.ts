import { argumentError } from "./errors.js";

/** A field of a WGSL struct. */
interface Field {
  /** 32-bit words from the start of the struct. */
  offset: number;
  words: number;
  isFloat: boolean;
}

/** Size and alignment in 32-bit words, and whether the numbers are floats (WGSL specification, "Alignment and Size"). */
const TYPES: Readonly<Record<string, { words: number; align: number; isFloat: boolean }>> = {
  f32: { words: 1, align: 1, isFloat: true },
  u32: { words: 1, align: 1, isFloat: false },
  vec2f: { words: 2, align: 2, isFloat: true },
  vec2u: { words: 2, align: 2, isFloat: false },
  vec4f: { words: 4, align: 4, isFloat: true },
  mat2x4f: { words: 8, align: 4, isFloat: true },
  vec4u: { words: 4, align: 4, isFloat: false },
};

/** Values of a struct's fields: a number, or a list of numbers for a vector. Fields that are left out are 0. */
export type StructValues<Name extends string> = { readonly [N in Name]?: number | ArrayLike<number> };

/**
 * The memory layout of a WGSL struct, read from its own declaration. The host reads and writes fields by name, so that only the declaration
 * in WGSL defines the place of a field.
 *
 *     const Point = new Struct<"x" | "y">("struct Point { x: f32, y: f32 }", "Point");
 *     Point.get(words, 3, "y"); // the y of the fourth point
 */
export class Struct<Name extends string> {
  readonly name: string;
  /** 32-bit words of one entry of an array of this struct. */
  readonly words: number;
  readonly #fields: ReadonlyMap<string, Field>;

  /**
   * @param wgsl text that declares the struct, and before it every struct that it contains.
   * @throws WebgfnError `argument` if the text declares no such struct, or a field has an unsupported type.
   */
  constructor(wgsl: string, name: string) {
    this.name = name;
    const { fields, words } = layoutOf(wgsl, name);
    this.#fields = fields;
    this.words = words;
  }

  /** Offset of a field in 32-bit words. @throws WebgfnError `argument` for a name that the struct does not have. */
  offset(field: Name): number {
    return this.#field(field).offset;
  }

  /** The first number of a field of entry `index`. */
  get(words: Float32Array | Uint32Array, index: number, field: Name): number {
    const { offset, isFloat } = this.#field(field);
    const at = index * this.words + offset;
    return (isFloat ? floats(words) : integers(words))[at] as number;
  }

  /** One field of `count` entries from entry `first` on, as float64. */
  column(words: Float32Array | Uint32Array, field: Name, first = 0, count = words.length / this.words - first): Float64Array {
    return Float64Array.from({ length: count }, (_, n) => this.get(words, first + n, field));
  }

  /** Writes fields of entry `index` in place. */
  set(words: Float32Array | Uint32Array, index: number, values: StructValues<Name>): void {
    for (const [name, value] of Object.entries(values) as [Name, number | ArrayLike<number> | undefined][]) {
      if (value === undefined) continue;
      const { offset, isFloat } = this.#field(name);
      const list = typeof value === "number" ? [value] : value;
      (isFloat ? floats(words) : integers(words)).set(list, index * this.words + offset);
    }
  }

  /** The words of an array of this struct. */
  pack(entries: readonly StructValues<Name>[]): Uint32Array {
    const words = new Uint32Array(entries.length * this.words);
    entries.forEach((values, index) => {
      this.set(words, index, values);
    });
    return words;
  }

  #field(name: string): Field {
    const field = this.#fields.get(name);
    if (field !== undefined) return field;
    throw argumentError(`struct ${this.name} has no field ${name}; it has ${[...this.#fields.keys()].join(", ")}`);
  }
}

function floats(words: Float32Array | Uint32Array): Float32Array {
  return words instanceof Float32Array ? words : new Float32Array(words.buffer, words.byteOffset, words.length);
}

function integers(words: Float32Array | Uint32Array): Uint32Array {
  return words instanceof Uint32Array ? words : new Uint32Array(words.buffer, words.byteOffset, words.length);
}

function layoutOf(wgsl: string, name: string): { fields: Map<string, Field>; words: number; align: number } {
  const code = wgsl.replace(/\/\/.*/g, "");
  const body = new RegExp(`\\bstruct\\s+${name}\\s*\\{([^}]*)\\}`).exec(code)?.[1];
  if (body === undefined) throw argumentError(`the WGSL text declares no struct ${name}`);
  const fields = new Map<string, Field>();
  let end = 0;
  let largest = 1;
  for (const declaration of body.split(",")) {
    const [, field, type] = /(\w+)\s*:\s*(\w+)/.exec(declaration) ?? [];
    if (field === undefined || type === undefined) continue;
    const { words, align, isFloat } = TYPES[type] ?? { ...layoutOf(wgsl, type), isFloat: true };
    const offset = roundUp(end, align);
    fields.set(field, { offset, words, isFloat });
    end = offset + words;
    largest = Math.max(largest, align);
  }
  return { fields, words: roundUp(end, largest), align: largest };
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
