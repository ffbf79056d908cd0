import { environmentDeclarations } from "@webgfn/envs";
import { largestOf } from "@webgfn/tensor/internal";
import { COMMON_OPTIONS, kebab, parameterText } from "./arguments.js";
import type { Command, OptionTable, Prefix } from "./command.js";

/** Formats rows as two aligned columns. */
function columns(rows: readonly (readonly [string, string])[]): string {
  const width = largestOf(rows.map(([left]) => left.length)) + 2;
  return rows.map(([left, right]) => `  ${left.padEnd(width)}${right}`).join("\n");
}

function optionRows(table: OptionTable): [string, string][] {
  return Object.entries(table).map(([name, { value, text }]) => [value === undefined ? `--${name}` : `--${name} ${value}`, text]);
}

/** The help on the parameters of all environments. */
function environmentRows(): string {
  const sections = Object.values(environmentDeclarations).map(({ name, parameters }) => {
    const rows = Object.entries(parameters).map(([parameter, { value, help, file }]): [string, string] => [
      `--env.${kebab(parameter)} ${file === true ? "FILE" : "VALUE"}`,
      value === undefined ? help : `${help} (default ${parameterText(value)})`,
    ]);
    return rows.length === 0 ? "" : `\nParameters of ${name}:\n${columns(rows)}\n`;
  });
  return sections.join("");
}

/** The text of `webgfn --help`. */
export function generalHelp(commands: readonly Command[]): string {
  return `webgfn trains GFlowNets by divergence minimisation on WebGPU.

Usage: webgfn COMMAND [options]

Commands:
${columns(commands.map(({ name, operands, summary }) => [`${name} ${operands}`.trim(), summary]))}

Examples:
  webgfn doctor
  webgfn train hypergrid --env.side 8 --steps 500 --out runs/grid
  webgfn sample runs/grid --count 5

\`webgfn COMMAND --help\` shows a command's options, \`webgfn --version\` the version.
`;
}

/** The help on options for parameters. */
const PARAMETERS: Readonly<Record<Prefix, string>> = {
  env: "a parameter of the environment, such as --env.side 8",
  objective: "a parameter of an objective of your own, such as --objective.beta 0.2",
  policy: "a parameter of a policy of your own, such as --policy.width 32",
  reward: "how numbers of --reward-table or --reward-network become log R: scale, exponent, factor, floor and others",
};

/** The text of `webgfn COMMAND --help`. */
export function commandHelp({ name, operands, summary, options, parameters, examples }: Command): string {
  const rows = optionRows(options);
  for (const prefix of parameters) rows.push([`--${prefix}.NAME N`, PARAMETERS[prefix]]);
  for (const row of optionRows(COMMON_OPTIONS)) rows.push(row);
  return `webgfn ${name}: ${summary}

Usage: webgfn ${[name, operands, "[options]"].filter((part) => part !== "").join(" ")}

Options:
${columns(rows)}
${parameters.includes("env") ? environmentRows() : ""}
Examples:
${examples.map((example) => `  webgfn ${example}`).join("\n")}
`;
}
