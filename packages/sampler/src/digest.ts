import type { FileTensor } from "./safetensors.js";

// The constants of xxHash32 (https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md).
const PRIME_1 = 0x9e3779b1;
const PRIME_2 = 0x85ebca77;
const PRIME_3 = 0xc2b2ae3d;
/** Bytes per round. */
const BLOCK = 16;

const rotated = (word: number, bits: number) => (word << bits) | (word >>> (32 - bits));

/** xxHash32 with seed 0 of parts, each padded with zero bytes to a multiple of 16. */
class BlockHash {
  readonly #lanes = Int32Array.of(PRIME_1 + PRIME_2, PRIME_2, 0, -PRIME_1);
  #bytes = 0;

  /** Adds the next part: little-endian words. */
  add(words: Int32Array): void {
    let [a = 0, b = 0, c = 0, d = 0] = this.#lanes;
    const round = (lane: number, word: number) => Math.imul(rotated((lane + Math.imul(word, PRIME_2)) | 0, 13), PRIME_1);
    const whole = words.length - (words.length % 4);
    for (let i = 0; i < whole; i += 4) {
      a = round(a, words[i] as number);
      b = round(b, words[i + 1] as number);
      c = round(c, words[i + 2] as number);
      d = round(d, words[i + 3] as number);
    }
    if (whole < words.length) {
      a = round(a, words[whole] ?? 0);
      b = round(b, words[whole + 1] ?? 0);
      c = round(c, words[whole + 2] ?? 0);
      d = round(d, 0);
    }
    this.#lanes.set([a, b, c, d]);
    this.#bytes += BLOCK * Math.ceil(words.length / 4);
  }

  addText(text: string): void {
    const bytes = new TextEncoder().encode(text);
    const padded = new Uint8Array(BLOCK * Math.ceil(bytes.length / BLOCK));
    padded.set(bytes);
    this.add(new Int32Array(padded.buffer));
  }

  /** The hash as eight hexadecimal digits. */
  digest(): string {
    const [a = 0, b = 0, c = 0, d = 0] = this.#lanes;
    let hash = (rotated(a, 1) + rotated(b, 7) + rotated(c, 12) + rotated(d, 18) + this.#bytes) | 0;
    hash = Math.imul(hash ^ (hash >>> 15), PRIME_2);
    hash = Math.imul(hash ^ (hash >>> 13), PRIME_3);
    return ((hash ^ (hash >>> 16)) >>> 0).toString(16).padStart(8, "0");
  }
}

const byName = <T>([a]: [string, T], [b]: [string, T]) => (a < b ? -1 : 1);

/**
 * A digest of the content of a file of tensors, independent of its order: xxHash32 of these parts, each padded with zero bytes to a multiple
 * of 16, with names sorted by their UTF-16 units:
 *
 * - for each tensor its name and shape as JSON, `["log_z",[3]]`, and then its bytes;
 * - for each text of the metadata except the digest itself, its name and value as JSON, `["step","100"]`.
 *
 * A change within four consecutive bytes, such as a flipped bit, always changes the digest; any other change does with a probability of 1 −
 * 2⁻³².
 *
 * @param omitted name of the text that holds the digest.
 */
export function digestOf(
  tensors: Readonly<Record<string, FileTensor>>,
  metadata: Readonly<Record<string, string>>,
  omitted: string,
): string {
  const hash = new BlockHash();
  for (const [name, { shape, data }] of Object.entries(tensors).sort(byName)) {
    hash.addText(JSON.stringify([name, shape]));
    hash.add(new Int32Array(data.buffer, data.byteOffset, data.length));
  }
  for (const entry of Object.entries(metadata).sort(byName)) if (entry[0] !== omitted) hash.addText(JSON.stringify(entry));
  return hash.digest();
}
