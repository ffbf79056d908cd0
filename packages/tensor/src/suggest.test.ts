import { expect, it } from "vitest";
import { editDistance, nearest, unknownWord } from "./suggest.js";

it("counts edits, neighbours swapped as one", () => {
  expect([
    editDistance("", "abc"),
    editDistance("renyi", "renyi"),
    editDistance("hypergird", "hypergrid"),
    editDistance("kitten", "sitting"),
  ]).toEqual([3, 0, 1, 3]);
});

it("suggests what is near, and nothing otherwise", () => {
  expect(nearest("RevesreKL", ["forward-kl", "reverse-kl"])).toBe("reverse-kl");
  expect(nearest("--bach-size", ["batch-size", "steps"])).toBe("batch-size");
  expect(nearest("variance", ["train", "sample", "evaluate"])).toBeUndefined();
});

it("says what was wrong, what was probably meant and what there is", () => {
  const error = unknownWord("a command", "trian", ["train", "sample"]);
  expect([error.code, error.message]).toEqual(["argument", '"trian" is not a command (did you mean train?); choose from train, sample']);
});
