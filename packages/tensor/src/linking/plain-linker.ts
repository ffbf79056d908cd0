import type { KernelSource } from "../kernel-source.js";
import { withConditions } from "./conditions.js";
import { type Declaration, forEachReference, type Module, parseModule } from "./module.js";
import { type Token, textOf, tokensOf } from "./tokens.js";

/** A cache of the tokens of earlier texts: a trainer's kernels share most of their modules. */
const scanned = new Map<string, Token[] | undefined>();
/** Most texts in the cache. */
const MOST_SCANNED = 256;

function scan(text: string): Token[] | undefined {
  if (!scanned.has(text)) {
    if (scanned.size >= MOST_SCANNED) scanned.clear();
    scanned.set(text, tokensOf(text));
  }
  return scanned.get(text);
}

/** A declaration of the linked text, with its name there. */
interface Placed {
  declaration: Declaration;
  module: Module;
  name: string;
}

/**
 * Links modules without a parser of WGSL. It supports imports by `package::path::name` and `constants::NAME`, `@if` and `@else` before
 * declarations, members and statements, and names with one meaning within a declaration. It keeps the declarations of the root module and
 * those that they refer to. If two modules declare a name, it gets a number in the second.
 *
 * @returns the WGSL; `undefined` if the modules use more than that, or have a mistake. The whole linker then decides.
 */
export function linkPlain({ root, modules, constants = {}, conditions = {} }: KernelSource): string | undefined {
  const parsed = new Map<string, Module | undefined>();
  const moduleAt = (path: string): Module | undefined => {
    if (!parsed.has(path)) {
      const tokens = path in modules ? scan(modules[path] as string) : undefined;
      const left = tokens && withConditions(tokens, conditions);
      parsed.set(path, left && parseModule(left));
    }
    return parsed.get(path);
  };

  const values: string[] = [];
  const names = new Map<string, number>();
  /** A name that is unique in the linked text, for a declaration that its module calls `name`. */
  const unique = (name: string): string => {
    const count = names.get(name);
    names.set(name, (count ?? -1) + 1);
    return count === undefined ? name : unique(`${name}${count}`);
  };
  const placed = new Map<Declaration, Placed>();
  const constantNames = new Map<string, string>();

  /** The name in the linked text of the declaration that a module declares or imports as `name`; `undefined` if there is none. */
  const resolve = (module: Module, name: string): string | undefined => {
    const from = module.imports.get(name);
    if (from?.module === "constants") {
      if (!Object.hasOwn(constants, name)) return undefined;
      if (!constantNames.has(name)) {
        constantNames.set(name, unique(name));
        values.push(`const ${constantNames.get(name)} = ${constants[name]};`);
      }
      return constantNames.get(name);
    }
    const owner = from === undefined ? module : moduleAt(from.module);
    const declaration = owner?.declarations.get(from?.name ?? name);
    return owner && declaration && place(owner, declaration).name;
  };
  const place = (module: Module, declaration: Declaration): Placed => {
    const known = placed.get(declaration);
    if (known !== undefined) return known;
    const added = { declaration, module, name: unique(declaration.name) };
    placed.set(declaration, added);
    return added;
  };

  const first = moduleAt(root);
  if (first === undefined) return undefined;
  for (const declaration of first.declarations.values()) place(first, declaration);
  const texts: string[] = [];
  /** Names that the module using them neither declares nor imports: WGSL's own, or a mistake. */
  const free = new Set<string>();
  // The iteration of a map includes entries added meanwhile.
  for (const { declaration, module, name } of placed.values()) {
    const tokens = [...declaration.tokens];
    let isPlain = true;
    forEachReference(declaration, (index, word) => {
      const isGlobal = module.declarations.has(word) || module.imports.has(word);
      if (declaration.parameters.has(word)) return;
      if (!isGlobal) {
        if (!declaration.locals.has(word)) free.add(word);
        return;
      }
      const target = word === declaration.name ? name : resolve(module, word);
      // A variable that hides a global name needs a parser, which knows the variable's scope.
      const isHidden = declaration.locals.has(word);
      const isTaken = target !== word && target !== undefined && (declaration.locals.has(target) || declaration.parameters.has(target));
      if (target === undefined || isHidden || isTaken) isPlain = false;
      else if (target !== word) tokens[index] = { ...(tokens[index] as Token), text: target };
    });
    if (!isPlain) return undefined;
    texts.push(textOf(tokens));
  }
  // A name that is not imported, or a function of WGSL, must not refer to another module's declaration by accident.
  for (const name of free) if (names.has(name)) return undefined;
  const directives = new Set([...parsed.values()].flatMap((module) => module?.directives ?? []));
  return [...directives, ...values, ...texts, ""].join("\n");
}
