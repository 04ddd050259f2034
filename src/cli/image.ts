import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Deadline } from '../deadline.js';
import { Cache, type CachedImage, type CachedXen, defaultCacheFolder } from '../image/cache.js';
import { type Flavour, flavours } from '../image/flavours.js';
import type { XenImages } from '../image/xen.js';
import { parseFolder } from './parse.js';

export interface PullFlags {
  readonly mirror?: string;
  readonly suite?: string;
  readonly flavour: Flavour;
  /** Absent: there is no home folder. */
  readonly cache?: string;
  readonly checkSignature: boolean;
}

/** Adds the options that say which image to fetch, from where and whereto. */
export function addPullOptions(command: Command): Command {
  return command
    .option(
      '--mirror <url>',
      "base URL of a Debian mirror (default: the one in apt's configuration)",
      parseMirror,
    )
    .option('--suite <name>', "release, such as stable (default: the one in apt's configuration)", parseSuite)
    .addOption(
      new Option('--flavour <name>', 'kernel: with short (armmp) or long (armmp-lpae) page tables')
        .choices(flavours)
        .default('armmp-lpae'),
    )
    .option('--cache <folder>', 'where images are kept', parseFolder, defaultCacheFolder())
    .option('--no-check-signature', 'trust the mirror without a signature; checksums are still checked');
}

export function addImageCommand(program: Command, exit: (code: number) => void): void {
  const image = program.command('image').description('fetch and list kernels to boot');

  const pull = image
    .command('pull')
    .description(
      'fetch a kernel and build its initramfs, and Xen for it; what was interrupted goes on where it stopped',
    )
    .addArgument(distributionArgument(image));
  addPullOptions(pull)
    .addHelpText(
      'after',
      `
Examples:
  hyperthumb image pull debian
  hyperthumb image pull debian --flavour armmp
  hyperthumb image pull xen
  hyperthumb image pull debian --mirror http://mirror.example/debian --suite stable`,
    )
    .action(async (distribution: Distribution, flags: PullFlags) => {
      if (distribution === 'xen') {
        const { xen, dom0 } = await pullXenImages(flags);
        process.stdout.write(`${describe(xen)}\n${describe(dom0)}\n`);
      } else {
        process.stdout.write(`${describe(await pullImage(flags))}\n`);
      }
      exit(0);
    });

  image
    .command('list')
    .description('list the images in the cache')
    .option('--cache <folder>', 'where images are kept', parseFolder, defaultCacheFolder())
    .action((flags: { cache?: string }) => {
      for (const entry of new Cache(flags.cache).list()) process.stdout.write(`${describe(entry)}\n`);
      exit(0);
    });
}

export type Distribution = 'debian' | 'xen';

/** The one argument of `pull` and `boot`. */
export function distributionArgument(command: Command) {
  return command
    .createArgument('<distribution>', "debian, or xen: Debian as Xen's first guest")
    .choices(['debian', 'xen'] satisfies Distribution[]);
}

export async function pullImage(flags: PullFlags, deadline?: Deadline): Promise<CachedImage> {
  const [{ Progress }, { pullDebian }] = await Promise.all([
    import('../image/progress.js'),
    import('../image/pull.js'),
  ]);
  const { cache, ...options } = flags;
  return pullDebian({ ...options, cache: new Cache(cache), ...(deadline && { deadline }) }, new Progress());
}

export async function pullXenImages(flags: PullFlags, deadline?: Deadline): Promise<XenImages> {
  const [{ Progress }, { pullXen }] = await Promise.all([
    import('../image/progress.js'),
    import('../image/xen.js'),
  ]);
  const { cache, ...options } = flags;
  return pullXen({ ...options, cache: new Cache(cache), ...(deadline && { deadline }) }, new Progress());
}

function describe(image: CachedImage | CachedXen): string {
  if (image.distribution === 'xen') return `xen ${image.suite}: Xen ${image.version} in ${image.folder}`;
  return `debian ${image.suite} ${image.flavour}: Linux ${image.release} (${image.version}) in ${image.folder}`;
}

function parseMirror(text: string): string {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new InvalidArgumentError('Give a URL such as http://mirror.example/debian.');
  }
  if (!['http:', 'https:', 'file:'].includes(url.protocol)) {
    throw new InvalidArgumentError('Give a URL with http, https or file.');
  }
  return text.replace(/\/+$/, '');
}

function parseSuite(text: string): string {
  if (/^[a-z0-9][a-z0-9.-]*$/.test(text)) return text;
  throw new InvalidArgumentError('Give the name of a release, such as stable.');
}
