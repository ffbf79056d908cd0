/** Which adapter a choice means, on machines that the tests do not have: several cards, cards of one name, names within names. */
import { describe, expect, it } from "vitest";
import { ADAPTER_RULE } from "../adapter-choice.js";
import { adapterList, chosen, pciAddress, sameNameError } from "./adapter-list.js";

const A100 = "NVIDIA A100 80GB PCIe";
const LLVMPIPE = "llvmpipe (LLVM 15.0.6, 256 bits)";
const RADEON = "AMD Radeon RX 7900 XTX (RADV NAVI31)";

/** How Dawn for Node finds an adapter: the first one whose name holds the text. */
const takenBy = (names: readonly string[], text: string) => names.findIndex((name) => name.includes(text));

describe("a list of adapters", () => {
  it("takes cards by their names where these differ", () => {
    const names = [RADEON, A100, LLVMPIPE];
    const list = adapterList(names, []);
    expect(list.map(({ index, way }) => way?.by === "name" && takenBy(names, way.name) === index)).toEqual([true, true, true]);
  });

  it("takes cards of one name by their addresses, in the order of these", () => {
    const cards = ["0000:17:00.0", "0000:65:00.0", "0000:ca:00.0"].map((address) => ({ name: A100, address }));
    const list = adapterList([A100, A100, RADEON, A100], [...cards, { name: RADEON, address: "0000:e3:00.0" }]);
    expect(list.map(({ address }) => address)).toEqual(["0000:17:00.0", "0000:65:00.0", "0000:e3:00.0", "0000:ca:00.0"]);
    expect(list.map(({ way }) => way?.by)).toEqual(["address", "address", "name", "address"]);
    expect(list[3]?.way).toEqual({ by: "address", card: cards[2] });
  });

  it("leaves what nothing tells from an earlier adapter", () => {
    const list = adapterList([A100, A100], []);
    expect(list.map(({ way }) => way)).toEqual([{ by: "name", name: A100 }, undefined]);
    // Dawn leaves out cards that lack what WebGPU needs: which of three addresses has which of the two is unknown.
    const cards = ["0000:17:00.0", "0000:65:00.0", "0000:ca:00.0"].map((address) => ({ name: A100, address }));
    expect(adapterList([A100, A100], cards)).toEqual(list);
    expect(sameNameError(list, { index: 1, name: A100 }, "do this")).toMatchObject({
      code: "argument",
      message: `adapter 1 cannot be told from adapter 0 by its name; there are 0 "${A100}", 1 "${A100}"`,
      fix: "do this",
    });
  });

  it("does not take a card by a name that an earlier card's name holds", () => {
    const names = ["NVIDIA GeForce RTX 3080 Ti", "NVIDIA GeForce RTX 3080"];
    expect(adapterList(names, []).map(({ way }) => way?.by)).toEqual(["name", undefined]);
    const cards = names.map((name, index) => ({ name, address: `0000:0${index + 1}:00.0` }));
    expect(adapterList(names, cards).map(({ way }) => way?.by)).toEqual(["name", "address"]);
    expect(adapterList([...names].reverse(), []).map(({ way }) => way?.by)).toEqual(["name", "name"]);
  });
});

describe("a choice", () => {
  const list = adapterList([RADEON, A100, A100, LLVMPIPE], []);

  it.each([
    [0, 0],
    ["2", 2],
    ["llvmpipe", 3],
    ["LLVM 15", 3],
    ["radeon", 0],
    ["amd-radeon-rx-7900-xtx-radv-navi31", 0],
  ])("%j is adapter %i", (choice, index) => expect(chosen(list, choice).index).toBe(index));

  it("is the whole name where another name holds it, too", () => {
    const names = ["NVIDIA GeForce RTX 3080 Ti", "NVIDIA GeForce RTX 3080"];
    expect(chosen(adapterList(names, []), "nvidia geforce rtx 3080").index).toBe(1);
  });

  it.each([
    [4, /^there is no adapter 4; there are 0 "AMD Radeon.*", 1 "NVIDIA A100.*", 2 .*, 3 "llvmpipe/],
    ["99999999999999999999", /^there is no adapter 99999999999999999999; /],
    ["intel", /^no adapter fits "intel"; there are 0 "AMD/],
    ["a100", /^"a100" fits the adapters 1, 2; there are 0 "AMD/],
  ])("%j is refused with the list", (choice, message) => {
    expect(() => chosen(list, choice)).toThrow(expect.objectContaining({ code: "argument", message: expect.stringMatching(message) }));
  });

  it.each(["0", "llvmpipe", "0000:65:00.0", "GTX 1080", "Ω1", 0, 7])("%j may be one", (choice) => {
    expect(ADAPTER_RULE.accepts(choice)).toBe(true);
  });

  it.each([
    "",
    " ",
    "-1",
    "+1",
    "1.5",
    "1e3",
    "0x1",
    "Infinity",
    "!",
    "a\nb",
    "\u001b[31m",
    -1,
    0.5,
    Number.NaN,
    2 ** 53,
    null,
    {},
    [],
    true,
  ])("%j is none", (choice) => expect(ADAPTER_RULE.accepts(choice)).toBe(false));
});

it("reads PCI addresses as lspci and nvidia-smi print them", () => {
  const shortest = "0000:65:00.0";
  expect(["65:00.0", shortest, "00000000:65:00.0", "0000:65:00.0".toUpperCase()].map(pciAddress)).toEqual([
    shortest,
    shortest,
    shortest,
    shortest,
  ]);
  expect(pciAddress("00000001:CA:00.1")).toBe("0001:ca:00.1");
  expect([0, "65", "65:00", "65:00.9", "a100"].map(pciAddress)).toEqual(Array(5).fill(undefined));
});
