// A Radeon that computes nothing, for the test that compiles every kernel for a GPU.
import { findRadeon } from "../../bench/isa/radeon.mjs";
import { debianChange, isBookworm } from "./debian.mjs";

/** How Debian's mesa-drm-shim is installed. Debian 12 has it among its backports, which the software Vulkan driver comes from, too. */
export const radeonChange = () =>
  debianChange({
    why: "One test compiles all kernels for a Radeon that is not there, with Debian's mesa-drm-shim.",
    packages: ["mesa-drm-shim"],
    options: isBookworm() ? ["-t", "bookworm-backports"] : [],
    isHere: () => findRadeon().missing === undefined,
  });
