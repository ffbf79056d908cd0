export interface Change {
  why: string;
  steps: string[];
  undo: string[];
  make(): void;
}
export function announcement(changes: readonly Change[]): string;
export function saidYes(args?: readonly string[], environment?: Readonly<Record<string, string | undefined>>): boolean;
export function withoutYes(args?: readonly string[]): string[];
export function carryOut(
  changes: readonly Change[],
  options?: { yes?: boolean; root?: boolean; input?: NodeJS.ReadableStream; output?: NodeJS.WritableStream },
): Promise<boolean>;
