import { CPU } from '../jit/abi/cpu-state.js';
import { describe } from '../jit/isa/disassembler.js';
import { makeDeviceTree, patchDeviceTree } from '../runtime/board/devicetree.js';
import { VirtBoard } from '../runtime/board/virt.js';
import { Machine, type StopReason } from '../runtime/machine.js';
import { LockstepError } from '../runtime/translation/check.js';
import { ExitStatistics } from '../runtime/translation/exit-statistics.js';
import { Console } from './console.js';
import { ExitCode, type Interrupted, UserError } from './errors.js';
import { writeOutput } from './files.js';
import { printLockstepError } from './lockstep-report.js';
import type { MachineOptions } from './machine-options.js';
import { SerialInput } from './serial-input.js';
import { printStatistics } from './statistics.js';

/** R1 at the entry of a kernel: the machine type when there is a device tree. */
const NO_MACHINE_TYPE = -1;

/**
 * Builds the machine and runs it to its end.
 * @returns the exit code: 0 after a power-off, 75 at a limit
 * @throws UserError when something given does not fit the machine; Interrupted after a signal
 */
export async function runMachine(options: MachineOptions): Promise<number> {
  const dtb = deviceTree(options);
  if (options.dumpDtb !== undefined) {
    writeOutput(options.dumpDtb, dtb);
    return ExitCode.ok;
  }
  const terminal = new Console();
  const board = makeBoard(options, (byte) => terminal.writeByte(byte));
  const machine = new Machine(board);
  installTraces(options, board);
  const start = () => {
    for (const { address, bytes } of options.loads) load(board, address, bytes);
    for (const { address, bytes } of options.boot?.segments ?? []) load(board, address, bytes);
    board.reset(options.entry, options.thumb);
    enterKernel(options, board, dtb);
    // Without PSCI nobody could start the others: a program for Secure state tells the CPUs apart by MPIDR.
    if (options.secure && options.boot === undefined) for (const vcpu of board.vcpus) vcpu.poweredOff = false;
  };

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
  };

  if (options.stats) for (const { interpreter } of board.vcpus) interpreter.exits = new ExitStatistics();
  const began = performance.now();
  try {
    start();
    // What was piped in before the start is there from the first instruction, or runs would differ.
    if (options.clock === 'virtual') await terminal.settled();
    for (;;) {
      const reason = await machine.run(remaining(options, began));
      if (interrupted !== undefined) throw interrupted;
      if (reason === 'reset' && options.reboot) {
        start();
        continue;
      }
      return exitCode(reason, options);
    }
  } catch (error) {
    if (error instanceof LockstepError) await printLockstepError(error);
    throw error;
  } finally {
    terminal.close();
    await board.translations?.close();
    if (options.stats) printStatistics(machine, (performance.now() - began) / 1000);
  }
}

function remaining(options: MachineOptions, began: number) {
  const { timeoutSeconds, maxInstructions } = options;
  return {
    ...(timeoutSeconds !== undefined && {
      timeoutSeconds: timeoutSeconds - (performance.now() - began) / 1000,
    }),
    ...(maxInstructions !== undefined && { maxInstructions }),
  };
}

function exitCode(reason: StopReason, options: MachineOptions): number {
  switch (reason) {
    case 'timeout':
      throw new UserError(ExitCode.temporary, `stopped after ${options.timeoutSeconds} seconds (--timeout)`);
    case 'max-instructions':
      throw new UserError(
        ExitCode.temporary,
        `stopped after ${options.maxInstructions} instructions (--max-instructions)`,
      );
    default:
      return ExitCode.ok;
  }
}

function deviceTree(options: MachineOptions): Uint8Array {
  const chosen = chosenNode(options);
  if (options.dtb !== undefined) return patchDeviceTree(options.dtb, chosen);
  return makeDeviceTree({
    cpus: options.smp,
    memoryBytes: options.memory,
    ...chosen,
    virtualization: options.virtualization,
    psciMethod: options.secure ? 'none' : options.virtualization ? 'smc' : 'hvc',
  });
}

/** What `/chosen` says of the files in memory and of command lines. */
function chosenNode({ boot, commandLine, xenCommandLine }: MachineOptions) {
  const modules = (boot?.modules ?? []).map(({ bytes, ...module }) => ({ ...module, size: bytes.length }));
  const forXen = xenCommandLine !== undefined;
  const given = commandLine !== '';
  return {
    ...(given && !forXen && { bootargs: commandLine }),
    ...(boot?.initrd && { initrd: boot.initrd }),
    ...((modules.length > 0 || forXen) && {
      multiboot: {
        modules,
        ...(forXen && { xenBootargs: xenCommandLine }),
        ...(given && forXen && { dom0Bootargs: commandLine }),
      },
    }),
  };
}

function makeBoard(options: MachineOptions, transmit: (byte: number) => void): VirtBoard {
  const files = options.firmwareFiles;
  return new VirtBoard({
    memoryBytes: options.memory,
    features: { security: options.secure, virtualization: options.virtualization, cpus: options.smp },
    clock: options.clock,
    ...(options.jitThreshold !== undefined && { translationThreshold: options.jitThreshold }),
    check: options.check,
    ...(options.translationCache !== undefined && { translationCache: options.translationCache }),
    ...(options.bios && { firmware: options.bios }),
    ...(files && { kernel: { bytes: files.kernel } }),
    ...(files?.initrd && { initrd: { bytes: files.initrd } }),
    commandLine: options.commandLine,
    transmit,
  });
}

function load(board: VirtBoard, address: number, bytes: Uint8Array): void {
  if (bytes.length === 0 || board.load(address, bytes)) return;
  throw new UserError(
    ExitCode.data,
    `${bytes.length} bytes at 0x${address.toString(16)} do not fit the machine's memory: give more with --memory`,
  );
}

/** What a kernel finds in its registers (Linux Documentation/arch/arm/booting.rst); firmware finds the device tree at the start of RAM. */
function enterKernel(options: MachineOptions, board: VirtBoard, dtb: Uint8Array): void {
  const { boot } = options;
  const { state } = board.vcpus[0];
  const address = boot?.dtbAddress ?? 0x4000_0000;
  if (boot !== undefined && dtb.length > boot.dtbRoom) {
    throw new UserError(
      ExitCode.data,
      `the device tree has ${dtb.length} bytes, there is room for ${boot.dtbRoom}`,
    );
  }
  if (boot !== undefined || options.bios !== undefined) load(board, address, dtb);
  if (boot === undefined) return;
  state.set(CPU.R, 0);
  state.set(CPU.R + 4, NO_MACHINE_TYPE);
  state.set(CPU.R + 8, address | 0);
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
