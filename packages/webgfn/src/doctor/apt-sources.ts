/** A file of apt's, by its path. */
export interface AptFile {
  path: string;
  text: string;
}

/** Where packages come from: one deb822 stanza, or one line of a `.list` file. */
export interface AptSource {
  path: string;
  types: string[];
  uris: string[];
  suites: string[];
  components: string[];
  /** The field's text as it stands: a path, a fingerprint, or a whole key over several lines. */
  signedBy: string | undefined;
}

const words = (text: string | undefined) => (text ?? "").split(/\s+/).filter((word) => word !== "");

/** Every source that is switched on, from deb822 `.sources` files and one-line `.list` files. */
export function parseAptSources(files: readonly AptFile[]): AptSource[] {
  return files.flatMap((file) => (file.path.endsWith(".sources") ? parseStanzas(file) : parseLines(file)));
}

function parseStanzas({ path, text }: AptFile): AptSource[] {
  const sources: AptSource[] = [];
  const uncommented = text.split("\n").filter((row) => !row.startsWith("#"));
  for (const stanza of uncommented.join("\n").split(/\n[ \t]*\n/)) {
    const fields = new Map<string, string>();
    // A row that begins with a space goes on with the field above it.
    for (const [, name, value] of stanza.matchAll(/^([A-Za-z-]+):((?:.*)(?:\n[ \t].*)*)/gm)) {
      fields.set((name as string).toLowerCase(), (value as string).trim());
    }
    if (fields.size === 0 || /^(no|false|0|off)$/i.test(fields.get("enabled") ?? "yes")) continue;
    sources.push({
      path,
      types: words(fields.get("types")),
      uris: words(fields.get("uris")),
      suites: words(fields.get("suites")),
      components: words(fields.get("components")),
      signedBy: fields.get("signed-by"),
    });
  }
  return sources;
}

function parseLines({ path, text }: AptFile): AptSource[] {
  const sources: AptSource[] = [];
  for (const row of text.split("\n")) {
    const [, type, options, rest] = /^\s*(deb|deb-src)\s+(?:\[([^\]]*)\]\s*)?([^#]+)/.exec(row) ?? [];
    const [uri, suite, ...components] = words(rest);
    if (type === undefined || uri === undefined || suite === undefined) continue;
    const signedBy = /(?:^|\s)signed-by=(\S+)/i.exec(options ?? "")?.[1];
    sources.push({ path, types: [type], uris: [uri], suites: [suite], components, signedBy });
  }
  return sources;
}

/**
 * Selects the distribution's own source: binary packages, the codename as suite, and a `main` component. Vendors name their suites after the
 * codename too. So a source comes first if its address ends like Debian's, or if it also carries the `-updates` suite.
 */
export function ownSource(sources: readonly AptSource[], codename: string): AptSource | undefined {
  const candidates = sources.filter(
    ({ types, suites, components, uris }) =>
      types.includes("deb") && suites.includes(codename) && components.includes("main") && uris.length > 0,
  );
  const likeness = ({ uris }: AptSource) => {
    const updates = sources.some((other) => other.suites.includes(`${codename}-updates`) && other.uris.some((uri) => uris.includes(uri)));
    return (updates ? 1 : 0) + (uris.some((uri) => /\/debian\/?$/.test(uri)) ? 1 : 0);
  };
  return candidates.reduce<AptSource | undefined>(
    (best, candidate) => (best === undefined || likeness(candidate) > likeness(best) ? candidate : best),
    undefined,
  );
}

/** Whether some source already offers a suite's binary packages. */
export function hasSuite(sources: readonly AptSource[], suite: string): boolean {
  return sources.some(({ types, suites, components }) => types.includes("deb") && suites.includes(suite) && components.includes("main"));
}

/** A deb822 stanza for another suite of the same mirror, checked with the same key. */
export function stanzaFor({ uris, signedBy }: AptSource, suite: string): string {
  const fields = [
    ["Types", "deb"],
    ["URIs", uris.join(" ")],
    ["Suites", suite],
    ["Components", "main"],
    ...(signedBy === undefined ? [] : [["Signed-By", signedBy]]),
  ];
  return `${fields.map(([name, value]) => `${name}: ${value}`).join("\n")}\n`;
}
