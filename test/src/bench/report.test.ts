import { describe, expect, test } from 'vitest';
import { chartsOf } from '../../../src/bench/report/charts.js';
import { htmlReport } from '../../../src/bench/report/html.js';
import { sparkline } from '../../../src/bench/report/sparkline.js';
import { terminalReport } from '../../../src/bench/report/terminal.js';
import { ask, browser } from './browser.js';
import { exact, history, machine, results, timed, workload } from './samples.js';

const at = (day: number) => ({ date: `2026-01-0${day}T00:00:00Z` });
const elsewhere = { ...machine, cpu: 'Other CPU' };

describe('what is drawn', () => {
  test('runs by date, from several histories, each once', () => {
    const runs = [3, 1, 2].map((day) => results([workload('w', exact('m', day))], at(day)));
    const { charts } = chartsOf([...runs, ...runs.slice(1)]);
    expect(charts).toHaveLength(1);
    expect(charts[0].series[0].points.map(({ value }) => value)).toEqual([1, 2, 3]);
  });

  test('times are apart by machine, exact metrics are not', () => {
    const run = (day: number, where: typeof machine) =>
      results([workload('w', exact('m', 1), timed('t', [1, 2, 3, 4, 5]))], { ...at(day), machine: where });
    const { charts } = chartsOf([run(1, machine), run(2, elsewhere), run(3, machine)]);
    expect(charts.map(({ metric, series }) => [metric, series.map(({ points }) => points.length)])).toEqual([
      ['m', [3]],
      ['t', [2, 1]],
    ]);
    expect(charts[1].series[1].machine).toContain('Other CPU');
    expect(charts[1].series[0].points[0]).toEqual({ run: 0, value: 3, low: 2, high: 4, samples: 5 });
  });

  test('a workload of a merge counts for its own machine', () => {
    const merged = results([{ ...workload('w', timed('t', [1])), machine: elsewhere }], at(2));
    const { charts } = chartsOf([results([workload('w', timed('t', [1]))], at(1)), merged]);
    expect(charts[0].series).toHaveLength(2);
  });

  test('a change of configuration is noted at its run', () => {
    const configuration = { clock: 'virtual', memory: 512, kernel: 'sha256:aa' };
    const { runs } = chartsOf([results([], at(1)), results([], { ...at(2), configuration })]);
    expect(runs.map(({ changed }) => changed)).toEqual(['', 'memory 256, now 512']);
  });
});

describe('in the terminal', () => {
  test('sparklines', () => {
    expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7])).toBe('▁▂▃▄▅▆▇█');
    expect(sparkline([5, 5, 5])).toBe('▁▁▁');
    expect(sparkline([-1, 1])).toBe('▁█');
  });

  test('the table', () => {
    const runs = [1, 2, 3].map((day) =>
      results([workload('gzip', exact('instructions', 1000 + day), timed('wall-time', [day]))], at(day)),
    );
    expect(terminalReport(chartsOf(runs))).toEqual([
      'workload  metric         last  change  runs  course',
      'gzip      instructions  1,003   +0.1%     3  ▁▅█',
      '          wall-time       3 s  +50.0%     3  ▁▅█',
    ]);
  });
});

test('what was 0 throughout is only counted', () => {
  const run = (value: number) => results([workload('w', exact('a', 0), exact('b', value), exact('c', 0))]);
  const charts = chartsOf([run(0), { ...run(1), ...at(9) }]);
  expect(terminalReport(charts)).toEqual([
    'workload  metric  last  runs  course',
    'w         b          1     2  ▁█',
    '2 metrics were 0 in every run.',
  ]);
  const text = htmlReport(charts);
  expect(text).toContain('2 metrics were 0 in every run.');
  expect(text.match(/<tr data-workload/g)).toHaveLength(1);
});

describe('the page', () => {
  const page = htmlReport(chartsOf(history(12, 8)));

  test('needs nothing from outside', () => {
    expect(page).not.toMatch(/(?:src|href)\s*=/i);
    expect(page).not.toMatch(/@import|url\(/);
  });

  test('names cannot break out of it', () => {
    const nasty = '</script><script>window.broken = true</script><!-- & "x"';
    const hostile = htmlReport(
      chartsOf([results([workload(nasty, exact(nasty, 1))], { hyperthumb: nasty })]),
    );
    expect(hostile.match(/<\/script>/g)).toHaveLength(3);
    expect(hostile.match(/<script/g)).toHaveLength(3);
  });

  /** What each canvas shows: pixels in the colours of the marks, by the x at which they are. */
  const canvases = `[...document.querySelectorAll('.plot')].map((plot) => {
    const canvas = plot.querySelector('canvas');
    const { data, width, height } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    const columns = new Set();
    let marks = 0;
    let lowest = height;
    let highest = 0;
    for (let i = 0; i < data.length; i += 4) {
      // Blue, much more so than the greys of axes and grid.
      if (data[i + 3] > 100 && data[i + 2] - data[i] > 90) {
        marks++;
        columns.add((i / 4) % width);
        lowest = Math.min(lowest, Math.floor(i / 4 / width));
        highest = Math.max(highest, Math.floor(i / 4 / width));
      }
    }
    return { title: plot.querySelector('h3').textContent, marks, across: columns.size / width, up: (highest - lowest) / height };
  })`;
  interface Canvas {
    readonly title: string;
    readonly marks: number;
    readonly across: number;
    readonly up: number;
  }

  test.skipIf(!browser)('shows the plots in a browser, without a network', () => {
    const shown = ask<Canvas[]>(page, canvases);
    expect(shown.map(({ title }) => title.split(' lower')[0])).toEqual([
      'gzip · instructions',
      'gzip · wall-time',
      'lua · instructions',
      'lua · wall-time',
      'instructions',
      'wall-time',
    ]);
    for (const { title, marks, across, up } of shown) {
      expect(marks, title).toBeGreaterThan(500);
      // A line from the first run to the last, bars side by side: not a mark or two in a corner.
      expect(across, title).toBeGreaterThan(0.4);
      expect(up, title).toBeGreaterThan(0.3);
    }
  });

  test.skipIf(!browser)('is drawn by the compiled script as well, which is a module', () => {
    const compiled = page.replace('</script>\n</body>', '\nexport {};\n</script>\n</body>');
    expect(compiled).not.toBe(page);
    expect(ask(compiled, "document.querySelectorAll('.plot canvas').length")).toBe(6);
  });

  test.skipIf(!browser)('axes and grid alone do not pass for a plot', () => {
    const grey = page.replaceAll('#2e90fa', '#808080');
    expect(grey).not.toBe(page);
    for (const { title, marks } of ask<Canvas[]>(grey, canvases)) expect(marks, title).toBe(0);
  });

  test.skipIf(!browser)('the filter chooses what is shown', () => {
    const filtered = page
      .replace('<option>lua</option>', '<option selected>lua</option>')
      .replace('name="exact" checked', 'name="exact"');
    expect(
      ask(filtered, "[...document.querySelectorAll('.plot h3')].map((h) => h.firstChild.data.trim())"),
    ).toEqual(['lua · wall-time', 'wall-time']);
    expect(
      ask(
        filtered,
        "[...document.querySelectorAll('tbody tr[data-workload]')].filter((row) => !row.hidden).length",
      ),
    ).toBe(1);
  });

  test.skipIf(!browser)('a single run, many machines, rates and bytes are drawn as well', () => {
    const odd = results(
      [
        workload(
          'a',
          timed('rate', [1e6, 2e6], { unit: '/s', better: 'higher' }),
          exact('bytes', 12, { unit: 'B' }),
        ),
        { ...workload('b', timed('rate', [3e6], { unit: '/s', better: 'higher' })), machine: elsewhere },
        workload('</script> & <b>', exact('negative', -5), timed('ms', [12, 13], { unit: 'ms' })),
      ],
      { suite: 'suite' },
    );
    const single = htmlReport(chartsOf([odd]));
    const titles = ask<string[]>(
      single,
      "[...document.querySelectorAll('.plot canvas')].map((c) => c.closest('.plot').innerText.split('\\n')[0])",
    );
    expect(titles).toHaveLength(9);
    expect(titles.join('\n')).toContain('</script> & <b> · negative');
  });
});
