import { type Command, InvalidArgumentError, Option } from 'commander';
import { outputFormats } from '../bench/formats/names.js';
import { defaultCacheFolder } from '../image/cache.js';
import { type Flavour, flavours } from '../image/flavours.js';
import { defaultJitThreshold, maxCpus, maxJitThreshold } from '../machine-options.js';
import { integerParser, parseFolder, parseOutputFile, parseSeconds, parseSize } from './parse.js';

/** What commander makes of the options of `bench`. */
export interface BenchFlags {
  readonly suite?: string;
  readonly shard?: string;
  readonly runs: number;
  readonly warmup: number;
  readonly clock?: 'host' | 'virtual';
  readonly timeout: number;
  readonly ignoreFailure: boolean;
  readonly name: readonly string[];
  readonly package: readonly string[];
  readonly sysroot?: string;
  readonly file: ReadonlyMap<string, string>;
  readonly kernel?: string;
  readonly initrd?: string;
  readonly append: string;
  readonly memory: number;
  readonly smp: number;
  readonly jitThreshold: number;
  readonly save?: string;
  readonly compare?: string;
  readonly against?: string;
  readonly tolerance: Readonly<Record<string, number>>;
  readonly history?: string;
  readonly output: readonly string[];
  readonly flavour: Flavour;
  readonly release?: string;
  readonly mirror?: string;
  /** Absent: there is no home folder. */
  readonly cache?: string;
  readonly checkSignature: boolean;
  readonly refresh: boolean;
}

export const collect = (value: string, before: readonly string[] = []): string[] => [...before, value];

/** `FILE` or `FILE=PATH`: by path in the guest, without a slash at the start. */
function parseFile(text: string, before: ReadonlyMap<string, string> = new Map()): Map<string, string> {
  const at = text.lastIndexOf('=');
  const [host, guest] = at < 0 ? [text, text] : [text.slice(0, at), text.slice(at + 1)];
  const path = guest.replace(/^(\.?\/)+/, '');
  if (host === '' || path === '' || path.split('/').includes('..')) {
    throw new InvalidArgumentError('Give it as FILE or FILE=PATH-IN-THE-GUEST.');
  }
  return new Map([...before, [path, host]]);
}

/** `METRIC=PERCENT`, or `WORKLOAD/METRIC=PERCENT`. */
export function parseTolerance(text: string, before: Record<string, number> = {}): Record<string, number> {
  const match = /^(.+)=(\d+(?:\.\d+)?)%?$/.exec(text);
  if (match === null) throw new InvalidArgumentError('Give it as METRIC=PERCENT, such as instructions=0.5.');
  return { ...before, [match[1]]: Number(match[2]) / 100 };
}

export function addBenchOptions(command: Command): Command {
  return command
    .option('--suite <file>', 'measure the workloads of a suite instead of programs')
    .option('--shard <i/n>', 'only part I of N of the suite, for `bench merge` to put together')
    .option('-r, --runs <n>', 'timed runs that count', integerParser(1, 10_000), 10)
    .option('-w, --warmup <n>', 'timed runs before them that do not', integerParser(0, 10_000), 3)
    .addOption(
      new Option(
        '--clock <kind>',
        'only timed runs (host), or only the exact one (virtual); both if not given',
      ).choices(['host', 'virtual']),
    )
    .option('--timeout <seconds>', 'for each boot and each run', parseSeconds, 600)
    .option('--ignore-failure', 'measure programs that end with another exit status than 0', false)
    .option('-n, --name <text>', 'call the program so (repeatable, in their order)', collect, [])
    .option('-p, --package <name>', 'put a Debian package into the guest (repeatable)', collect, [])
    .option('--sysroot <folder>', 'where shared libraries of programs are, instead of in Debian')
    .option('--file <file[=path]>', 'put a file into the guest, at /PATH (repeatable)', parseFile, new Map())
    .option('-k, --kernel <file>', "kernel of the guest, instead of Debian's")
    .option('-i, --initrd <file>', 'initial ramdisk, to which the programs are added')
    .option('-a, --append <text>', "added to the kernel's command line", '')
    .addOption(
      new Option('-m, --memory <size>', 'RAM, with suffix K, M or G')
        .argParser(parseSize)
        .default(512 * 2 ** 20, '512M'),
    )
    .option('--smp <n>', 'number of CPUs', integerParser(1, maxCpus), 1)
    .option(
      '--jit-threshold <n>',
      'branches to an address before its code is translated',
      integerParser(1, maxJitThreshold),
      defaultJitThreshold,
    )
    .option('--save <file>', 'write the results there', parseOutputFile)
    .option('--compare <file>', 'compare with results saved before')
    .option('--against <what>', '`qemu`, or a commit of hyperthumb: measured in the same run, alternating')
    .option(
      '--tolerance <metric=percent>',
      'a change of this metric that counts for none (repeatable)',
      parseTolerance,
      {},
    )
    .option('--history <file>', 'add the results to a history, for `bench report`', parseOutputFile)
    .option(
      '-o, --output <format=file>',
      `write the results for another tool: ${outputFormats.join(', ')} (repeatable)`,
      collect,
      [],
    )
    .addOption(
      new Option('--flavour <name>', "Debian's kernel: with short (armmp) or long (armmp-lpae) page tables")
        .choices(flavours)
        .default('armmp-lpae'),
    )
    .option('--release <name>', "Debian's release, such as stable (default: the one in apt's configuration)")
    .option('--mirror <url>', "base URL of a Debian mirror (default: the one in apt's configuration)")
    .option('--cache <folder>', 'where images and packages are kept', parseFolder, defaultCacheFolder())
    .option('--no-check-signature', 'trust the mirror without a signature; checksums are still checked')
    .option('--refresh', "ask the mirror for the packages' current versions", false);
}
