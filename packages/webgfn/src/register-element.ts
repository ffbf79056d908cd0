/**
 * Defines `<webgfn-sampler>`, which knows every environment of `@webgfn/envs`. `dist/element.js` bundles this module and all its imports in one
 * file.
 */
import { environmentMakers } from "@webgfn/runs/internal";
import { defineSamplerElement } from "@webgfn/sampler/element";

export type { SamplerElement } from "@webgfn/sampler/element";

defineSamplerElement({ environments: environmentMakers });
