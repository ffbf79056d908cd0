/** What /etc/os-release says about a Linux distribution. */
export interface OsRelease {
  /** Such as `debian` or `ubuntu`. */
  id: string;
  /** Distributions that it derives from. */
  idLike: string[];
  /** Such as 12 or 24.04; `undefined` for rolling releases. */
  version: number | undefined;
  /** Such as `bookworm`. */
  codename: string | undefined;
  /** Name for people, with the version. */
  name: string;
}

/** Reads the text of /etc/os-release: shell assignments, quoted or not. */
export function parseOsRelease(text: string): OsRelease {
  const fields = new Map<string, string>();
  for (const row of text.split("\n")) {
    const [, name, value] = /^\s*([A-Z_0-9]+)=(.*?)\s*$/.exec(row) ?? [];
    if (name !== undefined && value !== undefined) fields.set(name, value.replace(/^(["'])(.*)\1$/, "$2"));
  }
  const id = fields.get("ID") ?? "linux";
  const version = Number(fields.get("VERSION_ID"));
  return {
    id,
    idLike: (fields.get("ID_LIKE") ?? "").split(/\s+/).filter((word) => word !== ""),
    version: Number.isFinite(version) && version > 0 ? version : undefined,
    codename: fields.get("VERSION_CODENAME"),
    name: fields.get("PRETTY_NAME") ?? id,
  };
}
