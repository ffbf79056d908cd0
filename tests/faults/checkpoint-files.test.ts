/** Checkpoints as files: what is written is read back, whatever its size; what was changed since is refused. */
import { mkdtempSync, readFileSync, rmSync, statfsSync, statSync, writeFileSync } from "node:fs";
import { freemem, tmpdir } from "node:os";
import { join } from "node:path";
import { sets } from "@webgfn/envs";
import { RunFolder, readCheckpoint } from "@webgfn/runs/node";
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint, mlp, trainedModel } from "@webgfn/sampler";
import {
  decodeCheckpointFrom,
  decodeSafetensors,
  encodeSafetensors,
  fitPolicy,
  initialWeights,
  LONGEST_HEADER,
  requireSavable,
  sourceOf,
  stackLayers,
} from "@webgfn/sampler/internal";
import { RandomStream } from "@webgfn/tensor";
import { afterAll, describe, expect, it } from "vitest";
import { completeConfiguration } from "webgfn";

const root = mkdtempSync(join(tmpdir(), "webgfn-checkpoint-files-"));
afterAll(() => rmSync(root, { recursive: true }));

const numbers = (count: number, seed: number) => {
  const random = new RandomStream(seed);
  return Float32Array.from({ length: count }, () => random.normal());
};
const whole: Checkpoint = {
  configuration: JSON.stringify(completeConfiguration({ environment: "sets" })),
  step: 12,
  tensors: {
    b: { shape: [2, 3], data: numbers(6, 1) },
    a: { shape: [5], data: numbers(5, 2) },
    none: { shape: [0, 4], data: new Float32Array(0) },
    scalar: { shape: [], data: Float32Array.of(-0) },
    ["__proto__"]: { shape: [1], data: Float32Array.of(7) },
  },
};

describe("a checkpoint", () => {
  it("is read as it was written, whatever its tensors are called", () => {
    const tensors = Object.fromEntries(Object.entries(whole.tensors));
    const found = decodeCheckpoint(encodeCheckpoint({ ...whole, tensors }));
    expect(found).toEqual({ ...whole, tensors });
    expect(Object.keys(found.tensors)).toEqual(Object.keys(tensors));
  });

  it("with a configuration of many megabytes is read back", () => {
    const configuration = JSON.stringify({ data: '0.123456789,"\n'.repeat(2_000_000) });
    expect(decodeCheckpoint(encodeCheckpoint({ ...whole, configuration })).configuration).toBe(configuration);
  });

  it("that readers would refuse is not written, and said before anything is trained", () => {
    const configuration = "1".repeat(LONGEST_HEADER);
    expect(() => encodeCheckpoint({ ...whole, configuration })).toThrow(/the header would have \d+ bytes, and no reader/);
    expect(() => requireSavable(configuration)).toThrow("a checkpoint keeps at most");
    requireSavable(whole.configuration);
  });

  it("is written only where its tensors are whole", () => {
    const writing = (tensor: unknown) => () => encodeCheckpoint({ ...whole, tensors: { tensor } as never });
    expect(writing({ shape: [2], data: new Float32Array(3) })).toThrow('"tensor" has 3 numbers, which do not fill the shape [2]');
    expect(writing({ shape: [2], data: [1, 2] })).toThrow("must be a Float32Array");
    expect(writing({ shape: "2", data: new Float32Array(2) })).toThrow("do not fill the shape");
    expect(() => encodeCheckpoint({ ...whole, tensors: { __metadata__: { shape: [], data: new Float32Array(1) } } })).toThrow(
      "kept for the metadata",
    );
    expect(() => encodeCheckpoint({ ...whole, step: -1 })).toThrow("the step of a checkpoint");
  });

  it("says what is wrong with files that are none", () => {
    const text = (content: string) => () => decodeCheckpoint(new TextEncoder().encode(content), "file");
    expect(text("<!doctype html><title>404</title>")).toThrow("it looks like HTML, a web page");
    expect(text("version https://git-lfs.github.com/spec/v1")).toThrow(
      /it ends within its header, which would have \d+ bytes, so that it may be a file of another kind/,
    );
    const cut = encodeCheckpoint(whole).subarray(0, 100);
    expect(() => decodeCheckpoint(cut, "file")).toThrow("it ends within its header");
  });
});

describe("the digest", () => {
  const bytes = encodeCheckpoint(whole);
  const { tensors, metadata } = decodeSafetensors(sourceOf(bytes));

  it("is xxHash32 of the parts that the documents name", () => {
    expect(metadata["digest"]).toMatch(/^[0-9a-f]{8}$/);
    // Made with Python's xxhash from the same bytes: xxhash.xxh32(b"".join(parts)).hexdigest()
    const file = encodeCheckpoint({ configuration: "{}", step: 3, tensors: { a: { shape: [5], data: Float32Array.of(1, 2, 3, 4, 5) } } });
    expect(decodeSafetensors(sourceOf(file)).metadata["digest"]).toBe("ea531738");
  });

  it("finds every flipped bit", () => {
    let accepted = 0;
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const copy = bytes.slice();
      copy[bit >> 3] = (copy[bit >> 3] as number) ^ (1 << (bit & 7));
      try {
        const found = decodeCheckpoint(copy);
        // Blanks at the header's end may become others; what is read is the same.
        if (JSON.stringify(found) !== JSON.stringify(whole) || !found.tensors["b"]?.data.every((x, k) => x === whole.tensors["b"]?.data[k]))
          accepted += 1;
      } catch {
        // Refused.
      }
    }
    expect(accepted).toBe(0);
  });

  it("says what to do", () => {
    const copy = bytes.slice();
    copy[copy.length - 2] = (copy[copy.length - 2] as number) ^ 64;
    expect(() => decodeCheckpoint(copy, "file")).toThrow("file is not as it was written");
  });

  it("does not depend on the order in which another program writes the tensors and the metadata", () => {
    const reversed = <T>(values: Record<string, T>) => Object.fromEntries(Object.entries(values).reverse());
    const again = decodeCheckpoint(encodeSafetensors({ tensors: reversed(tensors), metadata: reversed(metadata) }));
    expect(again).toEqual(decodeCheckpoint(bytes));
  });

  it("may be missing, as in files from before there was one", () => {
    const { digest: _, ...rest } = metadata;
    expect(decodeCheckpoint(encodeSafetensors({ tensors, metadata: rest }))).toEqual(decodeCheckpoint(bytes));
  });
});

describe("reading one of many replicas", () => {
  const environment = sets({ items: 4, size: 2 });
  const network = fitPolicy(mlp({ hidden: [8] }), environment);

  it("takes time in proportion to their number", async () => {
    const weights = initialWeights(network, 0);
    const seconds = async (replicas: number) => {
      const checkpoint = {
        step: 0,
        tensors: stackLayers(
          "policy",
          network,
          Array.from({ length: replicas }, () => weights),
        ),
        configuration: JSON.stringify({ environment: "sets", env: { items: 4, size: 2 }, policy: "mlp", hidden: [8], replicas }),
      };
      const before = process.cpuUsage();
      await trainedModel(checkpoint, { sets }, replicas - 1);
      return process.cpuUsage(before).user;
    };
    await seconds(100);
    // Sixteen times the replicas; the square would take 256 times as long.
    expect(await seconds(16_000)).toBeLessThan(80 * Math.max(await seconds(1000), 1000));
  });
});

describe("a file beyond 2 GiB", () => {
  const SIZE = 540_000_000;

  it("is read in parts", () => {
    // As much as no call of the system hands out at once, from a source that is no file.
    const small = encodeCheckpoint({ ...whole, tensors: { a: { shape: [4], data: Float32Array.of(1, 2, 3, 4) } } });
    const reads: number[] = [];
    const source = sourceOf(small);
    const read = (start: number, into: Uint8Array) => {
      reads.push(into.byteLength);
      source.read(start, into);
    };
    decodeCheckpointFrom({ byteLength: small.byteLength, read }, "file");
    expect(reads.length).toBeGreaterThanOrEqual(3);
    expect(reads.reduce((a, b) => a + b)).toBe(small.byteLength);
  });

  const { bavail, bsize } = statfsSync(root);
  const hasRoom = freemem() > 8e9 && bavail * bsize > 4e9;
  if (!hasRoom) console.log("There is no room for a checkpoint of 2 GiB here, so none is written.");
  it.skipIf(!hasRoom)("is written and read back", () => {
    const folder = RunFolder.create(join(root, "large"), completeConfiguration({ environment: "sets" }));
    const data = new Float32Array(SIZE);
    data[SIZE - 1] = 1.5;
    folder.writeCheckpoint({ ...whole, configuration: JSON.stringify(folder.configuration), tensors: { a: { shape: [SIZE], data } } });
    folder.release();
    const file = join(root, "large/checkpoint.safetensors");
    expect(statSync(file).size).toBeGreaterThan(2 ** 31);
    const read = readCheckpoint(file).checkpoint.tensors["a"]?.data;
    expect([read?.length, read?.[0], read?.[SIZE - 1]]).toEqual([SIZE, 0, 1.5]);
    rmSync(join(root, "large"), { recursive: true });
  });

  it("that is damaged is refused from a folder, too", () => {
    const file = join(root, "damaged.safetensors");
    writeFileSync(file, encodeCheckpoint(whole));
    expect(readCheckpoint(file).checkpoint.step).toBe(12);
    const bytes = readFileSync(file);
    bytes[bytes.length - 1] = (bytes[bytes.length - 1] as number) ^ 1;
    writeFileSync(file, bytes);
    expect(() => readCheckpoint(file)).toThrow("damaged.safetensors is not as it was written");
  });
});
