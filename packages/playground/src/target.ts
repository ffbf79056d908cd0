import {
  type Environment,
  environmentDeclarations,
  makeEnvironment,
  type ParameterValue,
  type PlaneWindow,
  type TargetEditor,
} from "@webgfn/envs";

/** The editor with which the page changes an environment's target during training; `undefined` if it has none. */
export function editorOf(name: string): TargetEditor | undefined {
  return environmentDeclarations[name]?.page.editor;
}

/** Makes the environment to train on. If users can add points to its target, it has room for the largest number of points. */
export function liveEnvironment(name: string, parameters: Readonly<Record<string, ParameterValue>>): Environment {
  const editor = editorOf(name);
  return makeEnvironment(name, editor?.kind === "points" ? editor.spare(parameters) : parameters);
}

/** The constant window of a density whose points users can move; `undefined` if the picture's own window does not change. */
export function fixedWindow(name: string): PlaneWindow | undefined {
  const editor = editorOf(name);
  return editor?.kind === "points" ? editor.window : undefined;
}
