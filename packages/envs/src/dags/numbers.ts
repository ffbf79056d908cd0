/** Numbers as tables write them, and formats that could mean two different numbers. */

const POINT_NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;
const COMMA_NUMBER = /^[+-]?\d+,\d+(e[+-]?\d+)?$/i;
/** Whole numbers in groups of three digits: "1,234" and "1.234" are also numbers with three decimals. */
const GROUPED = /^[+-]?[1-9]\d{0,2}([,.]\d{3})+$/;
const WHOLE = /^[+-]?\d+$/;
/** Texts that programs write for a value that is missing or not finite. */
const MISSING = /^([+-]?(nan|inf|infinity)|na|#?n\/a|#(div\/0|ref|value|num|null)!|#name\?|null|none|nil|missing|[*.?-]|)$/i;

export const isWhole = (cell: string): boolean => WHOLE.test(cell);
export const isNumber = (cell: string): boolean => POINT_NUMBER.test(cell) || COMMA_NUMBER.test(cell);
export const isMissing = (cell: string): boolean => MISSING.test(cell);
export const isGrouped = (cell: string): boolean => GROUPED.test(cell);

/** Texts that programs write for a missing level. Words such as "none" are levels. */
const MISSING_LEVEL = /^(na|nan|#?n\/a|<na>|#(div\/0|ref|value|num|null)!|#name\?|null|[?.]|)$/i;

export const isMissingLevel = (cell: string): boolean => MISSING_LEVEL.test(cell);
/** The name of a level: two notations of one number are the same level. */
export const levelOf = (cell: string): string => (isNumber(cell) ? String(numberOf(cell)) : cell);

/** The number in a cell, with a decimal point or a decimal comma; NaN if it is not a number. */
export function numberOf(cell: string): number {
  if (POINT_NUMBER.test(cell)) return Number(cell);
  return COMMA_NUMBER.test(cell) ? Number(cell.replace(",", ".")) : Number.NaN;
}

/** A possible reason why a cell is not a number, as the end of a sentence. */
export function causeOf(cell: string): string {
  if (isMissing(cell)) return "; a missing value: fill it in, or leave such samples out (missing: drop)";
  if (/^[+-]?\d{1,3}([ ,.'’\u00A0\u202F]\d{3})+([.,]\d*)?$/.test(cell)) return "; write it without separators of thousands";
  return "";
}
