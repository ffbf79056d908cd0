import { withoutPadding } from "./encoding.js";
import { completeDisplay, type ObjectDisplay } from "./objects.js";

/**
 * How sets of named members are shown, of environments that add one member an action and have a stop action behind the last member.
 *
 * @param field the objects' field, which has the members by their numbers, in ascending order.
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
