import { describe } from '../jit/isa/disassembler.js';
import type { VirtBoard } from '../runtime/board/virt.js';
import type { StopReason } from '../runtime/machine.js';
import { LockstepError } from '../runtime/translation/check.js';
import { ExitStatistics } from '../runtime/translation/exit-statistics.js';
import { Console } from './console.js';
import type { Deadline } from './deadline.js';
import { ExitCode, type Interrupted, UserError } from './errors.js';
import { writeOutput } from './files.js';
import { printLockstepError } from './lockstep-report.js';
import { type BuiltMachine, buildMachine, deviceTree, startBoard } from './machine-builder.js';
import type { MachineOptions } from './machine-options.js';
import { SerialFile } from './serial-file.js';
import { SerialInput } from './serial-input.js';
import { printStatistics } from './statistics.js';

/** What a run needs of its options: not the files, which are in the machine's memory. */
type RunSettings = Pick<MachineOptions, 'clock' | 'stats' | 'reboot' | 'maxInstructions'> & {
  readonly deadline: Deadline;
};

/** Where the serial ports go. */
interface SerialPorts {
  readonly terminal: Console;
  readonly secureSerial?: SerialFile;
}

/**
 * Builds the machine and runs it to its end. Not asynchronous itself, so that nothing keeps the contents of files in memory.
 * @param read reads everything again: the machine was reset
 * @param deadline when the run ends with code 75
 * @returns the exit code: 0 after a power-off, 75 at a limit
 * @throws UserError when something given does not fit the machine; Interrupted after a signal
 */
export function runMachine(
  options: MachineOptions,
  read: () => Promise<MachineOptions>,
  deadline: Deadline,
): Promise<number> {
  if (options.dumpDtb !== undefined) {
    writeOutput(options.dumpDtb, deviceTree(options));
    return Promise.resolve(ExitCode.ok);
  }
  const terminal = new Console();
  const secureSerial = options.secureSerial === undefined ? undefined : new SerialFile(options.secureSerial);
  const built = buildMachine(
    options,
    (byte) => terminal.writeByte(byte),
    secureSerial && ((byte) => secureSerial.writeByte(byte)),
  );
  installTraces(options, built.board);
  try {
    startBoard(built.board, options);
  } catch (error) {
    void built.board.translations?.close();
    throw error;
  }
  const { clock, stats, reboot, maxInstructions } = options;
  const settings: RunSettings = {
    clock,
    stats,
    reboot,
    deadline,
    ...(maxInstructions !== undefined && { maxInstructions }),
  };
  return runStarted(built, settings, { terminal, ...(secureSerial && { secureSerial }) }, read);
}

async function runStarted(
  { machine, board }: BuiltMachine,
  settings: RunSettings,
  { terminal, secureSerial }: SerialPorts,
  read: () => Promise<MachineOptions>,
): Promise<number> {
  let interrupted: Interrupted | undefined;
  const input = new SerialInput(machine, terminal);
  terminal.open({
    onInput: (bytes) => input.push(bytes),
    onQuit: () => machine.stop(),
    onSignal: (signal) => {
      interrupted = signal;
      machine.stop();
    },
  });
  machine.onBurst = () => {
    input.afterBurst();
    terminal.flush();
    secureSerial?.flush();
  };

  if (settings.stats) for (const { interpreter } of board.vcpus) interpreter.exits = new ExitStatistics();
  const began = performance.now();
  try {
    // What was piped in before the start is there from the first instruction, or runs would differ.
    if (settings.clock === 'virtual') await terminal.settled();
    for (;;) {
      const reason = await machine.run(limits(settings));
      if (interrupted !== undefined) throw interrupted;
      if (reason === 'reset' && settings.reboot) {
        startBoard(board, await read());
        continue;
      }
      return exitCode(reason, settings);
    }
  } catch (error) {
    if (error instanceof LockstepError) await printLockstepError(error);
    throw error;
  } finally {
    terminal.close();
    await board.translations?.close();
    if (settings.stats) printStatistics(machine, (performance.now() - began) / 1000);
    secureSerial?.close();
  }
}

function limits({ deadline, maxInstructions }: RunSettings) {
  const { remaining } = deadline;
  return {
    ...(remaining !== undefined && { timeoutSeconds: remaining }),
    ...(maxInstructions !== undefined && { maxInstructions }),
  };
}

function exitCode(reason: StopReason, options: RunSettings): number {
  switch (reason) {
    case 'timeout':
      throw options.deadline.error;
    case 'max-instructions':
      throw new UserError(
        ExitCode.temporary,
        `stopped after ${options.maxInstructions} instructions (--max-instructions)`,
      );
    default:
      return ExitCode.ok;
  }
}

function installTraces(options: MachineOptions, board: VirtBoard): void {
  const line = (text: string) => process.stderr.write(`${text}\n`);
  const hex = (value: number, digits = 8) => (value >>> 0).toString(16).padStart(digits, '0');
  for (const { index, interpreter, exceptions, tlb } of board.vcpus) {
    if (options.trace.has('asm')) {
      interpreter.trace = (address, instruction) =>
        line(`cpu${index} ${hex(address)}: ${describe(instruction)}`);
    }
    if (options.trace.has('int')) exceptions.trace = (text) => line(`cpu${index} int: ${text}`);
    if (options.trace.has('mmu')) tlb.trace = (text) => line(`cpu${index} mmu: ${text}`);
  }
  if (options.trace.has('dev')) {
    board.bus.trace = (device, offset, width, value, write) =>
      line(
        `dev: ${device.name}+0x${hex(offset, 3)} ${write ? 'write' : 'read'}${8 * width} ${hex(value, 2 * width)}`,
      );
  }
}
