import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { afterAll, describe, expect, it } from 'vitest';
import type { VirtBoard as Board } from '../../runtime/board/virt.js';
import { Machine } from '../../runtime/machine.js';
import { countOptimized } from '../../runtime/translation/machine-code.js';
import { WorkerBackend } from '../../runtime/translation/worker-backend.js';
import { boardWith, ENDLESS_SUM, registersOf } from './board.js';

// Else the engine remembers what it has compiled in an earlier run.
const FLAG = '--no-wasm-native-module-cache-enabled';
setFlagsFromString(FLAG);

const key = Buffer.alloc(32, 1);
const folder = mkdtempSync(join(tmpdir(), 'hyperthumb-worker-'));
/** What `require` finds is the CommonJS form; the other one lies beside it. */
const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx/esm/api')).href.replace(/cjs$/, 'mjs');

/** A worker program of the sources: it has tsx load them. */
function sources(name: string) {
  const worker = new URL(`../../runtime/translation/${name}`, import.meta.url);
  const code = `import { register } from '${tsx}'; register(); await import('${worker}');`;
  const trial = fileURLToPath(new URL('../../runtime/translation/machine-code-trial.ts', import.meta.url));
  return {
    file: new URL(`data:text/javascript,${encodeURIComponent(code)}`),
    execArgv: [],
    trial: [FLAG, '--import', 'tsx', trial],
  };
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
      new WorkerBackend({ folder, key }, sources('worker.ts')),
      ({ translations }) => translations!.statistics.regions > 0,
    );
    expect(first.failure).toBeUndefined();
    expect(first.statistics.regions).toBeGreaterThan(0);
    expect(first.statistics.cached).toBe(0);
    const second = await runUntil(
      new WorkerBackend({ folder, key }, sources('worker.ts')),
      ({ translations }) => translations!.statistics.regions > 0,
    );
    expect(second.statistics.cached).toBeGreaterThan(0);
    expect(second.failure).toBeUndefined();
  });

  it('takes over what the engine has optimised in an earlier run', async () => {
    const isThere = ({ translations }: Board) => translations!.statistics.regions > 0;
    const isOptimized = ({ translations }: Board) =>
      countOptimized(translations!.functions.filter((code) => code !== undefined)) > 0;
    const other = mkdtempSync(join(tmpdir(), 'hyperthumb-worker-'));
    const files = () => readdirSync(other, { recursive: true, encoding: 'utf8' });
    const engineFile = () => files().find((name) => name.endsWith('.engine'));
    const run = (enough: (board: Board) => boolean) =>
      runUntil(new WorkerBackend({ folder: other, key }, sources('worker.ts')), enough);
    try {
      expect((await run((board) => isThere(board) && engineFile() !== undefined)).statistics.optimized).toBe(
        0,
      );
      // Now all regions are the cache's, and the engine was tried.
      expect((await run(isOptimized)).statistics.optimized).toBe(0);
      expect((await run(isThere)).statistics.optimized).toBeGreaterThan(0);
      // What somebody without the key has written counts for nothing: not even for damaged machine code.
      writeFileSync(join(other, engineFile()!), Buffer.alloc(64));
      for (const name of files().filter((file) => file.endsWith('.code'))) {
        writeFileSync(join(other, name), Buffer.alloc(4096));
      }
      expect((await run(isThere)).statistics.optimized).toBe(0);
    } finally {
      rmSync(other, { recursive: true });
    }
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
