/** The table of all kinds: a row each, whatever it runs. */
import { runCampaign as runFiles } from './files/campaign.js';
import { FILE_KIND_NAMES } from './files/kinds.js';
import { MACHINE_KIND_NAMES, MACHINE_KINDS } from './machine/kinds.js';
import { runMachines } from './machine/report.js';

export interface FuzzOptions {
  readonly seed: number;
  readonly count: number;
  /** Failures that are shown in full. */
  readonly show: number;
  /** Folder in which failing programs are written as seeds. */
  readonly keep?: string;
}

export interface FuzzKind {
  readonly name: string;
  /** What is in it, for `--help`. */
  readonly about: string;
  /** Runs a campaign and prints its report. @returns whether it has found nothing, and has looked */
  readonly run: (options: FuzzOptions) => Promise<boolean>;
}

const machines: FuzzKind[] = MACHINE_KIND_NAMES.map((kind) => ({
  name: kind,
  about: MACHINE_KINDS[kind].about,
  run: async (options) => runMachines(kind, options),
}));

const files: FuzzKind[] = FILE_KIND_NAMES.map((kind) => ({
  name: `file:${kind}`,
  about: 'mutated files of this kind',
  run: async ({ seed, count, show }) => {
    const { files: ran, taken, refused, failures } = await runFiles({ kind, seed, count });
    for (const { index, what } of failures.slice(0, show))
      console.log(`file:${kind}, case ${index} of seed ${seed}: ${what}`);
    console.log(
      `file:${kind}: ${ran} files, ${taken} taken, ${refused} refused, ${failures.length} failures`,
    );
    return failures.length === 0 && ran > 0;
  },
}));

export const FUZZ_KINDS: readonly FuzzKind[] = [...machines, ...files];
