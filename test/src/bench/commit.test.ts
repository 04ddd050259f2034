import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { buildCommit } from '../../../src/bench/against/commit.js';
import { Cache } from '../../../src/image/cache.js';
import { Progress } from '../../../src/image/progress.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hyperthumb-commits-'));
});
afterEach(() => rmSync(root, { recursive: true }));

test.each(['.', 'commits'])('nothing is built or run where others may write (%s)', async (path) => {
  mkdirSync(join(root, 'commits'));
  chmodSync(join(root, path), 0o777);
  const built = buildCommit('HEAD', new Cache(root), new Progress(), AbortSignal.abort());
  await expect(built).rejects.toMatchObject({
    exitCode: 77,
    message: expect.stringMatching(/^--against: nothing is built or run in '.*': others may write it/),
  });
  expect(readdirSync(root)).toEqual(['commits']);
});
