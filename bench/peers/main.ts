#!/usr/bin/env node
/** `npm run bench:peers`: the same kernel, initramfs and programs in hyperthumb and in qemu-system-arm, side by side. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { parseSize } from '../../src/cli/parse.js';
import { ExitCode, Interrupted, UserError } from '../../src/errors.js';
import { checkOutput } from '../../src/files.js';
import { Cache, type CachedImage, defaultCacheFolder } from '../../src/image/cache.js';
import { findOrigin } from '../../src/image/origin.js';
import { Progress } from '../../src/image/progress.js';
import { pullDebian } from '../../src/image/pull.js';
import { onEndingSignal } from '../../src/signals.js';
import { StatusLine } from '../../src/status-line.js';
import { bootNames, compare } from './compare.js';
import { hyperthumbEmulator, qemuEmulator } from './emulator.js';
import { benchInitramfs } from './initramfs.js';
import { programs as allPrograms } from './programs/all.js';
import { type Group, groups, type Program } from './programs/program.js';
import { type Comparison, cpuRatios, formatReport, speedRatios } from './report.js';

interface Flags {
  readonly rounds: number;
  readonly program?: readonly string[];
  readonly group?: readonly Group[];
  readonly json?: string;
  readonly list?: boolean;
  readonly keep?: boolean;
  readonly refresh?: boolean;
  readonly memory: number;
  readonly timeout: number;
  readonly qemu: string;
  readonly hyperthumb: string;
  readonly hyperthumbOption?: readonly string[];
}

const ownProgram = fileURLToPath(new URL('../../../bin/hyperthumb.js', import.meta.url));

const collect = (value: string, before: readonly string[] = []): string[] => [...before, value];

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('Give a number above 0.');
  return value;
}

function wholePositive(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('Give a whole number above 0.');
  return Number(text);
}

function readFlags(): Flags {
  const command = new Command('bench:peers')
    .description('Compares hyperthumb with qemu-system-arm on the same kernel, initramfs and programs.')
    .option('--rounds <n>', 'how often everything is run', wholePositive, 3)
    .option(
      '--program <name>',
      'only this program; both instruction sets without -a32 or -t32 (repeatable)',
      collect,
    )
    .addOption(
      new Option('--group <name>', `only this group: ${groups.join(', ')} (repeatable)`).argParser(
        (value: string, before: readonly Group[] = []) => {
          if (!groups.includes(value as Group))
            throw new InvalidArgumentError(`Give one of ${groups.join(', ')}.`);
          return [...before, value as Group];
        },
      ),
    )
    .option('--json <file>', 'write every time measured there')
    .option('--list', 'list the programs and stop')
    .option('--keep', "keep the serial logs and the emulators' standard error, and say where")
    .option('--refresh', "ask the mirror for the packages' current versions")
    .addOption(
      new Option('-m, --memory <size>', 'RAM of the guests, with suffix K, M or G')
        .argParser(parseSize)
        .default(512 * 2 ** 20, '512M'),
    )
    .option('--timeout <seconds>', 'for each run and each boot', positive, 300)
    .option('--qemu <file>', 'QEMU to compare with', 'qemu-system-arm')
    .addOption(
      new Option('--hyperthumb <file>', "executable or main.js of another build than this one's").default(
        ownProgram,
        'this build',
      ),
    )
    .option(
      '--hyperthumb-option <text>',
      "option for 'hyperthumb run', such as --stats (repeatable)",
      collect,
    )
    .addHelpText(
      'after',
      `
Examples:
  npm run bench:peers
  npm run bench:peers -- --rounds 5 --group cpu --json result.json
  npm run bench:peers -- --rounds 1 --program fib --keep --hyperthumb-option=--stats

Ratios are QEMU's time divided by hyperthumb's: above 1 hyperthumb is faster. Times are the host's, from mark to mark on
the serial port.`,
    )
    .allowExcessArguments(false)
    .exitOverride();
  command.parse();
  return command.opts<Flags>();
}

/** The programs asked for. @throws UserError 64 for a name that there is not */
function choose({ program: names, group }: Flags): { programs: Program[]; boot: boolean } {
  const boots = Object.values(bootNames);
  const known = [...allPrograms.map((item) => item.name), ...boots];
  const matches = (name: string, wanted: string) =>
    name === wanted || name.replace(/-[at]32$/, '') === wanted;
  for (const name of names ?? []) {
    if (!known.some((item) => matches(item, name))) {
      throw new UserError(ExitCode.usage, `there is no program ${name}: --list names them all`);
    }
  }
  const chosen = (name: string, itsGroup: Group) =>
    (names === undefined || names.some((wanted) => matches(name, wanted))) &&
    (group === undefined || group.includes(itsGroup));
  return {
    programs: allPrograms.filter((item) => chosen(item.name, item.group)),
    boot: boots.some((name) => chosen(name, 'boot')),
  };
}

/** Debian's kernel with long page tables, and its initramfs. */
async function findImage(cache: Cache, progress: Progress): Promise<CachedImage> {
  const flavour = 'armmp-lpae';
  const cached = cache.debianImages().find((image) => image.flavour === flavour);
  if (cached !== undefined) return cached;
  findOrigin({});
  return pullDebian({ flavour, cache, checkSignature: true }, progress);
}

async function main(): Promise<number> {
  const flags = readFlags();
  const { programs, boot } = choose(flags);
  if (flags.list) {
    for (const { name, group, packages } of programs) {
      process.stdout.write(`${name.padEnd(22)}${group.padEnd(8)}${packages?.join(', ') ?? ''}`.trimEnd());
      process.stdout.write('\n');
    }
    if (boot) for (const name of Object.values(bootNames)) process.stdout.write(`${name.padEnd(22)}boot\n`);
    return ExitCode.ok;
  }
  if (flags.json !== undefined) checkOutput(flags.json, 'results');

  const hyperthumb = hyperthumbEmulator(flags.hyperthumb, flags.hyperthumbOption ?? []);
  const qemu = qemuEmulator(flags.qemu);
  const cache = new Cache(defaultCacheFolder());
  const progress = new Progress();
  const image = await findImage(cache, progress);
  const initrd = await benchInitramfs(programs, cache, progress, flags.refresh ?? false);
  const logs = flags.keep ? mkdtempSync(join(tmpdir(), 'hyperthumb-peers-')) : undefined;

  const say = (text: string) => process.stdout.write(`${text}\n`);
  say(`${hyperthumb.title}${flags.hyperthumbOption ? ` with ${flags.hyperthumbOption.join(' ')}` : ''}`);
  say(qemu?.title ?? `QEMU is not compared with: '${flags.qemu}' is not installed (Debian: qemu-system-arm)`);
  say(
    `Linux ${image.release}, ${flags.memory / 2 ** 20} MiB, 1 CPU; load of the host ${loadavg()[0].toFixed(1)}`,
  );
  if (logs !== undefined) say(`initramfs ${initrd}, logs in ${logs}`);

  const abort = new AbortController();
  let signalled: Interrupted | undefined;
  onEndingSignal((signal) => {
    signalled = new Interrupted(signal);
    abort.abort(signalled);
  });
  const status = new StatusLine();
  const comparisons: Comparison[] = [];
  const kernel = join(image.folder, image.kernel);
  // Empty at first, whatever the user's own has: the first round finds nothing, later ones do.
  const translationCache = mkdtempSync(join(tmpdir(), 'hyperthumb-translations-'));
  const common = { kernel, memory: flags.memory };
  try {
    await compare(
      {
        hyperthumb,
        ...(qemu && { qemu }),
        machine: { ...common, initrd, translationCache, append: `${image.commandLine} quiet` },
        ...(boot && {
          bootMachine: { ...common, initrd: join(image.folder, image.initrd), append: image.commandLine },
        }),
        programs,
        rounds: flags.rounds,
        timeout: flags.timeout,
        ...(logs !== undefined && { logs }),
        signal: abort.signal,
        status,
        onProblem: (name, text) => {
          status.clear();
          process.stderr.write(`${name}: ${text}\n`);
        },
        onRun: (emulator, name, run) => {
          status.clear();
          const cpu = run.cpuSeconds === undefined ? '' : ` (CPU ${run.cpuSeconds.toFixed(2)} s)`;
          process.stderr.write(`${name.padEnd(22)}${emulator.name.padEnd(12)}${run.seconds.toFixed(2)} s${cpu}
`);
        },
      },
      comparisons,
    );
  } catch (error) {
    if (signalled === undefined) throw error;
  } finally {
    status.clear();
    rmSync(translationCache, { recursive: true, force: true });
    for (const line of formatReport(comparisons)) say(line);
    if (flags.json !== undefined)
      writeFileSync(flags.json, toJson(flags, hyperthumb.title, qemu?.title, comparisons));
  }
  if (signalled !== undefined) return signalled.exitCode;
  return comparisons.some((item) => item.problems.length > 0) ? ExitCode.software : ExitCode.ok;
}

function toJson(
  flags: Flags,
  hyperthumb: string,
  qemu: string | undefined,
  comparisons: Comparison[],
): string {
  const results = comparisons.map((item) => ({
    ...item,
    ratios: speedRatios(item),
    cpuRatios: cpuRatios(item),
  }));
  const { memory, rounds } = flags;
  const load = loadavg()[0];
  return `${JSON.stringify({ hyperthumb, qemu, memory, rounds, load, date: new Date().toISOString(), results }, undefined, 2)}\n`;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? ExitCode.ok : ExitCode.usage);
    if (!(error instanceof UserError) && !(error instanceof Interrupted)) throw error;
    process.stderr.write(`bench:peers: ${error.message}\n`);
    process.exit(error.exitCode);
  },
);
