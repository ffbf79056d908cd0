import type { Settings } from "@webgfn/sweeps";
import { inBrief } from "@webgfn/tensor/internal";

/** Settings as people read them: `objective=tb learningRate=0.001`, or the values alone. A file is shown by its name. */
export function settingsText(settings: Settings, valuesOnly = false): string {
  const entries = Object.entries(settings).filter(([, value]) => value !== undefined);
  return entries.map(([key, value]) => (valuesOnly ? valueText(value) : `${key}=${valueText(value)}`)).join(" ");
}

function valueText(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "object" && value !== null && "name" in value && "text" in value) return String(value.name);
  return Array.isArray(value) ? value.join(",") : inBrief(value);
}
