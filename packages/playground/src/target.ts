import {
  type Environment,
  environmentDeclarations,
  makeEnvironment,
  type ParameterValue,
  type PlaneWindow,
  type TargetEditor,
} from "@webgfn/envs";

/** How the page changes an environment's target while it trains. */
export function editorOf(name: string): TargetEditor | undefined {
  return environmentDeclarations[name]?.page.editor;
}

/** The environment that is trained on. Where points can be added to its target, it has room for all of them. */
export function liveEnvironment(name: string, parameters: Readonly<Record<string, ParameterValue>>): Environment {
  const editor = editorOf(name);
  return makeEnvironment(name, editor?.kind === "points" ? editor.spare(parameters) : parameters);
}

/** The window of a density that stays where it is while points are moved; `undefined` where the environment's own will do. */
export function fixedWindow(name: string): PlaneWindow | undefined {
  const editor = editorOf(name);
  return editor?.kind === "points" ? editor.window : undefined;
}
