import type { Comparison, ComparisonRow } from '../compare.js';
import { comparisonCells } from '../format-comparison.js';
import { formatQuantity } from '../quantity.js';
import type { Metric, Results, WorkloadResult } from '../results.js';
import { median } from '../statistics.js';

/**
 * JUnit XML as the `junit-10.xsd` of Jenkins' xUnit plug-in describes it: a suite a workload, a case a metric. A case fails where
 * the comparison found a regression, and is skipped where it could not tell.
 */
export function junitXml(results: Results, comparison?: Comparison): string {
  const suites = results.workloads.map((workload) => suite(results, workload, comparison?.rows ?? []));
  const missing = comparison?.rows.filter(
    ({ workload }) => !results.workloads.some(({ name }) => name === workload),
  );
  if (missing && missing.length > 0) suites.push(missingSuite(missing));
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element('testsuites', {}, suites)}\n`;
}

function suite(results: Results, workload: WorkloadResult, rows: readonly ComparisonRow[]): string {
  const own = rows.filter((row) => row.workload === workload.name);
  const names = new Set([...workload.metrics.map(({ name }) => name), ...own.map(({ metric }) => metric)]);
  const cases = [...names].map((name) =>
    testcase(
      workload.name,
      name,
      own.find(({ metric }) => metric === name),
      workload.metrics.find((metric) => metric.name === name),
    ),
  );
  return testsuite(
    workload.name,
    own,
    cases.length,
    { timestamp: results.date, time: runningTime(workload).toFixed(3) },
    cases,
  );
}

/** Seconds of all timed runs together. */
function runningTime({ metrics }: WorkloadResult): number {
  const wall = metrics.find(({ name, kind }) => name === 'wall-time' && kind === 'timed');
  const total = wall?.samples.reduce((sum, sample) => sum + sample, 0) ?? 0;
  return wall?.unit === 'ns' ? total * 1e-9 : total;
}

/** Workloads that only the baseline has. */
function missingSuite(rows: readonly ComparisonRow[]): string {
  const cases = rows.map((row) => testcase(row.workload, row.metric || 'results', row, undefined));
  return testsuite('not run', rows, cases.length, {}, cases);
}

function testsuite(
  name: string,
  rows: readonly ComparisonRow[],
  tests: number,
  more: Readonly<Record<string, string>>,
  cases: readonly string[],
): string {
  const count = (verdict: string) => String(rows.filter((row) => row.verdict === verdict).length);
  const attributes = {
    name,
    tests: String(tests),
    errors: '0',
    failures: count('regression'),
    skipped: count('unknown'),
    ...more,
  };
  return element('testsuite', attributes, cases);
}

function testcase(
  workload: string,
  name: string,
  row: ComparisonRow | undefined,
  metric: Metric | undefined,
): string {
  const content: string[] = [];
  if (row?.verdict === 'regression') {
    const { baseline, current, change, interval } = comparisonCells(row);
    const message = `${baseline} before, ${current} now: ${change}${interval && ` (${interval})`}`;
    content.push(element('failure', { type: 'regression', message }, []));
  } else if (row?.verdict === 'unknown') {
    content.push(element('skipped', { message: row.note }, []));
  }
  if (metric && metric.samples.length > 0) {
    content.push(
      `<system-out>${escapeXml(formatQuantity(median(metric.samples), metric.unit, metric.kind))}</system-out>`,
    );
  }
  return element('testcase', { classname: workload, name }, content);
}

function element(
  name: string,
  attributes: Readonly<Record<string, string>>,
  children: readonly string[],
): string {
  const list = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeXml(value)}"`);
  const open = `<${name}${list.join('')}`;
  if (children.length === 0) return `${open}/>`;
  const inner = children.join('\n').replace(/^/gm, '  ');
  return `${open}>\n${inner}\n</${name}>`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
  '\t': '&#9;',
  '\r': '&#13;',
};

/** Text for XML 1.0 (2.2): characters that it does not allow, not even escaped, become U+FFFD. */
function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replace(/[&<>"\n\t\r]/g, (character) => entities[character]);
}
