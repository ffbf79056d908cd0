/** The adapter, as reports describe it. */
export interface AdapterDescription {
  /** The card, such as `amd-radeon-rx-7900-xtx-radv-navi31`; a software rasteriser with its version; else what the driver says of itself. */
  name: string;
  /** `dawn` in Node, `browser` elsewhere, `given` if the caller passed the implementation. */
  backend: string;
  /** `cpu` for software rasterisers such as llvmpipe and SwiftShader, else `gpu`. */
  type: "cpu" | "gpu";
}
