import { describe, expect, it } from "vitest";
import { linkPlain } from "./plain-linker.js";

/** Links a root module with others beside it. */
const link = (root: string, modules: Record<string, string> = {}, more: object = {}) =>
  linkPlain({ root: "root", modules: { root, ...modules }, ...more });

const OTHER = "fn a() {}\nfn b() { a(); }\nfn c() -> f32 { return max(1.0); }\nfn max(x: f32) -> f32 { return x; }";

describe("linkPlain", () => {
  it("keeps what the root declares, and of others what it refers to", () => {
    const other =
      "const USED = 2u; const UNUSED = 3u;\nfn twice(x: u32) -> u32 { return USED * x; }\nfn thrice(x: u32) -> u32 { return UNUSED * x; }";
    expect(link("import package::other::twice;\nfn four() -> u32 { return twice(2u); }\nfn idle() {}", { other })).toBe(
      "fn four() -> u32 { return twice(2u); }\nfn idle() {}\nfn twice(x: u32) -> u32 { return USED * x; }\nconst USED = 2u;\n",
    );
  });

  it("gives the second of two equal names a number", () => {
    const modules = { a: "fn value() -> f32 { return 1.0; }\nfn f() -> f32 { return value(); }", b: "fn value() -> f32 { return 2.0; }" };
    expect(link("import package::a::f;\nimport package::b::value;\nfn main() -> f32 { return f() + value(); }", modules)).toBe(
      [
        "fn main() -> f32 { return f() + value(); }",
        "fn f() -> f32 { return value0(); }",
        "fn value() -> f32 { return 2.0; }",
        "fn value0() -> f32 { return 1.0; }\n",
      ].join("\n"),
    );
  });

  it("writes the constants that are used, and directives first", () => {
    const root = "enable f16;\nimport constants::{SIZE, UNUSED};\nvar<private> list: array<u32, SIZE>; // a list\n";
    expect(link(root, {}, { constants: { SIZE: 4, UNUSED: 5 } })).toBe(
      "enable f16 ;\nconst SIZE = 4;\nvar<private> list: array<u32, SIZE>;\n",
    );
  });

  it.each([
    [{ a: true }, "one();"],
    [{ a: false }, "two(); two();"],
    [{ b: true }, "two(); two(); if (x) { three(); } else { four(); }"],
    [{ a: true, b: true }, "one(); if (x) { three(); } else { four(); }"],
  ])("resolves conditions %o", (conditions, body) => {
    const root = "fn f() { @if(a) one(); @else { two(); two(); } @if(b) if (x) { three(); } else { four(); } }";
    const found = link(root, {}, { conditions }) ?? "";
    expect(found.replace(/[{}]/g, " ").replace(/\s+/g, " ")).toBe(`fn f() { ${body} } `.replace(/[{}]/g, " ").replace(/\s+/g, " "));
  });

  it("resolves conditions of members, declarations and imports", () => {
    const root =
      "struct S { a: u32, @if(b) b: array<u32, 2>, c: u32 }\n@if(!b && (c || d)) const X = 1;\n@if(c) import package::none::none;";
    expect(link(root, {}, { conditions: { d: true } })).toBe("struct S { a: u32, c: u32 }\nconst X = 1;\n");
    expect(link(root, {}, { conditions: { b: true } })).toBe("struct S { a: u32, b: array<u32, 2>, c: u32 }\n");
  });

  it("does not take members, attributes and parameters for names of the module", () => {
    const root = [
      "import package::other::{position, weight};",
      "struct S { weight: f32 }",
      "fn f(@builtin(position) weight: vec4f, s: S) -> f32 { return s.weight + weight.x; }",
      "fn g() -> f32 { return weight + position; }",
    ].join("\n");
    const other = "const position = 1.0; const weight = 2.0;";
    expect(link(root, { other })).toBe(`${root.slice(root.indexOf("\n") + 1)}\nconst weight = 2.0;\nconst position = 1.0;\n`);
  });

  it("reads paths within declarations", () => {
    expect(link("fn f(s: package::a::b::S) {}", { "a/b": "struct S { x: u32 }" })).toBe("fn f(s: S) {}\nstruct S { x: u32 }\n");
  });

  it.each([
    ["a variable that hides a name", "const x = 1;\nfn f() -> u32 { let y = x; let x = 2; return x + y; }"],
    ["an import under another name", "import package::other::a as b;\nfn f() { b(); }"],
    ["a relative import", "import super::other::a;\nfn f() { a(); }"],
    ["a module that is missing", "import package::none::a;\nfn f() { a(); }"],
    ["a declaration that is missing", "import package::other::none;\nfn f() { none(); }"],
    ["a constant that is missing", "import constants::NONE;\nfn f() -> u32 { return NONE; }"],
    ["a name that only another module has", "import package::other::b;\nfn f() { b(); a(); }"],
    ["a name of WGSL that another module declares", "import package::other::c;\nfn f() -> f32 { return c() + max(1.0, 2.0); }"],
    ["a name that is declared twice", "fn f() {}\nfn f() {}"],
    ["a condition of a parameter", "fn f(@if(a) x: u32) {}"],
    ["a chain of conditions", "@if(a) const x = 1;\n@elif(b) const x = 2;"],
    ["an assertion", "const_assert 1 < 2;"],
    ["brackets that do not close", "fn f() { if (true) { }"],
    ["what is no WGSL", "fn f() { let s = 'text'; }"],
  ])("leaves to the whole linker: %s", (_, root) => {
    expect(link(root, { other: OTHER })).toBeUndefined();
  });
});
