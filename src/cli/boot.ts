import { join } from 'node:path';
import type { Command } from 'commander';
import { Cache, type CachedImage } from '../image/cache.js';
import { findOrigin } from '../image/pull.js';
import { addPullOptions, distributionArgument, type PullFlags, pullImage } from './image.js';
import { startMachine } from './run.js';
import { addRunOptions, type RunFlags, readMachineOptions } from './run-options.js';

const examples = `
What is given with --append comes after the image's own command line. 'hyperthumb image pull debian' looks for a newer kernel.

Examples:
  hyperthumb boot debian
  hyperthumb boot debian --flavour armmp --smp 4 --memory 1G
  hyperthumb boot debian --virtualization --append "quiet"`;

export function addBootCommand(program: Command, exit: (code: number) => void): void {
  const command = program
    .command('boot')
    .description('run an image, fetched first if it is not in the cache')
    .addArgument(distributionArgument(program));
  addRunOptions(addPullOptions(command))
    .addHelpText('after', examples)
    .action(async (_distribution: string, flags: RunFlags & PullFlags) => {
      const image = findImage(flags) ?? (await pullImage(flags));
      const options = await readMachineOptions({
        ...flags,
        kernel: join(image.folder, image.kernel),
        initrd: flags.initrd ?? join(image.folder, image.initrd),
        append: [image.commandLine, flags.append ?? ''].join(' ').trim(),
      });
      exit(await startMachine(options));
    });
}

/** The cached image that is asked for; without a suite, apt's, or else whichever was fetched last. */
function findImage(flags: PullFlags): CachedImage | undefined {
  const cache = new Cache(flags.cache);
  if (flags.suite !== undefined) return cache.find(flags.suite, flags.flavour);
  const candidates = cache.list().filter((image) => image.flavour === flags.flavour);
  candidates.sort((a, b) => (a.pulled < b.pulled ? 1 : -1));
  let suite: string | undefined;
  try {
    suite = findOrigin(flags).suite;
  } catch {
    // Nothing configured: any image will do.
  }
  return (
    candidates.find((image) => image.suite === suite) ?? (suite === undefined ? candidates[0] : undefined)
  );
}
