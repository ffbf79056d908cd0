import type { KernelSource } from "../kernel-source.js";
import { withConditions } from "./conditions.js";
import { type Declaration, forEachReference, type Module, parseModule } from "./module.js";
import { type Token, textOf, tokensOf } from "./tokens.js";

/** Tokens of texts that were linked before: a trainer's kernels share most of their modules. */
const scanned = new Map<string, Token[] | undefined>();
/** Texts kept. */
const MOST_SCANNED = 256;

function scan(text: string): Token[] | undefined {
  if (!scanned.has(text)) {
    if (scanned.size >= MOST_SCANNED) scanned.clear();
    scanned.set(text, tokensOf(text));
  }
  return scanned.get(text);
}

/** A declaration that the linked text has, under the name that it has there. */
interface Placed {
  declaration: Declaration;
  module: Module;
  name: string;
}

/**
 * Links modules as far as this takes no parser of WGSL: imports by `package::path::name` and `constants::NAME`, `@if` and `@else` before
 * declarations, members and statements, and names that mean one thing within a declaration. It keeps what the root module declares and what
 * that refers to. A name that two modules declare gets a number in the second.
 *
 * @returns the WGSL; `undefined` where the modules have more than that, or a mistake. Then the whole linker decides.
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
  /** The name in the linked text of something that a module calls `name`. */
  const unique = (name: string): string => {
    const count = names.get(name);
    names.set(name, (count ?? -1) + 1);
    return count === undefined ? name : unique(`${name}${count}`);
  };
  const placed = new Map<Declaration, Placed>();
  const constantNames = new Map<string, string>();

  /** The name in the linked text of what a module declares or imports as `name`; `undefined` where there is no such thing. */
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
  /** Names that no module declares or imports where they stand: WGSL's own, or a mistake. */
  const free = new Set<string>();
  // A map's iteration meets what is added meanwhile.
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
      // A variable that hides a global name takes a parser, which knows where the variable begins and ends.
      const isHidden = declaration.locals.has(word);
      const isTaken = target !== word && target !== undefined && (declaration.locals.has(target) || declaration.parameters.has(target));
      if (target === undefined || isHidden || isTaken) isPlain = false;
      else if (target !== word) tokens[index] = { ...(tokens[index] as Token), text: target };
    });
    if (!isPlain) return undefined;
    texts.push(textOf(tokens));
  }
  // Another module's declaration must not stand in for what is not imported, nor for a function of WGSL.
  for (const name of free) if (names.has(name)) return undefined;
  const directives = new Set([...parsed.values()].flatMap((module) => module?.directives ?? []));
  return [...directives, ...values, ...texts, ""].join("\n");
}
