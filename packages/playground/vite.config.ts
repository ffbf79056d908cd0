import { defineConfig, type Plugin } from "vite";

const WORKER = 'new URL("./worker.ts", import.meta.url)';

/** Builds the page and its worker as one graph, so that what both use is loaded once. Vite itself would build the worker apart, with copies. */
function oneGraph(): Plugin {
  let worker: string;
  return {
    name: "webgfn:one-graph",
    apply: "build",
    enforce: "pre",
    buildStart() {
      worker = this.emitFile({ type: "chunk", id: "src/worker.ts", name: "worker" });
    },
    transform: {
      filter: { id: /src\/main\.ts$/ },
      handler(code) {
        if (!code.includes(WORKER)) this.error(`main.ts no longer has ${WORKER}`);
        return { code: code.replace(WORKER, `import.meta.ROLLUP_FILE_URL_${worker}`), map: null };
      },
    },
  };
}

export default defineConfig({
  // Relative addresses: the build works on any host under any path.
  base: "./",
  plugins: [oneGraph()],
  worker: { format: "es" },
  build: {
    target: "es2022",
    chunkSizeWarningLimit: 1000,
    // The page names the modules that it begins with. Vite's loading ahead of others asks the document, which a worker has not.
    modulePreload: { polyfill: false, resolveDependencies: (_, modules, { hostType }) => (hostType === "html" ? modules : []) },
  },
});
