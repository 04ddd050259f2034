import type { Command } from 'commander';
import { Deadline } from '../deadline.js';
import { addImageOptions, addRunOptions, type RunFlags, readMachineOptions } from './run-options.js';

const examples = `
Sizes take the suffix K, M or G; without one they are MiB. Addresses are hexadecimal with 0x, or decimal.
RAM starts at 0x40000000, flash at 0. With only --load, execution starts at the first file's address.

Examples:
  hyperthumb run --kernel vmlinuz --initrd initrd.img --append "console=ttyAMA0"
  hyperthumb run --kernel vmlinuz --smp 4 --memory 1G --virtualization
  hyperthumb run --bios u-boot.bin --memory 256M
  hyperthumb run --load program.bin@0x40000000 --clock virtual --max-instructions 1000000 --trace asm
  hyperthumb run --dump-dtb virt.dtb --smp 2`;

export function addRunCommand(program: Command, exit: (code: number) => void): void {
  const command = program.command('run').description('run a kernel, a firmware or a bare-metal program');
  addRunOptions(addImageOptions(command))
    .addHelpText('after', examples)
    .action(async (flags: RunFlags) => exit(await startMachine(flags, new Deadline(flags.timeout))));
}

/** Loads the emulator, which takes a moment, only when everything is there that it needs. */
export async function startMachine(flags: RunFlags, deadline: Deadline): Promise<number> {
  // Once more for each reset of the machine.
  const read = () => readMachineOptions(flags, deadline);
  const options = await read();
  const { runMachine } = await import('../machine-runner.js');
  deadline.check();
  return runMachine(options, read, deadline);
}
