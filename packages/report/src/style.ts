/** CSS variables of the colours, with values for light and for dark mode. */
export const VARIABLES = `:root {
  color-scheme: light dark;
  --paper: #ffffff; --ink: #1c2127; --faint: #57606a; --line: #e4e7eb; --heat: #1368ce; --note: #fff4d6;
  --c0: #0b62c4; --c1: #c2410c; --c2: #0f766e; --c3: #a21caf; --c4: #854d0e; --c5: #be123c; --c6: #4d7c0f; --c7: #475569;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171b; --ink: #e6e9ed; --faint: #a3acb6; --line: #2c3238; --heat: #6cb2ff; --note: #3a3215;
    --c0: #6cb2ff; --c1: #ff9d5c; --c2: #4fd1c5; --c3: #e58bf2; --c4: #e0b04a; --c5: #ff8a9c; --c6: #a3d65c; --c7: #b5c0d0;
  }
}
`;

/** The CSS of heat maps, in the page and in SVG files. */
export const MAP_STYLE = `.map svg { overflow: visible; }
.map rect.frame { fill: none; stroke: var(--line); }
.map path { fill: var(--heat); }
.map text { fill: var(--ink); font: 12px system-ui, sans-serif; }
`;

/** The CSS of drawn graphs. */
const GRAPH_STYLE = `.graph { flex: 1 1 22rem; max-width: 40rem; font-size: 0.9rem; }
.graph svg { display: block; width: 100%; height: auto; max-height: 36rem; }
.graph rect { fill: var(--paper); stroke: var(--faint); }
.graph path.edge { fill: none; stroke: var(--heat); }
.graph path.branch { fill: none; stroke: var(--faint); stroke-width: 1.5; }
.graph text.support { fill: var(--faint); font-size: 11px; }
.graph path.head { fill: var(--heat); }
.graph text { fill: var(--ink); font: 13px system-ui, sans-serif; }
`;

/** The CSS of the page. Charts read its variables. */
export const STYLE = `${VARIABLES}body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 76rem; margin: 0 auto; padding: 1rem 1.25rem 4rem; }
h1 { font-size: 1.6rem; line-height: 1.25; }
h2 { font-size: 1.3rem; margin: 2.5rem 0 0.25rem; padding-top: 1rem; border-top: 1px solid var(--line); }
h3 { font-size: 1.05rem; margin: 0; }
p { margin: 0.25rem 0 0.75rem; overflow-wrap: anywhere; }
section > p, figcaption p, caption, .readout { color: var(--faint); font-size: 0.9rem; }
.notes { background: var(--note); padding: 0.75rem 1rem 0.75rem 2.25rem; border-radius: 6px; overflow-wrap: anywhere; }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 34rem), 1fr)); gap: 2rem 2.5rem; margin: 1.5rem 0; }
figure { margin: 0; min-width: 0; }
.plot { width: 100%; min-height: 300px; }
.readout { min-height: 1.5em; white-space: pre-wrap; font-variant-numeric: tabular-nums; }
.choice select { font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: 6px; padding: 0.2rem 0.4rem; }
.key { list-style: none; display: flex; flex-wrap: wrap; gap: 0.1rem 1.25rem; margin: 0 0 0.5rem; padding: 0; font-size: 0.9rem; }
.swatch { display: inline-block; width: 1.5em; margin-right: 0.5em; border-top: 3px solid currentColor; vertical-align: middle; }
.swatch.dashed { border-top-style: dashed; }
.scroll { overflow: auto; max-height: 32rem; }
table { border-collapse: collapse; font-size: 0.85rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding: 0.25rem 0; }
th, td { padding: 0.2rem 0.75rem 0.2rem 0; text-align: left; border-bottom: 1px solid var(--line); white-space: nowrap; }
thead th { position: sticky; top: 0; background: var(--paper); }
figure > .scroll caption { position: absolute; clip-path: inset(50%); }
tbody th { font-weight: normal; }
summary { cursor: pointer; padding: 0.25rem 0; }
.maps { display: flex; flex-wrap: wrap; gap: 1rem 1.5rem; }
.map { flex: 0 1 16rem; min-width: 12rem; font-size: 0.9rem; }
.map svg { display: block; width: 100%; height: auto; }
${MAP_STYLE}${GRAPH_STYLE}`;
