/**
 * Runs in the report's page, not in Node: draws the plots with uPlot from the JSON in `#data`, which is the `Charts` of charts.ts.
 */
(() => {
  /**
   * @typedef {import('./charts.js').Charts} Charts
   * @typedef {import('./charts.js').Chart} Chart
   * @typedef {import('./charts.js').Run} Run
   */

  const plotHeight = 220;
  const padding = 28;
  const colours = ['#2e90fa', '#f79009', '#12b76a', '#7a5af8', '#ee46bc', '#667085'];

  /** @param {string} id */
  const byId = (id) => {
    const element = document.getElementById(id);
    if (element === null) throw new Error(`the page has no #${id}`);
    return element;
  };
  /** @type {Charts} */
  const { runs, charts } = JSON.parse(byId('data').textContent ?? '');
  const form = /** @type {HTMLFormElement} */ (byId('filter'));
  const overTime = byId('over-time');
  const byWorkload = byId('by-workload');

  /**
   * Four digits that count, with a prefix.
   * @param {number | null | undefined} value
   * @param {string} unit
   */
  const short = (value, unit) => {
    if (value === null || value === undefined) return '';
    const second = { ms: 1e-3, us: 1e-6, µs: 1e-6, ns: 1e-9 }[unit];
    if (second !== undefined) return short(value * second, 's');
    const step = unit === 'B' ? 1024 : 1000;
    const scaled = unit === '' || unit === 'B' || unit.startsWith('/');
    const [least, most] = unit === 's' ? [-3, 0] : scaled ? [0, 4] : [0, 0];
    const magnitude = value === 0 ? 0 : Math.floor(Math.log(Math.abs(value)) / Math.log(step));
    const power = Math.min(most, Math.max(least, magnitude));
    const prefix = ['n', 'µ', 'm', '', 'k', 'M', 'G', 'T'][power + 3];
    const number = Number((value / step ** power).toPrecision(4));
    return `${number} ${prefix}${prefix && unit === 'B' ? 'i' : ''}${unit}`.trimEnd();
  };

  /**
   * Exact values have all their digits, as one of them may be what has changed.
   * @param {Chart} chart
   * @returns {uPlot.Series.Value}
   */
  const legendValue =
    ({ unit, kind }) =>
    (_, value) =>
      kind === 'exact' && value !== null
        ? `${value.toLocaleString('en-US')} ${unit}`.trimEnd()
        : short(value, unit);

  /** @param {Run} run */
  const describe = ({ commit, date, changed }) =>
    `${commit}, ${date.slice(0, 16).replace('T', ' ')}${changed && `; ${changed}`}`;

  /** @param {string} name of a custom property */
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name);

  /**
   * A framed place for one plot, under a heading.
   * @param {HTMLElement} parent
   * @param {string} title
   * @param {Chart} chart
   */
  const card = (parent, title, { better }) => {
    const frame = document.createElement('div');
    frame.className = 'plot';
    const heading = document.createElement('h3');
    const note = document.createElement('span');
    note.className = 'note';
    note.textContent = `${better} is better`;
    heading.append(`${title} `, note);
    frame.append(heading);
    parent.append(frame);
    return frame;
  };

  /**
   * @param {string} unit
   * @param {uPlot.Axis} across what the axis of the runs or workloads has of its own
   * @returns {uPlot.Axis[]}
   */
  const axes = (unit, across) => {
    const common = { stroke: colour('--quiet'), ticks: { stroke: colour('--line'), width: 1 } };
    return [
      { ...common, grid: { show: false }, ...across },
      {
        ...common,
        size: (_, labels) => 24 + 6.5 * Math.max(4, ...(labels ?? []).map(({ length }) => length)),
        grid: { stroke: colour('--line'), width: 1 },
        values: (_, splits) => {
          const labels = splits.map((value) => short(value, unit));
          const distinct = new Set(labels).size === labels.length;
          return distinct ? labels : splits.map((value) => value.toLocaleString('en-US'));
        },
      },
    ];
  };

  /**
   * A line a machine over the runs that have the metric, each run a step.
   * @param {Chart} chart
   */
  const plotOverTime = (chart) => {
    const used = [...new Set(chart.series.flatMap(({ points }) => points.map(({ run }) => run)))];
    used.sort((a, b) => a - b);
    /** @type {(number | null)[][]} */
    const data = [used.map((_, step) => step)];
    /** @type {uPlot.Series[]} */
    const series = [{ label: 'run', value: (_, step) => (step === null ? '' : describe(runs[used[step]])) }];
    /** @type {uPlot.Band[]} */
    const bands = [];
    chart.series.forEach(({ machine, points }, i) => {
      const stroke = colours[i % colours.length];
      const at = new Map(points.map((point) => [point.run, point]));
      const line = { spanGaps: true, value: legendValue(chart) };
      series.push({
        ...line,
        label: machine || chart.metric,
        stroke,
        width: 2,
        points: { show: used.length < 60, size: 6 },
      });
      data.push(used.map((run) => at.get(run)?.value ?? null));
      if (chart.kind === 'exact') return;
      const edge = { ...line, stroke: 'transparent', width: 0, points: { show: false } };
      series.push({ ...edge, label: 'upper quartile' }, { ...edge, label: 'lower quartile' });
      data.push(
        used.map((run) => at.get(run)?.high ?? null),
        used.map((run) => at.get(run)?.low ?? null),
      );
      bands.push({ series: [data.length - 2, data.length - 1], fill: `${stroke}33` });
    });

    const frame = card(overTime, `${chart.workload} · ${chart.metric}`, chart);
    /** @type {uPlot.Options} */
    const options = {
      width: frame.clientWidth - padding,
      height: plotHeight,
      scales: {
        x: {
          time: false,
          range: (_, first, last) => (first === last ? [first - 1, last + 1] : [first, last]),
        },
        // Room above and below: a flat line is not on an edge, and the noise of a timed metric does not look like a cliff.
        y: {
          range: (_, low, high) => {
            const noise = chart.kind === 'timed' || low === high ? Math.abs(high) * 0.02 : 0;
            const room = Math.max((high - low) * 0.15, noise) || 1;
            return [low - room, high + room];
          },
        },
      },
      axes: axes(chart.unit, {
        space: 90,
        incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000],
        values: (_, splits) => splits.map((step) => runs[used[step]]?.commit.slice(0, 8) ?? ''),
      }),
      series,
      bands,
    };
    new uPlot(options, /** @type {uPlot.AlignedData} */ (data), frame);
  };

  /**
   * A bar a workload, of its last value.
   * @param {Chart[]} group charts of one metric
   */
  const plotByWorkload = (group) => {
    const [first] = group;
    const bars = group.map(({ workload, series }) => {
      const lasts = series.flatMap(({ points }) => points.slice(-1));
      return { workload, value: lasts.sort((a, b) => b.run - a.run)[0].value };
    });
    const frame = card(byWorkload, first.metric, first);
    const many = bars.length > 4;
    /** @type {uPlot.Options} */
    const options = {
      width: frame.clientWidth - padding,
      height: plotHeight + 30,
      scales: {
        x: { time: false, range: [-0.6, bars.length - 0.4] },
        y: { range: (_, low, high) => [Math.min(0, low), Math.max(0, high) * 1.05 || 1] },
      },
      axes: axes(first.unit, {
        space: 1,
        incrs: [1],
        rotate: many ? -30 : 0,
        size: many ? 70 : 40,
        values: (_, splits) => splits.map((step) => bars[step]?.workload.slice(0, 18) ?? ''),
      }),
      series: [
        { label: 'workload', value: (_, step) => (step === null ? '' : bars[step].workload) },
        {
          label: first.metric,
          stroke: colours[0],
          fill: `${colours[0]}aa`,
          value: legendValue(first),
          points: { show: false },
          paths: uPlot.paths.bars?.({ size: [0.6, 80] }),
        },
      ],
    };
    new uPlot(options, [bars.map((_, step) => step), bars.map(({ value }) => value)], frame);
  };

  const draw = () => {
    const choice = new FormData(form);
    const wanted = (/** @type {string} */ workload, /** @type {string} */ kind) =>
      choice.has(kind) && ['', workload].includes(String(choice.get('workload')));
    const chosen = charts.filter(({ workload, kind }) => wanted(workload, kind));
    overTime.replaceChildren();
    byWorkload.replaceChildren();
    chosen.forEach(plotOverTime);
    /** @type {Map<string, Chart[]>} */
    const groups = new Map();
    for (const chart of chosen) {
      const key = JSON.stringify([chart.metric, chart.unit, chart.kind]);
      groups.set(key, [...(groups.get(key) ?? []), chart]);
    }
    groups.forEach(plotByWorkload);
    for (const row of document.querySelectorAll('tr[data-workload]')) {
      if (!(row instanceof HTMLElement)) continue;
      row.hidden = !wanted(row.dataset.workload ?? '', row.dataset.kind ?? '');
    }
  };

  let width = innerWidth;
  addEventListener('resize', () => {
    if (width !== innerWidth) draw();
    width = innerWidth;
  });
  form.addEventListener('change', draw);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
  draw();
})();
