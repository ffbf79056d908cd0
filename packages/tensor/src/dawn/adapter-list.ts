/** The machine's adapters, and the selection of one of them. */
import type { AdapterChoice } from "../adapter-choice.js";
import { argumentError, type WebgfnError } from "../errors.js";
import { inBrief, shownName } from "../show-value.js";
import type { Card } from "./pci-addresses.js";

/** How a process selects an adapter. Dawn selects the first one whose name contains a text; Mesa's layer selects a card by address. */
type Way = { by: "name"; name: string } | { by: "address"; card: Card };

export interface Entry {
  index: number;
  name: string;
  /** Its PCI address, if it is known. */
  address?: string;
  /** How it is selected; missing if nothing distinguishes it from an earlier one. */
  way?: Way;
}

/**
 * @param names the names in Dawn's order.
 * @param cards the cards of Mesa's layer, ordered by address; empty if they were not requested.
 */
export function adapterList(names: readonly string[], cards: readonly Card[]): Entry[] {
  return names.map((name, index) => {
    const same = names.filter((each) => each === name).length;
    const named = cards.filter((card) => card.name === name);
    // Nothing relates Dawn's order of cards with one name to their addresses, so the order of addresses is an arbitrary choice.
    const card = named.length === same ? named[names.slice(0, index).filter((each) => each === name).length] : undefined;
    const isFirst = names.findIndex((each) => each.includes(name)) === index;
    const byName = isFirst && (same === 1 || card === undefined);
    const way: Way | undefined = byName ? { by: "name", name } : card && { by: "address", card };
    return { index, name, ...(card && { address: card.address }), ...(way && { way }) };
  });
}

/** Normalises a name to letters and digits in lower case: names have several spellings, such as `amd-radeon-rx-7900-xtx` in results. */
const plain = (text: string) =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();

/** Normalises the addresses of `lspci` (65:00.0) and `nvidia-smi` (00000000:65:00.0) to `0000:65:00.0`; `undefined` for anything else. */
export function pciAddress(choice: AdapterChoice): string | undefined {
  const match = /^(?:([0-9a-f]{4,8}):)?([0-9a-f]{2}:[0-9a-f]{2}\.[0-7])$/i.exec(String(choice));
  if (match === null) return undefined;
  return `${Number.parseInt(match[1] ?? "0", 16)
    .toString(16)
    .padStart(4, "0")}:${match[2]?.toLowerCase()}`;
}

/**
 * The entry that an index or a part of a name selects.
 *
 * @throws WebgfnError `argument` with the list if it fits none or several.
 */
export function chosen(entries: readonly Entry[], choice: AdapterChoice): Entry {
  if (/^\d+$/.test(String(choice))) {
    const entry = entries[Number(choice)];
    if (entry === undefined) throw argumentError(`there is no adapter ${choice}; ${listText(entries)}`);
    return entry;
  }
  const wanted = plain(String(choice));
  const whole = entries.filter(({ name }) => plain(name) === wanted);
  const partly = entries.filter(({ name }) => plain(name).includes(wanted));
  const fitting = whole.length > 0 ? whole : partly;
  const [first, second] = fitting;
  if (first === undefined) throw argumentError(`no adapter fits ${inBrief(choice)}; ${listText(entries)}`);
  if (second === undefined) return first;
  const indices = fitting.map(({ index }) => index);
  throw argumentError(`${inBrief(choice)} fits the adapters ${indices.join(", ")}; ${listText(entries)}`, "name one by its index");
}

function listText(entries: readonly Entry[]): string {
  const texts = entries.map(({ index, name, address }) => `${index} "${shownName(name)}"${address === undefined ? "" : ` at ${address}`}`);
  return `there ${entries.length === 1 ? "is" : "are"} ${texts.join(", ")}`;
}

/**
 * The error for an adapter that nothing distinguishes from an earlier one.
 *
 * @param fix how to distinguish them.
 */
export function sameNameError(entries: readonly Entry[], { index, name }: Entry, fix: string): WebgfnError {
  const earlier = entries.find((each) => each.name.includes(name))?.index;
  return argumentError(`adapter ${index} cannot be told from adapter ${earlier} by its name; ${listText(entries)}`, fix);
}
