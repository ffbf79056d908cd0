import { requireRule, rules } from "./schema.js";

// Checks objects by their members: JavaScript callers may pass anything.
const OBJECT = rules.having("an object");
const DEVICE = rules.having("a Device, as openDevice opens", "gpu", "limits", "adapter");
const ENVIRONMENT = rules.having("an environment, such as defineEnvironment makes", "name", "shader", "horizon", "features", "decode");
const LIST = { words: "a list", accepts: (value: unknown) => Array.isArray(value) };
const PATH = { words: "a path as a text", accepts: (value: unknown) => typeof value === "string" && value !== "" && !value.includes("\0") };

/**
 * Checks of a public function's arguments.
 *
 * @throws WebgfnError `argument` naming the argument.
 */
export const requireArgument = {
  object: (name: string, value: unknown): void => requireRule(name, value, OBJECT),
  device: (value: unknown): void => requireRule("device", value, DEVICE),
  environment: (value: unknown): void => requireRule("environment", value, ENVIRONMENT),
  list: (name: string, value: unknown): void => requireRule(name, value, LIST),
  path: (value: unknown): void => requireRule("path", value, PATH),
};
