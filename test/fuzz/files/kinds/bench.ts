import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { compareResults } from '../../../../src/bench/compare.js';
import { formatComparison } from '../../../../src/bench/format-comparison.js';
import { outputFormats } from '../../../../src/bench/formats/names.js';
import { formatOutput } from '../../../../src/bench/formats/output.js';
import { readHistory } from '../../../../src/bench/history.js';
import { chartsOf } from '../../../../src/bench/report/charts.js';
import { htmlReport } from '../../../../src/bench/report/html.js';
import { terminalReport } from '../../../../src/bench/report/terminal.js';
import { readSuite } from '../../../../src/bench/suite/read-suite.js';
import { readResults } from '../../../../src/bench/validate-results.js';
import type { Random } from '../../../conformance/random.js';
import { history as runs } from '../../../src/bench/samples.js';
import { mutateJson } from '../json.js';
import type { FileKind } from '../kind.js';

const SUITE = `# a suite
suite: some
runs: 10
guests:
  bare: &bare {memory: 32M, smp: 2}
  debian:
    flavour: armmp-lpae
    packages: [gzip, zstd]
    files: {data/x: x.bin}
workloads:
  - name: first
    guest: bare
    boot: {kernel: guests/a.elf, start: "go", end: 'done'}
  - name: second
    guest: debian
    run: gzip -c /data/x
    warmup: 1
    markers: [{name: latency, kind: timed, better: lower}]
  - name: third
    run: [./app, '1000']
`;

function written(file: Buffer, folder: string): string {
  const path = join(folder, 'file');
  writeFileSync(path, file);
  return path;
}

function json(document: unknown, random: Random): Buffer {
  let mutant = mutateJson(document, random);
  while (random.chance(0.3)) mutant = mutateJson(mutant, random);
  return Buffer.from(JSON.stringify(mutant));
}

const saved = () => Buffer.from(JSON.stringify(runs(2)[1], null, 2));

/** A suite. */
export const suite: FileKind = {
  samples: () => [
    Buffer.from(SUITE),
    Buffer.from('{"suite":"json","guests":{"a":{}},"workloads":[{"name":"a","run":"true"}]}'),
  ],
  use: (file, folder) => readSuite(written(file, folder)),
  inside: (random) => json(parse(SUITE), random),
};

/** What `--save` has written, compared and put into each form. */
export const results: FileKind = {
  samples: () => [saved()],
  use: (file, folder, random) => {
    const read = readResults(written(file, folder));
    const comparison = compareResults(runs(1)[0]!, read);
    formatComparison(comparison);
    formatOutput(random.pick(outputFormats), read, comparison);
  },
  inside: (random) => json(runs(2)[1], random),
};

/** A history, and the reports that are made of it. */
export const history: FileKind = {
  samples: () => [
    Buffer.from(
      runs(5)
        .map((run) => JSON.stringify(run))
        .join('\n'),
    ),
    saved(),
  ],
  use: (file, folder) => {
    const charts = chartsOf(readHistory(written(file, folder)).runs);
    htmlReport(charts);
    terminalReport(charts);
  },
  inside: (random) => Buffer.concat([json(runs(2)[1], random), Buffer.from('\n'), json(runs(2)[0], random)]),
};
