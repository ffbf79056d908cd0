import { describe, expect, it } from "vitest";
import { hasSuite, ownSource, parseAptSources, stanzaFor } from "./apt-sources.js";
import { canInstall, planInstallation } from "./install.js";
import { parseOsRelease } from "./os-release.js";

const BOOKWORM = `PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
NAME="Debian GNU/Linux"
VERSION_ID="12"
VERSION_CODENAME=bookworm
ID=debian
`;

const DEB822 = `Types: deb
# a comment between the fields
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
`;

const debian = { path: "/etc/apt/sources.list.d/debian.sources", text: DEB822 };
const list = (text: string) => ({ path: "/etc/apt/sources.list", text });

describe("/etc/os-release", () => {
  it("is read with and without quotes", () => {
    expect(parseOsRelease(BOOKWORM)).toEqual({
      id: "debian",
      idLike: [],
      version: 12,
      codename: "bookworm",
      name: "Debian GNU/Linux 12 (bookworm)",
    });
    expect(parseOsRelease("ID=linuxmint\nID_LIKE='ubuntu debian'\nVERSION_ID=22")).toMatchObject({
      id: "linuxmint",
      idLike: ["ubuntu", "debian"],
      version: 22,
    });
    expect(parseOsRelease("ID=arch\n")).toMatchObject({ version: undefined, codename: undefined, name: "arch" });
    expect(parseOsRelease("")).toMatchObject({ id: "linux" });
  });

  it("says which distributions can be helped", () => {
    const can = (id: string, version?: number) => canInstall({ id, idLike: [], version, codename: undefined, name: id });
    expect([can("debian", 12), can("debian", 13), can("debian"), can("ubuntu", 24.04), can("ubuntu", 25.1)]).toEqual([
      true,
      true,
      true,
      true,
      true,
    ]);
    expect([can("debian", 11), can("ubuntu", 22.04), can("ubuntu"), can("fedora", 42)]).toEqual([false, false, false, false]);
  });
});

describe("apt's sources", () => {
  it("are read from stanzas", () => {
    const sources = parseAptSources([debian]);
    expect(sources).toHaveLength(2);
    expect(sources[0]).toEqual({
      path: debian.path,
      types: ["deb"],
      uris: ["http://mirror.example/debian"],
      suites: ["bookworm", "bookworm-updates"],
      components: ["main"],
      signedBy: "/usr/share/keyrings/debian-archive-keyring.gpg",
    });
  });

  it("keep a key that is written out over several lines", () => {
    const key = "\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQINBF\n -----END PGP PUBLIC KEY BLOCK-----";
    const [source] = parseAptSources([
      { path: "a.sources", text: `Types: deb\nURIs: http://a/debian\nSuites: bookworm\nComponents: main\nSigned-By:${key}\n` },
    ]);
    expect(source?.signedBy).toBe(key.trim());
    const [again] = parseAptSources([{ path: "b.sources", text: stanzaFor(source as NonNullable<typeof source>, "bookworm-backports") }]);
    expect(again?.suites).toEqual(["bookworm-backports"]);
    expect(again?.signedBy).toBe(key.trim());
  });

  it("are read from one-line files, with options and comments", () => {
    const text = `# deb http://old.example/debian bookworm main
deb [arch=amd64 signed-by=/keys/a.gpg] https://mirror.example/debian bookworm main contrib # mirror
deb-src http://mirror.example/debian bookworm main
deb http://plain.example/debian/ bookworm-updates main
`;
    expect(parseAptSources([list(text)])).toEqual([
      {
        path: "/etc/apt/sources.list",
        types: ["deb"],
        uris: ["https://mirror.example/debian"],
        suites: ["bookworm"],
        components: ["main", "contrib"],
        signedBy: "/keys/a.gpg",
      },
      {
        path: "/etc/apt/sources.list",
        types: ["deb-src"],
        uris: ["http://mirror.example/debian"],
        suites: ["bookworm"],
        components: ["main"],
        signedBy: undefined,
      },
      {
        path: "/etc/apt/sources.list",
        types: ["deb"],
        uris: ["http://plain.example/debian/"],
        suites: ["bookworm-updates"],
        components: ["main"],
        signedBy: undefined,
      },
    ]);
  });

  it("leave out what is switched off", () => {
    expect(parseAptSources([{ path: "a.sources", text: `Enabled: no\n${DEB822}` }])).toHaveLength(1);
  });

  it("tell the distribution's own from vendors' that use its codename", () => {
    const vendor = "deb [signed-by=/keys/v.gpg] https://apt.vendor.example bookworm main\n";
    const own = ownSource(parseAptSources([list(vendor), debian]), "bookworm");
    expect(own?.uris).toEqual(["http://mirror.example/debian"]);
    expect(ownSource(parseAptSources([list("deb https://docker.example/linux/debian bookworm stable")]), "bookworm")).toBeUndefined();
    expect(ownSource(parseAptSources([list("deb-src http://mirror.example/debian bookworm main")]), "bookworm")).toBeUndefined();
    expect(
      ownSource(parseAptSources([list("deb http://mirror.example/debian-security bookworm-security main")]), "bookworm"),
    ).toBeUndefined();
  });
});

describe("an installation", () => {
  const os = parseOsRelease(BOOKWORM);

  it("on Debian 12 adds the backports of the machine's own mirror", () => {
    const plan = planInstallation(os, parseAptSources([debian]));
    expect(plan).toEqual({
      file: {
        path: "/etc/apt/sources.list.d/webgfn-backports.sources",
        text: `Types: deb
URIs: http://mirror.example/debian
Suites: bookworm-backports
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
`,
      },
      commands: [
        ["apt-get", "update"],
        ["apt-get", "install", "-y", "-t", "bookworm-backports", "mesa-vulkan-drivers"],
      ],
    });
    const added = parseAptSources([debian, plan.file as NonNullable<typeof plan.file>]);
    expect(hasSuite(added, "bookworm-backports")).toBe(true);
    expect(planInstallation(os, added).file).toBeUndefined();
  });

  it("on Debian 12 without a source to derive them from says so", () => {
    expect(() => planInstallation(os, [])).toThrow(/no source for bookworm was found in \/etc\/apt/);
  });

  it("elsewhere takes the distribution's own Mesa, where that is new enough", () => {
    const plain = {
      commands: [
        ["apt-get", "update"],
        ["apt-get", "install", "-y", "mesa-vulkan-drivers"],
      ],
    };
    expect(planInstallation(parseOsRelease("ID=debian\nVERSION_ID=13"), [])).toEqual(plain);
    expect(planInstallation(parseOsRelease('ID=ubuntu\nVERSION_ID="24.04"'), [])).toEqual(plain);
    expect(() => planInstallation(parseOsRelease("ID=fedora\nPRETTY_NAME=Fedora"), [])).toThrow(/knows Debian from 12 .* not Fedora/);
  });
});
