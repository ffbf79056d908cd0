// Chromium for the tests that run in a browser. Where it is missing, those tests are skipped.
import { chromiumPath } from "./chromium.mjs";
import { debianChange } from "./debian.mjs";

/** How Debian's Chromium is installed. */
export const browserChange = () =>
  debianChange({
    why: "The tests in a browser need Chromium, which this machine does not have.",
    packages: ["chromium"],
    isHere: () => chromiumPath() !== undefined,
  });

/** Says that tests are skipped, where they are. */
export function sayWithoutBrowser() {
  if (chromiumPath() !== undefined) return;
  process.stderr.write(
    "The tests in a browser are skipped: there is no Chromium on this machine (set CHROMIUM to one, or `apt-get install chromium`).\n",
  );
}
