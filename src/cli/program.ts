import { Command } from 'commander';
import { oneLine } from '../errors.js';
import { version } from '../version.js';
import { addBenchCommand } from './bench.js';
import { addBootCommand } from './boot.js';
import { addImageCommand } from './image.js';
import { addRunCommand } from './run.js';

const examples = `
Examples:
  hyperthumb boot debian                         Debian's kernel to a shell; fetched the first time
  hyperthumb run --kernel zImage --initrd initrd.gz --append console=ttyAMA0
  hyperthumb run --bios u-boot.bin
  hyperthumb bench ./program                     how fast a program for armhf is
  hyperthumb image pull debian                   fetch a kernel and build its initramfs

Exit codes: 0 the guest switched itself off; 64 to 78 as in sysexits.h, with one line on standard error;
128 + n after signal n. Ctrl-A x ends a run, Ctrl-A h helps.`;

/** The command line. `exit` ends the process with a run's exit code. */
export function createProgram(exit: (code: number) => void): Command {
  const program = new Command('hyperthumb')
    .description('An ARMv7-A machine with the Virtualization Extensions (Cortex-A15, LPAE), emulated.')
    .version(version(), '-V, --version')
    .configureHelp({ showGlobalOptions: false })
    // Each command reads its own options, those of its subcommands included.
    .enablePositionalOptions()
    .addHelpText('after', examples)
    .exitOverride();
  addRunCommand(program, exit);
  addBootCommand(program, exit);
  addImageCommand(program, exit);
  addBenchCommand(program, exit);
  for (const command of everyCommand(program)) {
    const hint = `see '${path(command)} --help'`;
    command.exitOverride().configureOutput({
      outputError: (text, write) => write(`hyperthumb: ${plain(text)}; ${hint}\n`),
    });
    const groups = command.commands.length > 0 && command.registeredArguments.length === 0;
    if (groups) command.allowExcessArguments().action(() => missingCommand(command));
    else command.allowExcessArguments(false);
  }
  return program;
}

function missingCommand(command: Command): void {
  if (command.args.length > 0) command.error(`unknown command '${command.args[0]}'`);
  const names = command.commands.map((c) => c.name()).join(', ');
  command.error(`no command given: one of ${names}`);
}

function path(command: Command): string {
  return command.parent ? `${path(command.parent)} ${command.name()}` : command.name();
}

function* everyCommand(command: Command): Generator<Command> {
  yield command;
  for (const child of command.commands) yield* everyCommand(child);
}

/** Commander's `error: …`, with its suggestion on a line of its own, as one line without the prefix. */
function plain(text: string): string {
  return oneLine(text.trim().replace(/^error: /, '')).replace(/\.$/, '');
}
