import { readFileSync } from "node:fs";
import { definePolicy, rules } from "webgfn";

const read = (file) => readFileSync(new URL(file, import.meta.url), "utf8");
const ofFour = { words: "a multiple of four from 4 to 1024", accepts: (value) => value % 4 === 0 && value >= 4 && value <= 1024 };

/** A residual MLP with layer norm. */
export const residual = definePolicy({
  name: "residual",
  parameters: {
    width: { value: 64, rule: ofFour, help: "width of the residual stream" },
    blocks: { value: 2, rule: rules.whole(1, 16), help: "residual blocks" },
  },
  forward: read("residual.wgsl"),
  backward: read("residual_backward.wgsl"),
  layers(environment, head, { width, blocks }) {
    const gain = { inputs: 0, outputs: width, initialBias: 1 };
    const shift = { inputs: 0, outputs: width, initialBias: 0 };
    const dense = { inputs: width, outputs: width };
    return [
      { inputs: environment.features, outputs: width },
      ...Array.from({ length: blocks }, () => [gain, shift, dense, dense]).flat(),
      { inputs: width, outputs: head.outputs },
    ];
  },
  // Each half of the workgroup's activations holds two rows of the stream's width.
  width: ([first]) => 2 * (first?.outputs ?? 0),
  // Of each block x̂, and 1/√(variance + ε) in a vec4 of its own.
  extra: (layers) => ((layers.length - 2) / 4) * ((layers[0]?.outputs ?? 0) + 4),
  constants: ({ blocks }) => ({ BLOCKS: blocks }),
});
