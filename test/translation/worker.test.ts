import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { Machine } from '../../runtime/machine.js';
import { WorkerBackend } from '../../runtime/translation/worker-backend.js';
import { boardWith, ENDLESS_SUM, registersOf } from './board.js';

const folder = mkdtempSync(join(tmpdir(), 'hyperthumb-worker-'));
/** What `require` finds is the CommonJS form; the other one lies beside it. */
const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx/esm/api')).href.replace(/cjs$/, 'mjs');

/** A worker program of the sources: it has tsx load them. */
function sources(name: string) {
  const worker = new URL(`../../runtime/translation/${name}`, import.meta.url);
  const code = `import { register } from '${tsx}'; register(); await import('${worker}');`;
  return { file: new URL(`data:text/javascript,${encodeURIComponent(code)}`), execArgv: [] };
}

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the endless program until `enough`, and compares its registers with the interpreter's. */
async function runUntil(backend: WorkerBackend, enough: (board: ReturnType<typeof boardWith>) => boolean) {
  const board = boardWith(ENDLESS_SUM, { translationBackend: backend });
  const machine = new Machine(board);
  for (
    const end = performance.now() + 40_000;
    performance.now() < end && !enough(board) && !backend.failure;
    await sleep(20)
  ) {
    await machine.run({ maxInstructions: machine.retired + 5003 });
  }
  await machine.run({ maxInstructions: machine.retired + 5003 });
  const alone = boardWith(ENDLESS_SUM, { translationThreshold: undefined });
  await new Machine(alone).run({ maxInstructions: machine.retired });
  expect(registersOf(board)).toEqual(registersOf(alone));
  await board.translations!.close();
  return board.translations!;
}

describe('the translation worker', () => {
  it('translates, and the next run begins with what it has stored', async () => {
    const first = await runUntil(
      new WorkerBackend(folder, sources('worker.ts')),
      ({ translations }) => translations!.statistics.regions > 0,
    );
    expect(first.failure).toBeUndefined();
    expect(first.statistics.regions).toBeGreaterThan(0);
    expect(first.statistics.cached).toBe(0);
    const second = await runUntil(
      new WorkerBackend(folder, sources('worker.ts')),
      ({ translations }) => translations!.statistics.regions > 0,
    );
    expect(second.statistics.cached).toBeGreaterThan(0);
    expect(second.failure).toBeUndefined();
  });

  it('may fail: the run goes on without', async () => {
    const translations = await runUntil(
      new WorkerBackend(undefined, sources('no-such-file.ts')),
      (board) => board.translations!.failure !== undefined,
    );
    expect(translations.failure).toMatch(/no-such-file/);
    expect(translations.statistics.regions).toBe(0);
  });
});
