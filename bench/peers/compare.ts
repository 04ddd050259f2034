import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { banner } from '../../src/image/initramfs.js';
import type { StatusLine } from '../../src/status-line.js';
import type { Emulator, GuestMachine } from './emulator.js';
import type { Program } from './programs/program.js';
import type { Comparison, Round, Run } from './report.js';
import { type ProgramResult, Session, SessionError } from './session.js';

export interface CompareOptions {
  readonly hyperthumb: Emulator;
  /** Absent when QEMU is not installed: then hyperthumb runs alone. */
  readonly qemu?: Emulator;
  /** With the initramfs of the programs. */
  readonly machine: GuestMachine;
  /** As `hyperthumb boot debian` has it, for the boots; absent when those are not asked for. */
  readonly bootMachine?: Omit<GuestMachine, 'translationCache'>;
  readonly programs: readonly Program[];
  readonly rounds: number;
  /** Seconds that a program, or a boot, may take. */
  readonly timeout: number;
  /** Folder for serial logs and the emulators' standard error. */
  readonly logs?: string;
  readonly signal: AbortSignal;
  readonly status: StatusLine;
  /** Called with each finished run. */
  readonly onRun?: (emulator: Emulator, name: string, run: Run) => void;
  /** Called with each thing that goes wrong. */
  readonly onProblem?: (name: string, problem: string) => void;
}

type Name = Emulator['name'];

/** Names of the boots among the programs: with an empty translation cache, and with what the boot before put there. */
export const bootNames = { cold: 'boot-cold', warm: 'boot-warm' } as const;

/**
 * Runs every program in both emulators, round after round. Both stand booted and idle side by side, and take each program in
 * turn, so that what disturbs the host disturbs both; who is first changes from round to round.
 * @param comparisons filled in as results come: what is there at an interruption is complete
 */
export async function compare(options: CompareOptions, comparisons: Comparison[]): Promise<void> {
  for (let round = 0; round < options.rounds; round++) {
    const emulators = [options.hyperthumb, ...(options.qemu ? [options.qemu] : [])];
    if (round % 2 === 1) emulators.reverse();
    const text = `round ${round + 1} of ${options.rounds}`;
    if (options.bootMachine !== undefined)
      await bootRound(options, options.bootMachine, emulators, comparisons, text);
    if (options.programs.length > 0) await programRound(options, emulators, comparisons, text);
  }
}

function entry(comparisons: Comparison[], name: string, group: Comparison['group']): Comparison {
  const found = comparisons.find((item) => item.name === name);
  if (found !== undefined) return found;
  const made: Comparison = { name, group, rounds: [], problems: [] };
  comparisons.push(made);
  return made;
}

/** Boots from the start of the process to the banner. QEMU has no cache: its one boot stands beside both of hyperthumb's. */
async function bootRound(
  options: CompareOptions,
  machine: Omit<GuestMachine, 'translationCache'>,
  emulators: readonly Emulator[],
  comparisons: Comparison[],
  text: string,
): Promise<void> {
  const cold = entry(comparisons, bootNames.cold, 'boot');
  const warm = entry(comparisons, bootNames.warm, 'boot');
  const translationCache = mkdtempSync(join(tmpdir(), 'hyperthumb-translations-'));
  const boot = (emulator: Emulator, comparison: Comparison) =>
    timeBoot(options, emulator, { ...machine, translationCache }, comparison, text);
  try {
    let qemu: Run | undefined;
    let first: Run | undefined;
    let second: Run | undefined;
    for (const emulator of emulators) {
      if (emulator.name === 'qemu') {
        qemu = await boot(emulator, cold);
      } else {
        first = await boot(emulator, cold);
        second = await boot(emulator, warm);
      }
    }
    cold.rounds.push({ ...(first && { hyperthumb: first }), ...(qemu && { qemu }) });
    warm.rounds.push({ ...(second && { hyperthumb: second }), ...(qemu && { qemu }) });
  } finally {
    rmSync(translationCache, { recursive: true, force: true });
  }
}

/** @returns undefined when it failed: the comparison says why */
async function timeBoot(
  options: CompareOptions,
  emulator: Emulator,
  machine: GuestMachine,
  comparison: Comparison,
  text: string,
): Promise<Run | undefined> {
  const { status, signal, timeout, onRun } = options;
  status.show(`${text}: ${comparison.name} in ${emulator.name}`);
  const session = new Session(emulator.command(machine), logFile(options, emulator));
  try {
    const { at } = await session.expect(new RegExp(banner), timeout, signal);
    const run = runOf((at - session.started) / 1000, session.cpuSeconds());
    onRun?.(emulator, comparison.name, run);
    // Switched off in order, so that it completes its cache.
    await session.expect(/\w # /, timeout, signal);
    await session.close('poweroff -f');
    return run;
  } catch (error) {
    report(options, comparison, problem(emulator, error));
    return undefined;
  } finally {
    session.kill();
  }
}

async function programRound(
  options: CompareOptions,
  emulators: readonly Emulator[],
  comparisons: Comparison[],
  text: string,
): Promise<void> {
  const { status, signal, timeout, programs } = options;
  const sessions = new Map<Name, Session>();
  try {
    for (const [index, program] of programs.entries()) {
      const comparison = entry(comparisons, program.name, program.group);
      const results = new Map<Name, ProgramResult>();
      for (const emulator of emulators) {
        try {
          let session = sessions.get(emulator.name);
          if (session === undefined) {
            status.show(`${text}: ${emulator.name} boots`);
            session = new Session(emulator.command(options.machine), logFile(options, emulator));
            sessions.set(emulator.name, session);
            await session.ready(timeout, signal);
          }
          status.show(`${text}, ${index + 1} of ${programs.length}: ${program.name} in ${emulator.name}`);
          const result = await session.run(program.name, timeout, signal);
          if (result.status === 0) {
            results.set(emulator.name, result);
            options.onRun?.(emulator, program.name, runOf(result.seconds, result.cpuSeconds));
          } else {
            const last = result.output.split('\n').at(-1);
            report(options, comparison, `${emulator.name}: exit status ${result.status}: ${last}`);
          }
        } catch (error) {
          report(options, comparison, problem(emulator, error));
          // A guest in an unknown state is worth nothing: the next program gets a new one.
          sessions.get(emulator.name)?.kill();
          sessions.delete(emulator.name);
        }
      }
      const [ours, theirs] = [results.get('hyperthumb'), results.get('qemu')];
      if (ours && theirs && !program.outputVaries && ours.output !== theirs.output) {
        report(
          options,
          comparison,
          `different output: '${ours.output}' in hyperthumb, '${theirs.output}' in qemu`,
        );
      }
      comparison.rounds.push({
        ...(ours && { hyperthumb: runOf(ours.seconds, ours.cpuSeconds) }),
        ...(theirs && { qemu: runOf(theirs.seconds, theirs.cpuSeconds) }),
      } satisfies Round);
    }
  } finally {
    for (const [name, session] of sessions) {
      if (signal.aborted) session.kill();
      else await session.close();
      if (options.logs !== undefined) appendFileSync(join(options.logs, `${name}.errors`), session.errors);
    }
  }
}

function report({ onProblem }: CompareOptions, { name, problems }: Comparison, text: string): void {
  problems.push(text);
  onProblem?.(name, text);
}

const runOf = (seconds: number, cpuSeconds: number | undefined): Run => ({
  seconds,
  ...(cpuSeconds !== undefined && { cpuSeconds }),
});

function logFile({ logs }: CompareOptions, { name }: Emulator): string | undefined {
  return logs === undefined ? undefined : join(logs, `${name}.serial`);
}

/** @throws `error` unless it is a failure of an emulator */
function problem(emulator: Emulator, error: unknown): string {
  if (error instanceof SessionError) return `${emulator.name}: ${error.message}`;
  throw error;
}
