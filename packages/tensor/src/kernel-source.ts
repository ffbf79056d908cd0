/** A compute kernel as WGSL modules (with `import`), and its compile-time constants and conditions. */
export interface KernelSource {
  /** Module that holds the one entry point, e.g. `filters/blur`. */
  root: string;
  /** WGSL texts by module path; `a/b` is imported as `package::a::b`. */
  modules: Readonly<Record<string, string>>;
  /** Sizes and numbers, imported in WGSL as `constants::NAME`. SUBGROUP is the device's `subgroupSize`. */
  constants?: Readonly<Record<string, number | string>>;
  /** Switches for `@if(name)` in WGSL. `subgroups` is on unless the device's `subgroupSize` is 0; `software` is on for software rasterisers. */
  conditions?: Readonly<Record<string, boolean>>;
}
