/**
 * The global type called `Name`, from whatever declares it in the program being compiled: TypeScript's library `dom`,
 * `@types/node` or `@webgpu/types`. `Fallback` where nothing declares it, so that a program compiles without any of them.
 */
export type Ambient<Name extends string, Fallback> = typeof globalThis extends { [Global in Name]: { prototype: infer Instance } }
  ? Instance
  : Fallback;
