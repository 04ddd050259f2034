#!/usr/bin/env node
/** `npm run bench:hypervisor`: what a hypervisor's guest causes, in hyperthumb and in qemu-system-arm. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError } from 'commander';
import { StatusLine } from '../../src/status-line.js';
import { benchmarks, nanoseconds, type Report, TICK_NS } from './benchmarks.js';
import { benchmarkImage } from './image.js';
import { cpuRatios, formatReport, type Rounds, ratios, stage2Costs } from './report.js';
import { hyperthumbCommand, qemuCommand, runBenchmarks } from './run.js';

interface Flags {
  readonly rounds: number;
  readonly program?: readonly string[];
  readonly milliseconds: number;
  readonly json?: string;
  readonly list?: boolean;
  readonly timeout: number;
  readonly qemu: string;
  readonly hyperthumb: string;
  readonly hyperthumbOption?: readonly string[];
}

const ownMain = fileURLToPath(new URL('../../src/main.js', import.meta.url));
/** Instructions of a measurement that counts them. */
const COUNTED_INSTRUCTIONS = 2_000_000;

const collect = (value: string, before: readonly string[] = []): string[] => [...before, value];

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 100_000)) throw new InvalidArgumentError('Give a number above 0.');
  return value;
}

function program(name: string, before: readonly string[] = []): string[] {
  if (!benchmarks.some((item) => item.name === name))
    throw new InvalidArgumentError('There is no such benchmark: --list names them.');
  return [...before, name];
}

function readFlags(): Flags {
  return new Command('bench:hypervisor')
    .description('Compares what exits to a hypervisor cost in hyperthumb and in qemu-system-arm.')
    .option('--rounds <n>', 'how often everything is run', positive, 3)
    .option('--program <name>', 'only this benchmark (repeatable)', program)
    .option('--milliseconds <n>', 'that each measurement takes at least', positive, 100)
    .option('--json <file>', 'write every time measured there')
    .option('--list', 'list the benchmarks and stop')
    .option('--timeout <seconds>', 'for each run', positive, 300)
    .option('--qemu <file>', 'QEMU to compare with', 'qemu-system-arm')
    .option('--hyperthumb <file>', "main.js of another build than this one's", ownMain)
    .option(
      '--hyperthumb-option <text>',
      "option for 'hyperthumb run', such as --stats (repeatable)",
      collect,
    )
    .addHelpText(
      'after',
      `
Times are those of the guest's virtual counter, which follows the host's clock in both. Ratios are QEMU's time divided by
hyperthumb's: above 1 hyperthumb is faster. CPU ratios are of processor time: of the emulator's threads, from report to report.`,
    )
    .allowExcessArguments(false)
    .parse()
    .opts<Flags>();
}

async function main(): Promise<number> {
  const flags = readFlags();
  const say = (text: string) => process.stdout.write(`${text}\n`);
  if (flags.list) {
    for (const { name, what } of benchmarks) say(`${name.padEnd(18)}${what}`);
    return 0;
  }
  const { stdout: version, error } = spawnSync(flags.qemu, ['--version'], { encoding: 'utf8' });
  say(error === undefined ? version.split('\n', 1)[0]! : `QEMU is not compared with: no '${flags.qemu}'`);
  say(`Node ${process.versions.node}, 1 CPU; load of the host ${loadavg()[0]!.toFixed(1)}`);

  const folder = mkdtempSync(join(tmpdir(), 'hyperthumb-bench-'));
  const status = new StatusLine();
  try {
    const image = join(folder, 'image');
    const extra = flags.hyperthumbOption ?? [];
    writeFileSync(image, benchmarkImage(Math.ceil(COUNTED_INSTRUCTIONS / TICK_NS), flags.program));
    status.show('counting instructions');
    const counted = await runBenchmarks(
      hyperthumbCommand(flags.hyperthumb, image, [...extra, '--clock', 'virtual']),
      flags.timeout,
    );
    // An instruction is a nanosecond of that clock.
    const instructions = new Map(counted.map((report) => [report.name as string, nanoseconds(report)]));

    writeFileSync(image, benchmarkImage(Math.ceil((flags.milliseconds * 1e6) / TICK_NS), flags.program));
    const ours = hyperthumbCommand(flags.hyperthumb, image, extra);
    const theirs = error === undefined ? qemuCommand(flags.qemu, image) : undefined;
    const rounds: Rounds & { hyperthumb: Report[][]; qemu: Report[][] } = {
      hyperthumb: [],
      qemu: [],
      instructions,
    };
    for (let round = 0; round < flags.rounds; round++) {
      const turns = [
        async () => rounds.hyperthumb.push([...(await runBenchmarks(ours, flags.timeout))]),
        async () => theirs && rounds.qemu.push([...(await runBenchmarks(theirs, flags.timeout))]),
      ];
      // Who is first changes from round to round.
      if (round % 2 === 1) turns.reverse();
      for (const turn of turns) {
        status.show(`round ${round + 1} of ${flags.rounds}`);
        await turn();
      }
    }
    status.clear();
    for (const line of formatReport(rounds)) say(line);
    if (flags.json !== undefined) writeFileSync(flags.json, toJson(rounds));
    return 0;
  } finally {
    status.clear();
    rmSync(folder, { recursive: true, force: true });
  }
}

function toJson(rounds: Rounds): string {
  const results = benchmarks.map(({ name }) => {
    const times = (of: Rounds['qemu']) =>
      of.map((round) => round.filter((report) => report.name === name).map(nanoseconds));
    return {
      name,
      instructions: rounds.instructions.get(name),
      hyperthumb: times(rounds.hyperthumb),
      qemu: times(rounds.qemu),
      ratios: ratios(rounds, name),
      cpuRatios: cpuRatios(rounds, name),
    };
  });
  const stage2 = { hyperthumb: stage2Costs(rounds.hyperthumb), qemu: stage2Costs(rounds.qemu) };
  return `${JSON.stringify({ unit: 'ns', date: new Date().toISOString(), results, stage2 }, undefined, 2)}\n`;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`bench:hypervisor: ${error instanceof Error ? error.message : error}\n`);
    process.exit(70);
  },
);
