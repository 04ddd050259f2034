/** Runs cases of one kind of file. In a thread of its own, so that one that never comes to its end can be told of. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { ExitCode, UserError } from '../../../src/errors.js';
import { Random } from '../../conformance/random.js';
import type { FileKind } from './kind.js';
import { FILE_KINDS, type FileKindName } from './kinds.js';
import { mutate } from './mutations.js';

/** A file that takes longer, in milliseconds, is one of a kind that hangs with a larger one. */
const LONGEST_MS = 5000;
/** Shares of the files: of mutants whose checksums are made right, of sound ones, and of those mutated inside. */
const RESEALED = 0.7;
const UNCHANGED = 0.02;
const INSIDE = 0.5;

export interface FileFailure {
  readonly kind: FileKindName;
  readonly seed: number;
  readonly index: number;
  readonly what: string;
}

export interface FileReport {
  kind: FileKindName;
  files: number;
  /** Taken as good. */
  taken: number;
  /** Refused with an error that the user can read, by exit code and beginning of the message. */
  refused: number;
  reasons: Record<string, number>;
  failures: FileFailure[];
}

export function emptyReport(kind: FileKindName): FileReport {
  return { kind, files: 0, taken: 0, refused: 0, reasons: {}, failures: [] };
}

export interface FileShare {
  readonly kind: FileKindName;
  readonly seed: number;
  readonly from: number;
  readonly to: number;
  /** Word 0: the case under way. */
  readonly progress?: Int32Array<SharedArrayBuffer>;
}

/** The file of a case. */
async function fileOf(
  kind: FileKind,
  samples: readonly Buffer[],
  seed: number,
  index: number,
): Promise<{ readonly file: Buffer; readonly random: Random }> {
  const random = new Random(Math.imul(seed, 0x9e37_79b1) + index);
  if (random.chance(UNCHANGED)) return { file: random.pick(samples), random };
  const { inside } = kind;
  const mutant =
    inside !== undefined && random.chance(INSIDE) ? await inside(random) : mutate(samples, random);
  return {
    file: kind.reseal !== undefined && random.chance(RESEALED) ? kind.reseal(mutant) : mutant,
    random,
  };
}

export async function runFiles({ kind: name, seed, from, to, progress }: FileShare): Promise<FileReport> {
  const kind = FILE_KINDS[name];
  const report = emptyReport(name);
  const root = mkdtempSync(join(tmpdir(), 'hyperthumb-fuzz-'));
  try {
    const samples = await kind.samples(mkdtempSync(join(root, 'samples-')));
    for (let index = from; index < to; index++) {
      if (progress !== undefined) Atomics.store(progress, 0, index);
      const folder = join(root, String(index));
      mkdirSync(folder);
      const { file, random } = await fileOf(kind, samples, seed, index);
      const began = performance.now();
      const fail = (what: string) => report.failures.push({ kind: name, seed, index, what });
      report.files++;
      try {
        await kind.use(file, folder, random);
        report.taken++;
      } catch (error) {
        if (error instanceof UserError && error.exitCode !== ExitCode.software) {
          report.refused++;
          const reason = `${error.exitCode} ${error.message.replaceAll(/'[^']*'|\d+|0x[0-9a-f]+/g, '…').slice(0, 60)}`;
          report.reasons[reason] = (report.reasons[reason] ?? 0) + 1;
        } else {
          fail(error instanceof Error ? (error.stack ?? error.message) : String(error));
        }
      }
      const milliseconds = performance.now() - began;
      if (milliseconds > LONGEST_MS) fail(`it took ${Math.round(milliseconds)} ms`);
      rmSync(folder, { recursive: true, force: true });
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
  return report;
}

if (!isMainThread && parentPort !== null && (workerData as FileShare | undefined)?.kind !== undefined) {
  parentPort.postMessage(await runFiles(workerData as FileShare));
}
