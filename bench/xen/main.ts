#!/usr/bin/env node
/** `npm run bench:xen`: Debian's Xen with Debian's kernel as dom0, from the start to dom0's init, in hyperthumb and in qemu-system-arm. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { ExitCode, Interrupted, UserError } from '../../src/errors.js';
import { Cache, defaultCacheFolder } from '../../src/image/cache.js';
import { findOrigin } from '../../src/image/origin.js';
import { Progress } from '../../src/image/progress.js';
import { pullXen, type XenImages } from '../../src/image/xen.js';
import { onEndingSignal } from '../../src/signals.js';
import { StatusLine } from '../../src/status-line.js';
import type { ProcessCommand } from '../peers/emulator.js';
import { SessionError } from '../peers/session.js';
import { type Boot, boot } from './boot.js';
import { hyperthumbCommand, qemuCommand } from './emulators.js';
import { formatReport } from './report.js';

interface Flags {
  readonly rounds: number;
  readonly before: number;
  readonly pause: number;
  readonly json?: string;
  readonly timeout: number;
  readonly qemu: string;
  readonly hyperthumb: string;
  readonly against?: string;
  readonly hyperthumbOption?: readonly string[];
}

const ownProgram = fileURLToPath(new URL('../../../bin/hyperthumb.js', import.meta.url));

const collect = (value: string, before: readonly string[] = []): string[] => [...before, value];

function whole(text: string): number {
  if (!/^\d{1,4}$/.test(text)) throw new InvalidArgumentError('Give a whole number.');
  return Number(text);
}

function readFlags(): Flags {
  const command = new Command('bench:xen')
    .description(
      "Compares how long Xen and its dom0 take to dom0's init, in hyperthumb and in qemu-system-arm, on the same files.",
    )
    .option('--rounds <n>', 'how often each boots', whole, 7)
    .option('--before <n>', 'boots of hyperthumb that fill its translation cache, not counted', whole, 4)
    .option('--pause <seconds>', 'between two boots', whole, 2)
    .option('--json <file>', 'write every time measured there')
    .option('--timeout <seconds>', 'for each boot', whole, 300)
    .option('--qemu <file>', 'QEMU to compare with', 'qemu-system-arm')
    .option(
      '--hyperthumb <file>',
      "executable or main.js of another build than this one's; this one's unless given",
    )
    .option('--against <file>', "another build, in QEMU's place")
    .option('--hyperthumb-option <text>', "option for 'hyperthumb run' (repeatable)", collect)
    .addHelpText(
      'after',
      `
Times are the host's, from the start of the process. Ratios are hyperthumb's time divided by the other's: below 1 it is faster.`,
    )
    .allowExcessArguments(false)
    .exitOverride();
  command.parse();
  return { hyperthumb: ownProgram, ...command.opts<Omit<Flags, 'hyperthumb'>>() };
}

async function findImages(cache: Cache, progress: Progress): Promise<XenImages> {
  const flavour = 'armmp-lpae';
  const dom0 = cache.debianImages().find((image) => image.flavour === flavour);
  const xen = dom0 && cache.findXen(dom0.suite);
  if (dom0 !== undefined && xen !== undefined) return { xen, dom0 };
  findOrigin({});
  return pullXen({ flavour, cache, checkSignature: true }, progress);
}

interface Entry {
  readonly name: string;
  readonly command: ProcessCommand;
  /** Boots before those that count. */
  readonly before: number;
  readonly boots: Boot[];
}

/** hyperthumb, then what it is compared with. @param folder for translation caches and QEMU's device tree */
function contestants(flags: Flags, images: XenImages, folder: string): Entry[] {
  const build = (name: string, program: string): Entry => ({
    name,
    command: hyperthumbCommand(program, images, join(folder, name), flags.hyperthumbOption ?? []),
    before: flags.before,
    boots: [],
  });
  const ours = build('hyperthumb', flags.hyperthumb);
  if (flags.against !== undefined) return [ours, build('other', flags.against)];
  if (spawnSync(flags.qemu, ['--version']).error !== undefined) {
    process.stderr.write(`QEMU is not compared with: no '${flags.qemu}' (Debian: qemu-system-arm)\n`);
    return [ours];
  }
  return [ours, { name: 'QEMU', command: qemuCommand(flags.qemu, images, folder), before: 0, boots: [] }];
}

async function main(): Promise<number> {
  const flags = readFlags();
  const images = await findImages(new Cache(defaultCacheFolder()), new Progress());
  const say = (text: string) => process.stdout.write(`${text}\n`);
  say(`Xen ${images.xen.version}, Linux ${images.dom0.release}; load of the host ${loadavg()[0].toFixed(1)}`);

  const abort = new AbortController();
  onEndingSignal((signal) => abort.abort(new Interrupted(signal)));
  const folder = mkdtempSync(join(tmpdir(), 'hyperthumb-xen-'));
  const status = new StatusLine();
  let entries: Entry[] = [];
  try {
    entries = contestants(flags, images, folder);
    const run = async ({ name, command }: Entry, which: string): Promise<Boot> => {
      status.show(`${which}: ${name}`);
      await setTimeout(flags.pause * 1000, undefined, { signal: abort.signal });
      const result = await boot(command, flags.timeout, abort.signal);
      status.clear();
      const cpu = result.cpuSeconds === undefined ? '' : ` (CPU ${result.cpuSeconds.toFixed(1)} s)`;
      process.stderr.write(
        `${which.padEnd(12)}${name.padEnd(12)}${result.seconds.at(-1)?.toFixed(1)} s${cpu}\n`,
      );
      return result;
    };
    for (const entry of entries) for (let i = 0; i < entry.before; i++) await run(entry, `before ${i + 1}`);
    for (let round = 0; round < flags.rounds; round++) {
      // Who is first changes from round to round.
      const turns = round % 2 === 1 ? [...entries].reverse() : entries;
      for (const entry of turns) entry.boots.push(await run(entry, `round ${round + 1}`));
    }
    return ExitCode.ok;
  } finally {
    status.clear();
    rmSync(folder, { recursive: true, force: true });
    if (entries.some(({ boots }) => boots.length > 0)) for (const line of formatReport(entries)) say(line);
    if (flags.json !== undefined) {
      const results = entries.map(({ name, boots }) => ({ name, boots }));
      writeFileSync(flags.json, `${JSON.stringify({ unit: 's', results }, undefined, 2)}\n`);
    }
  }
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? ExitCode.ok : ExitCode.usage);
    const known = error instanceof UserError || error instanceof Interrupted;
    if (!known && !(error instanceof SessionError)) throw error;
    process.stderr.write(`bench:xen: ${error.message}\n`);
    process.exit(known ? error.exitCode : ExitCode.software);
  },
);
