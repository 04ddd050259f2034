import { Worker } from 'node:worker_threads';
import type { FileKindName } from './kinds.js';
import { emptyReport, type FileReport, type FileShare } from './run.js';

/** Files that a thread takes on. */
const SHARE = 500;
/** Without progress for so long, in milliseconds, a file hangs. */
const HANGS_MS = 60_000;
const LOOK_MS = 1000;

export interface CampaignOptions {
  readonly kind: FileKindName;
  readonly seed: number;
  readonly count: number;
}

/** Runs files of a kind, each file in a thread that is given up when the file hangs or takes the thread along. */
export async function runCampaign({ kind, seed, count }: CampaignOptions): Promise<FileReport> {
  const total = emptyReport(kind);
  for (let from = 0; from < count; ) {
    const to = Math.min(count, from + SHARE);
    const { report, next } = await runShare({ kind, seed, from, to });
    from = next;
    add(total, report);
  }
  return total;
}

function add(total: FileReport, report: FileReport): void {
  total.files += report.files;
  total.taken += report.taken;
  total.refused += report.refused;
  for (const [reason, count] of Object.entries(report.reasons))
    total.reasons[reason] = (total.reasons[reason] ?? 0) + count;
  total.failures.push(...report.failures);
}

/** @returns what was found, and the number of the case to go on with */
async function runShare(share: FileShare): Promise<{ readonly report: FileReport; readonly next: number }> {
  const progress = new Int32Array(new SharedArrayBuffer(4));
  progress[0] = share.from;
  const worker = new Worker(new URL('./run.js', import.meta.url), { workerData: { ...share, progress } });
  let seen = -1;
  let since = performance.now();
  let timer: NodeJS.Timeout | undefined;
  try {
    const report = await new Promise<FileReport>((resolve, reject) => {
      worker.on('message', resolve);
      worker.on('error', reject);
      worker.on('exit', (code) => reject(new Error(`the thread has ended with ${code}`)));
      timer = setInterval(() => {
        if (progress[0] !== seen) {
          seen = progress[0]!;
          since = performance.now();
        } else if (performance.now() - since > HANGS_MS) reject(new Error('it hangs'));
      }, LOOK_MS);
    });
    return { report, next: share.to };
  } catch (error) {
    const index = progress[0]!;
    const { kind, seed } = share;
    const failures = [{ kind, seed, index, what: String(error) }];
    return {
      report: { ...emptyReport(kind), files: index + 1 - share.from, failures },
      next: index + 1,
    };
  } finally {
    clearInterval(timer);
    await worker.terminate();
  }
}
