import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/errors.js';
import { FILE_KIND_NAMES, FILE_KINDS, type FileKindName } from './kinds.js';
import { runFiles } from './run.js';

/** Of each kind. */
const FILES = 120;
const SEED = 16;
/** What is damaged of these is as if it were not there, or is handed to the guest. */
const NEVER_REFUSED: readonly FileKindName[] = [
  'apt-sources',
  'image-manifest',
  'signed-translations',
  'stored-translations',
  'stored-kernel',
  'cache-key',
];

describe.each(FILE_KIND_NAMES)('%s', (kind) => {
  it('is taken, or refused with a line', async () => {
    const { files, taken, refused, reasons, failures } = await runFiles({
      kind,
      seed: SEED,
      from: 0,
      to: FILES,
    });
    expect(failures).toEqual([]);
    expect([files, taken + refused]).toEqual([FILES, FILES]);
    expect(taken).toBeGreaterThan(0);
    if (NEVER_REFUSED.includes(kind)) return;
    expect(refused).toBeGreaterThan(0);
    expect(Object.keys(reasons).length).toBeGreaterThan(0);
  });
});

describe('a kind that does not hold', () => {
  it('is told of: errors that the user can do nothing about', async () => {
    const wrong = [new TypeError('x'), new UserError(70, 'ours'), undefined];
    const kind = { samples: () => [Buffer.from('abc')], use: () => Promise.reject(wrong.shift()) };
    const { use } = FILE_KINDS.suite;
    Object.assign(FILE_KINDS.suite, kind);
    try {
      const { failures } = await runFiles({ kind: 'suite', seed: 1, from: 0, to: 3 });
      expect(failures.map(({ index }) => index)).toEqual([0, 1, 2]);
    } finally {
      Object.assign(FILE_KINDS.suite, { use });
    }
  });
});
