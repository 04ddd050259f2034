import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readSuite } from '../../../src/bench/suite/read-suite.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hyperthumb-test-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (text: string): string => {
  const path = join(folder, 'suite.yaml');
  writeFileSync(path, text);
  return path;
};

const good = `suite: mine
runs: 5
guests:
  debian:
    packages: [gzip]
    files: {data/input: input.txt}
  bare: {memory: 32M}
workloads:
  - name: pack
    run: gzip -9 < /data/input
    markers: [{name: size, better: lower}]
  - name: own
    run: [./program, --fast]
    warmup: 0
  - name: boot
    guest: bare
    boot: {load: [image.bin@0x40000000], end: ready}
`;

test.each([
  ['an alias to nothing', good.replace('[gzip]', '*nothing'), /Unresolved alias/],
  [
    'aliases of aliases',
    `a: &a [x,x,x,x,x,x,x,x,x,x]\n${[...'bcdefgh'].map((name, i) => `${name}: &${name} [${Array(10).fill(`*${'abcdefgh'[i]}`)}]`).join('\n')}\n`,
    /Excessive alias count/,
  ],
])('a suite with %s is refused in one line', (_, text, why) => {
  expect(() => readSuite(write(text))).toThrow(why);
  expect(() => readSuite(write(text))).toThrow(/^suite '.*suite\.yaml': its aliases cannot be used: .*$/);
});

test('a suite is read, its paths relative to it', () => {
  const suite = readSuite(write(good));
  expect(suite.suite).toBe('mine');
  expect(suite.guests.debian.files).toEqual({ 'data/input': join(folder, 'input.txt') });
  expect(suite.workloads.map(({ run }) => run)).toEqual([
    'gzip -9 < /data/input',
    [join(folder, 'program'), '--fast'],
    undefined,
  ]);
  expect(suite.workloads[2].boot).toEqual({
    load: [`${join(folder, 'image.bin')}@0x40000000`],
    end: 'ready',
  });
});

test('a command has the form of the file as well, which is the same wherever the suite lies', () => {
  const suite = readSuite(write(good));
  expect(suite.workloads.map(({ written }) => written)).toEqual([
    ['gzip -9 < /data/input'],
    ['./program', '--fast'],
    undefined,
  ]);
});

test('the suite in the documentation is one', () => {
  const [, text] = /```yaml\n(.*?)```/s.exec(readFileSync('docs/benchmarking.md', 'utf8'))!;
  expect(readSuite(write(text)).workloads.map(({ name }) => name)).toEqual(['sha256', 'own', 'firmware']);
});

test("so is the project's own", () => {
  expect(readSuite('bench/suite/suite.yaml').suite).toBe('hyperthumb');
});

describe('a bad suite is told of with its line:', () => {
  test.each([
    ['an unknown key', good.replace('packages', 'pakages'), 5, /'pakages' is unknown here: there are kernel/],
    ['an unknown key at the top', `${good}shards: 3\n`, 18, /'shards' is unknown here/],
    ['a missing name', good.replace('- name: pack\n    run', '- run'), 9, /'name' is missing/],
    ['neither run nor boot', good.replace('    run: gzip -9 < /data/input\n', ''), 9, /'run' or 'boot'/],
    ['both run and boot', good.replace('    warmup: 0', '    boot: {}'), 12, /'run' or 'boot', not both/],
    [
      'an unknown guest',
      good.replace('guest: bare', 'guest: beer'),
      16,
      /no guest 'beer': give one of debian, bare/,
    ],
    ['a name twice', good.replace('name: own', 'name: pack'), 12, /two workloads 'pack'/],
    ['a wrong size', good.replace('32M', 'lots'), 7, /'memory' must be a size/],
    ['a wrong number', good.replace('runs: 5', 'runs: 0'), 2, /'runs' must be a whole number/],
    ['a wrong kind', good.replace('better: lower', 'better: less'), 11, /must be one of lower, higher/],
    ['kernel and load', good.replace('boot: {', 'boot: {kernel: x, '), 17, /not both/],
    ['warm-up of a boot', good.replace('guest: bare', 'guest: bare\n    warmup: 1'), 17, /leave out warmup/],
    ['no workloads', 'suite: a\nguests: {a: {}}\nworkloads: []\n', 3, /'workloads' must be a list/],
    ['no YAML', 'suite: [\n', 2, /not YAML/],
    ['a list', '- a\n', 1, /must be a suite/],
  ])('%s', (_, text, line, message) => {
    const path = write(text);
    expect(() => readSuite(path)).toThrow(message);
    expect(() => readSuite(path)).toThrow(`suite '${path}' line ${line}: `);
  });

  test('a file that is not there', () => {
    expect(() => readSuite(join(folder, 'gone.yaml'))).toThrow(/cannot read suite .*no such file/);
  });
});
