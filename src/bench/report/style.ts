/** The report's own style sheet; uPlot's comes before it. */
export const style = `
:root { --ink: #1d2330; --quiet: #667085; --paper: #fff; --card: #f7f8fa; --line: #dfe3ea; --worse: #b42318; --better: #067647; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e7ec; --quiet: #98a2b3; --paper: #14171d; --card: #1c2129; --line: #333b47; --worse: #f97066; --better: #47cd89; }
}
body { margin: 0 auto; max-width: 1400px; padding: 1.5rem; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
h1 { margin: 0; font-size: 1.6rem; }
h2 { margin: 2rem 0 0; font-size: 1.2rem; }
p { margin: .3rem 0 1rem; color: var(--quiet); }
form { display: flex; gap: 1.2rem; }
.plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(400px, 1fr)); gap: 1rem; }
.plot { padding: .8rem; border: 1px solid var(--line); border-radius: 8px; background: var(--card); overflow: hidden; }
.plot h3 { margin: 0 0 .4rem; font-size: .95rem; }
.plot .note { color: var(--quiet); font-size: .85rem; font-weight: normal; }
.plot .u-legend { text-align: left; font-size: .8rem; }
table:not(.u-legend) { border-collapse: collapse; margin-top: .6rem; }
table:not(.u-legend) :is(td, th) { padding: .25rem .8rem .25rem 0; border-bottom: 1px solid var(--line); text-align: left; }
table:not(.u-legend) .number { text-align: right; font-variant-numeric: tabular-nums; }
.worse { color: var(--worse); }
.better { color: var(--better); }
`;
