import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { binaries, builtBy } from '../../../bench/peers/kernels/binaries.js';
import { compileKernels, compilerVersion } from '../../../bench/peers/kernels/compile.js';
import { kernelBinary, kernelPrograms } from '../../../bench/peers/programs/kernels.js';

const sources = 'bench/peers/kernels';

test('every source has its binary in both instruction sets', () => {
  const names = readdirSync(sources)
    .filter((name) => name.endsWith('.c'))
    .flatMap((name) => [`${name.slice(0, -2)}-a32`, `${name.slice(0, -2)}-t32`]);
  expect(Object.keys(binaries).sort()).toEqual(names.sort());
});

// Another version of the compiler gives other bytes, rightly.
test.skipIf(compilerVersion() !== builtBy)('the binaries are what the sources give', () => {
  const stale = [...compileKernels(sources)].filter(
    ([name, bytes]) => !(name in binaries) || Buffer.compare(kernelBinary(name), bytes) !== 0,
  );
  expect(stale.map(([name]) => name)).toEqual([]);
});

test.skipIf(spawnSync('qemu-arm', ['--version']).error !== undefined)(
  'a kernel runs and prints its result, the same in both instruction sets',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'hyperthumb-test-'));
    try {
      const outputs = kernelPrograms
        .filter(({ name }) => name.startsWith('two-buffers'))
        .map(({ name }) => {
          const path = join(folder, name);
          writeFileSync(path, kernelBinary(name));
          chmodSync(path, 0o755);
          return spawnSync('qemu-arm', [path], { encoding: 'utf8' }).stdout;
        });
      expect(outputs[0]).toMatch(/^[0-9a-f]{8}\n$/);
      expect(outputs).toEqual([outputs[0], outputs[0]]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);
