/**
 * The global type called `Name`, if the program being compiled declares it, through TypeScript's library `dom`, `@types/node` or
 * `@webgpu/types`; otherwise `Fallback`. So a program compiles without any of them.
 */
export type Ambient<Name extends string, Fallback> = typeof globalThis extends { [Global in Name]: { prototype: infer Instance } }
  ? Instance
  : Fallback;
