/** A training step that is compiled. */
export interface Work {
  key: string;
  environment: string;
  parameters: Record<string, unknown>;
  batch: number;
  /** Widths of the hidden layers. Default: those of the environment's usual policy. */
  hidden?: number[];
  path?: string;
  backward?: string;
  /** Names of objectives, which are compiled one after the other. Default: renyi. */
  objectives?: string[];
}

export const isaWorks: Work[];
