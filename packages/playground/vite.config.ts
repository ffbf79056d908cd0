import { readFileSync } from "node:fs";
import { defineConfig, type Plugin } from "vite";
import { linksOfSite } from "./src/site-links.ts";

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

/** Adds the links that the page has where it is a part of the site, which the variable WEBGFN_SITE says: `npm run docs` builds it so. */
function siteLinks(): Plugin {
  const { repository } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  return {
    name: "webgfn:site-links",
    transformIndexHtml: (html) => html.replace("<!-- links of the site -->", linksOfSite(process.env["WEBGFN_SITE"], repository?.url)),
  };
}

export default defineConfig({
  // Relative addresses: the build works on any host under any path.
  base: "./",
  plugins: [oneGraph(), siteLinks()],
  worker: { format: "es" },
  build: {
    target: "es2022",
    chunkSizeWarningLimit: 1000,
    // The page names the modules that it begins with. Vite's loading ahead of others asks the document, which a worker has not.
    modulePreload: { polyfill: false, resolveDependencies: (_, modules, { hostType }) => (hostType === "html" ? modules : []) },
  },
});
