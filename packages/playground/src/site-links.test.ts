import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { linksOfSite } from "./site-links.js";

describe("links of the site", () => {
  it("lead to documents that are there, and to the repository", () => {
    const links = [...linksOfSite("../", "git+https://example.org/webgfn.git").matchAll(/href="([^"]+)"/g)].map(([, address]) => address!);
    expect(links.at(-1)).toBe("https://example.org/webgfn");
    const documents = links.slice(0, -1);
    expect(documents.length).toBeGreaterThan(1);
    for (const address of documents) {
      const [, name] = /^\.\.\/documents\/(.+)\.html$/.exec(address)!;
      expect(existsSync(new URL(`../../../docs/${name}.md`, import.meta.url)), name).toBe(true);
    }
  });

  it("are none for a page that stands alone", () => {
    expect(linksOfSite(undefined, undefined)).toBe("");
  });
});
