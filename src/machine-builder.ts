import { CPU } from '../jit/abi/cpu-state.js';
import { type DeviceTreePatch, makeDeviceTree, patchDeviceTree } from '../runtime/board/devicetree.js';
import { FdtError } from '../runtime/board/fdt.js';
import { VirtBoard } from '../runtime/board/virt.js';
import { Machine } from '../runtime/machine.js';
import { ExitCode, UserError } from './errors.js';
import { type GivenTree, type MachineOptions, ramBase } from './machine-options.js';
import { warnOfCache } from './run-caches.js';

/** R1 at the entry of a kernel: the machine type when there is a device tree. */
const NO_MACHINE_TYPE = -1;

export interface BuiltMachine {
  readonly machine: Machine;
  readonly board: VirtBoard;
}

/**
 * A machine with nothing in its memory yet.
 * @param transmit takes each character that the guest sends by its serial port
 * @param secureTransmit the same of the Secure serial port
 */
export function buildMachine(
  options: MachineOptions,
  transmit: (byte: number) => void,
  secureTransmit?: (byte: number) => void,
): BuiltMachine {
  const board = makeBoard(options, transmit, secureTransmit);
  return { machine: new Machine(board), board };
}

/** Puts everything into memory and the CPUs at the entry point: before the first run, and after a reset. @throws UserError 65 */
export function startBoard(board: VirtBoard, options: MachineOptions): void {
  for (const { address, bytes } of options.loads) load(board, address, bytes);
  for (const { address, bytes } of options.boot?.segments ?? []) load(board, address, bytes);
  board.reset(options.entry, options.thumb);
  enterKernel(options, board, deviceTree(options));
  // Without PSCI nobody could start the others: a program for Secure state tells the CPUs apart by MPIDR.
  if (options.secure && options.boot === undefined) for (const vcpu of board.vcpus) vcpu.poweredOff = false;
}

/** The device tree that the guest gets. @throws UserError 65 */
export function deviceTree(options: MachineOptions): Uint8Array {
  const chosen = chosenNode(options);
  if (options.dtb !== undefined) return patched(options.dtb, { ...chosen, memory: ram(options) });
  return makeDeviceTree({
    cpus: options.smp,
    memoryBytes: options.memory,
    ...chosen,
    virtualization: options.virtualization,
    secure: options.secure,
    psciMethod: options.secure ? 'none' : options.virtualization ? 'smc' : 'hvc',
  });
}

const ram = ({ memory }: MachineOptions) => ({ base: ramBase, bytes: memory });

/** A device tree given by the user, with what QEMU fills in as well. @throws UserError 65 when that cannot be said in it */
function patched({ bytes, name }: GivenTree, patch: DeviceTreePatch): Uint8Array {
  try {
    return patchDeviceTree(bytes, patch);
  } catch (error) {
    if (!(error instanceof FdtError)) throw error;
    throw new UserError(ExitCode.data, `cannot use ${name}: ${error.message}`, { cause: error });
  }
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

function makeBoard(
  options: MachineOptions,
  transmit: (byte: number) => void,
  secureTransmit?: (byte: number) => void,
): VirtBoard {
  const files = options.firmwareFiles;
  return new VirtBoard({
    memoryBytes: options.memory,
    features: { security: options.secure, virtualization: options.virtualization, cpus: options.smp },
    clock: options.clock,
    ...(options.jitThreshold !== undefined && { translationThreshold: options.jitThreshold }),
    check: options.check,
    ...(options.translationMode !== undefined && { translationMode: options.translationMode }),
    ...(options.translationCache !== undefined && {
      translationCache: { ...options.translationCache, onDistrust: warnOfCache },
    }),
    ...(options.bios && { firmware: options.bios }),
    ...(files && { kernel: { bytes: files.kernel } }),
    ...(files?.initrd && { initrd: { bytes: files.initrd } }),
    commandLine: options.commandLine,
    transmit,
    ...(secureTransmit && { secureTransmit }),
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
  const address = boot?.dtbAddress ?? ramBase;
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
