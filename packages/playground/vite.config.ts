import { defineConfig } from "vite";

export default defineConfig({
  // Relative addresses: the build works on any host under any path.
  base: "./",
  worker: { format: "es" },
  build: { target: "es2022", chunkSizeWarningLimit: 1000 },
});
