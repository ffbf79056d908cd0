/** The CSS of a sweep's page, in addition to that of reports. */
export const SWEEP_STYLE = `.states { display: flex; gap: 2px; height: 0.6rem; border-radius: 4px; overflow: hidden; margin: 0.75rem 0 0.5rem; }
.states span, .dot { min-width: 4px; background: var(--line); }
.dot { display: inline-block; width: 0.7em; height: 0.7em; border-radius: 50%; margin-right: 0.5em; }
.states .done, .dot.done { background: var(--c2); }
.states .running, .dot.running { background: var(--c0); }
.states .failed, .dot.failed { background: var(--c5); }
.notes ul { margin: 0; padding-left: 1.25rem; }
div.notes { padding-left: 1rem; }
.bar { margin: 1.25rem 0; padding: 0.75rem 1rem; border: 1px solid var(--line); border-radius: 8px; background: var(--paper); }
.bar p { color: var(--faint); font-size: 0.9rem; }
.controls { display: flex; flex-wrap: wrap; gap: 0.5rem 1.25rem; align-items: baseline; }
.control { display: inline-flex; gap: 0.5rem; align-items: baseline; max-width: 100%; }
.control label { color: var(--faint); font-size: 0.9rem; }
select, input, button { font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: 6px; padding: 0.2rem 0.4rem; max-width: 100%; min-width: 0; }
button { cursor: pointer; }
section > div > h3 { margin: 1.25rem 0 0.25rem; }
.tables { display: flex; flex-wrap: wrap; gap: 1rem 3rem; }
.tables > .scroll { max-width: 100%; }
th.number, td.number { text-align: right; }
th button { font-weight: 600; border: 0; padding: 0.1rem 0; background: none; white-space: nowrap; }
th[aria-sort] button::after { content: " ↑"; }
th[aria-sort="descending"] button::after { content: " ↓"; }
#settings { min-width: 100%; }
#settings td:last-child { color: var(--faint); }
#curves .figures figure:only-child { grid-column: 1 / -1; max-width: 60rem; }
.panels h3 { margin: 1rem 0 0.25rem; }
.strips { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 1fr)); gap: 1.25rem 2rem; }
.strip svg { display: block; width: 100%; height: auto; overflow: visible; }
.strip text { fill: var(--ink); font: 12px system-ui, sans-serif; }
.strip .grid { stroke: var(--line); }
.strip .median { stroke: var(--ink); stroke-width: 2; }
.strip circle { fill-opacity: 0.65; }
.strip circle.best { fill: none; stroke: var(--ink); stroke-width: 1.5; }
`;
