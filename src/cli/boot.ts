import { join } from 'node:path';
import type { Command } from 'commander';
import { Deadline } from '../deadline.js';
import { ExitCode, UserError } from '../errors.js';
import { Cache, type CachedImage } from '../image/cache.js';
import { findOrigin } from '../image/origin.js';
import type { XenImages } from '../image/xen.js';
import {
  addPullOptions,
  type Distribution,
  distributionArgument,
  type PullFlags,
  pullImage,
  pullXenImages,
} from './image.js';
import { startMachine } from './run.js';
import { addRunOptions, type RunFlags } from './run-options.js';

const examples = `
What is given with --append comes after the image's own command line. 'hyperthumb image pull debian' looks for a newer kernel.

'boot xen' starts Xen in Hyp mode, and the Debian image as its dom0 with up to half of the RAM, which is 1G unless --memory says
otherwise. --append and --initrd are then dom0's; --xen-append comes after Xen's own command line and may have another dom0_mem.

Examples:
  hyperthumb boot debian
  hyperthumb boot debian --flavour armmp --smp 4 --memory 1G
  hyperthumb boot debian --virtualization --append "quiet"
  hyperthumb boot xen --smp 4 --memory 2G --xen-append "dom0_mem=256M"`;

export function addBootCommand(program: Command, exit: (code: number) => void): void {
  const command = program
    .command('boot')
    .description('run an image, fetched first if it is not in the cache')
    .addArgument(distributionArgument(program));
  addRunOptions(addPullOptions(command))
    .addHelpText('after', examples)
    .action(async (distribution: Distribution, flags: RunFlags & PullFlags, self: Command) => {
      const memoryGiven = self.getOptionValueSource('memory') !== 'default';
      const deadline = new Deadline(flags.timeout);
      const complete =
        distribution === 'xen'
          ? await xenFlags(memoryGiven ? flags : { ...flags, memory: xenMemory }, deadline)
          : await debianFlags(flags, deadline);
      exit(await startMachine(complete, deadline));
    });
}

/** @throws UserError 64 for what only Xen has a use for */
async function debianFlags(flags: RunFlags & PullFlags, deadline: Deadline): Promise<RunFlags> {
  if (flags.xenAppend !== undefined) {
    throw new UserError(ExitCode.usage, "--xen-append is for 'boot xen': Linux's command line is --append");
  }
  const image = await debianImage(flags, deadline);
  return {
    ...flags,
    kernel: join(image.folder, image.kernel),
    initrd: flags.initrd ?? join(image.folder, image.initrd),
    append: joined(image.commandLine, flags.append),
  };
}

/** RAM of a machine for Xen, unless the user says. */
const xenMemory = 2 ** 30;

/** Xen gives dom0 a console of its own, which goes to the serial port. */
const dom0Console = 'console=hvc0';

/** @throws UserError 64 for what Xen cannot run with */
async function xenFlags(flags: RunFlags & PullFlags, deadline: Deadline): Promise<RunFlags> {
  if (flags.secure) {
    throw new UserError(ExitCode.usage, 'Xen has to start in Hyp mode: leave out --secure');
  }
  const memory = dom0Memory(flags);
  const { xen, dom0 } = findXenImages(flags) ?? (await pullXenImages(flags, deadline));
  const { append, initrd, ...rest } = flags;
  return {
    ...rest,
    virtualization: true,
    kernel: join(xen.folder, xen.hypervisor),
    xenAppend: joined(xen.commandLine, memory, flags.xenAppend),
    module: [
      {
        kind: 'kernel',
        path: join(dom0.folder, dom0.kernel),
        bootargs: joined(dom0Console, append),
      },
      { kind: 'ramdisk', path: initrd ?? join(dom0.folder, dom0.initrd) },
      ...(flags.module ?? []),
    ],
  };
}

/** Xen takes a 32-bit dom0's memory in blocks that are aligned to their size; the first has at least 128 MiB. */
const dom0Block = 128 * 2 ** 20;
/** Blocks that have something else in them: Xen itself, the modules, Xen's heap at the end of RAM. */
const otherBlocks = 3;

/** `dom0_mem` in whole blocks, up to half of the RAM; nothing when the user gives it. @throws UserError 64 when there is no block */
function dom0Memory({ memory, xenAppend = '' }: RunFlags): string {
  if (/(^|\s)dom0_mem=/.test(xenAppend)) return '';
  const free = Math.floor(memory / dom0Block) - otherBlocks;
  const blocks = Math.min(free, Math.floor(memory / 2 / dom0Block));
  if (blocks > 0) return `dom0_mem=${(blocks * dom0Block) / 2 ** 20}M`;
  throw new UserError(
    ExitCode.usage,
    'too little memory for Xen and its dom0: give --memory 512M or more, or dom0_mem=SIZE with --xen-append',
  );
}

const joined = (...texts: (string | undefined)[]): string =>
  texts.filter((text) => text !== undefined && text !== '').join(' ');

function findXenImages(flags: PullFlags): XenImages | undefined {
  const dom0 = findImage(flags);
  const xen = dom0 && new Cache(flags.cache).findXen(dom0.suite);
  return xen && { xen, dom0 };
}

/** The image that is asked for, fetched first if it is not in the cache. */
export async function debianImage(flags: PullFlags, deadline?: Deadline): Promise<CachedImage> {
  return findImage(flags) ?? (await pullImage(flags, deadline));
}

/** The cached image that is asked for; without a suite, apt's, or else whichever was fetched last. */
function findImage(flags: PullFlags): CachedImage | undefined {
  const cache = new Cache(flags.cache);
  if (flags.suite !== undefined) return cache.find(flags.suite, flags.flavour);
  const candidates = cache.debianImages().filter((image) => image.flavour === flags.flavour);
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
