/** What is seen of the plane: left, right, bottom, top. */
export type Window = readonly [number, number, number, number];

/** Where the Gaussians of a mixture can be. */
export const MIXTURE_WINDOW: Window = [-1.5, 3.5, -1.5, 3.5];

/** By environment. */
export const WINDOWS: Readonly<Record<string, Window>> = { "gaussian-mixture": MIXTURE_WINDOW, banana: [-3.5, 3.5, -9, 2.5] };
