/** Description of the adapter for reports. */
export interface AdapterDescription {
  /**
   * The name of the card, such as `amd-radeon-rx-7900-xtx-radv-navi31`, or of a software rasteriser with its version; otherwise the driver's
   * own description.
   */
  name: string;
  /** `dawn` in Node, `browser` elsewhere, `given` if the caller passed the implementation. */
  backend: string;
  /** `cpu` for software rasterisers such as llvmpipe and SwiftShader, else `gpu`. */
  type: "cpu" | "gpu";
}
