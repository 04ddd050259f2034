import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { formatChange, formatQuantity } from '../quantity.js';
import { type Charts, describeZeros, lastChange, withoutZeros } from './charts.js';
import { style } from './style.js';

/**
 * The report as one HTML page that needs nothing else: uPlot, the drawing script and the data are in it. Without a
 * script, the table of last values is there still.
 */
export function htmlReport(all: Charts): string {
  const { zeros, ...charts } = withoutZeros(all);
  const resolve = createRequire(import.meta.url).resolve;
  const library = readFileSync(resolve('uplot/dist/uPlot.iife.min.js'), 'utf8');
  const libraryStyle = readFileSync(resolve('uplot/dist/uPlot.min.css'), 'utf8');
  // A module, since the compiler makes it one (`export {}`); its source map is not there.
  const draw = readFileSync(new URL('./page.js', import.meta.url), 'utf8').replace(/^\/\/# source.*$/m, '');
  const { runs } = charts;
  const [first, last] = [runs[0], runs.at(-1)!];
  const machines = [...new Set(runs.map(({ machine }) => machine))];
  const span = runs.length === 1 ? day(last.date) : `${day(first.date)} to ${day(last.date)}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>hyperthumb benchmarks</title>
<style>${libraryStyle}${style}</style>
</head>
<body>
<header>
<h1>Benchmarks</h1>
<p>${runs.length} run${runs.length === 1 ? '' : 's'}, ${span}; last at ${escapeHtml(last.commit)} with hyperthumb ${escapeHtml(last.hyperthumb)}.<br>
${machines.map(escapeHtml).join('<br>')}</p>
<form id="filter">
<label>Workload <select name="workload"><option value="">all</option>${workloads(charts)
    .map((name) => `<option>${escapeHtml(name)}</option>`)
    .join('')}</select></label>
<label><input type="checkbox" name="timed" checked> timed</label>
<label><input type="checkbox" name="exact" checked> exact</label>
</form>
</header>
<main>
<section><h2>Over time</h2>
<p>Timed metrics: the median, and the quartiles as a band. Each step to the right is a run. Drag to enlarge, double-click to go back.</p>
<div id="over-time" class="plots"></div></section>
<section><h2>By workload</h2>
<p>The last value of each workload.</p>
<div id="by-workload" class="plots"></div></section>
<section><h2>Last values</h2>
${table(charts)}
<p>${describeZeros(zeros)}</p></section>
</main>
<script type="application/json" id="data">${JSON.stringify(charts).replaceAll('<', '\\u003c')}</script>
<script>${library}</script>
<script type="module">${draw}</script>
</body>
</html>
`;
}

function workloads({ charts }: Charts): string[] {
  return [...new Set(charts.map(({ workload }) => workload))];
}

function table({ charts, runs }: Charts): string {
  const rows = charts.flatMap(({ workload, metric, unit, kind, better, series }) =>
    series.map((one) => {
      const last = one.points.at(-1)!;
      const change = lastChange(one);
      const worse = change !== undefined && change !== 1 && change > 1 === (better === 'lower');
      const direction = change === undefined || change === 1 ? '' : worse ? 'worse' : 'better';
      return `<tr data-workload="${escapeHtml(workload)}" data-kind="${kind}"><td>${escapeHtml(workload)}<td>${escapeHtml(metric)}<td class="number">${escapeHtml(
        formatQuantity(last.value, unit, kind),
      )}<td class="number ${direction}">${change === undefined ? '' : formatChange(change)}<td>${escapeHtml(runs[last.run].commit)}<td>${escapeHtml(one.machine)}`;
    }),
  );
  return `<table><thead><tr><th>Workload<th>Metric<th>Last<th>Change<th>Commit<th>Machine</thead>
<tbody>
${rows.join('\n')}
</tbody></table>`;
}

const day = (date: string): string => date.slice(0, 10);

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escapeHtml = (text: string): string => text.replace(/[&<>"]/g, (character) => entities[character]);
