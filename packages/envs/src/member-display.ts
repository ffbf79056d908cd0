import { withoutPadding } from "./encoding.js";
import { completeDisplay, type ObjectDisplay } from "./objects.js";

/**
 * The display of sets of named members, for environments whose actions each add one member; the last action is the stop.
 *
 * @param field the objects' field with the numbers of the members, in ascending order.
 */
export function memberDisplay<Field extends string>(
  environment: string,
  field: Field,
  names: readonly string[],
): ObjectDisplay<Record<Field, number[]>> {
  const textOf = (members: readonly number[]): string => `{${members.map((member) => names[member]).join(", ")}}`;
  return completeDisplay<Record<Field, number[]>>(environment, {
    kind: "set",
    text: (object) => textOf(object[field]),
    columns: [{ name: field, dtype: "int32", shape: [names.length], values: (object) => object[field] }],
    fromColumns: ({ [field]: members = [] }) => ({ [field]: withoutPadding(members) }) as Record<Field, number[]>,
    steps: (actions) =>
      actions.map((action, n) => {
        const members = actions.slice(0, n + 1).filter((member) => member < names.length);
        const set = textOf(members.sort((a, b) => a - b));
        return action === names.length ? `stop: ${set}` : `add ${names[action]}: ${set}`;
      }),
  });
}
