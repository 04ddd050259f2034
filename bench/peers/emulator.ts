import { spawnSync } from 'node:child_process';
import { basename } from 'node:path';

/** What both emulators are given. */
export interface GuestMachine {
  readonly kernel: string;
  readonly initrd: string;
  readonly append: string;
  /** Bytes of RAM. */
  readonly memory: number;
  /** Folder of hyperthumb's translation cache; QEMU has none. */
  readonly translationCache: string;
}

/** How to start a process. */
export interface ProcessCommand {
  readonly file: string;
  readonly args: readonly string[];
}

/** How to start one of the emulators compared. */
export interface Emulator {
  readonly name: 'hyperthumb' | 'qemu';
  /** Name and version, for people. */
  readonly title: string;
  command(machine: GuestMachine): ProcessCommand;
}

/** @param program hyperthumb's executable, or a compiled `main.js`; @param extra further options of `hyperthumb run` */
export function hyperthumbEmulator(program: string, extra: readonly string[]): Emulator {
  const [file, ...before] = programCommand(program);
  const { stdout, status, stderr } = spawnSync(file, [...before, '--version'], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} does not start: ${stderr}`);
  return {
    name: 'hyperthumb',
    title: `hyperthumb ${stdout.trim()} on Node ${process.versions.node}`,
    command: ({ kernel, initrd, append, memory, translationCache }) => ({
      file,
      args: [
        ...before,
        'run',
        ...['--kernel', kernel, '--initrd', initrd, '--append', append, '--memory', `${memory >> 10}K`],
        ...['--translation-cache', translationCache],
        ...extra,
      ],
    }),
  };
}

/** @param program an executable, or a compiled `main.js`; @returns what to start, and its first arguments */
export function programCommand(program: string): readonly [file: string, ...args: string[]] {
  return basename(program) === 'main.js' ? [process.execPath, program] : [program];
}

/** @returns undefined when `file` cannot be started */
export function qemuEmulator(file: string): Emulator | undefined {
  const { stdout, error } = spawnSync(file, ['--version'], { encoding: 'utf8' });
  if (error !== undefined) return undefined;
  return {
    name: 'qemu',
    title: stdout.split('\n', 1)[0].trim(),
    command: ({ kernel, initrd, append, memory }) => ({
      file,
      args: [
        ...[
          '-M',
          'virt',
          '-cpu',
          'cortex-a15',
          '-m',
          `${memory >> 20}`,
          '-net',
          'none',
          '-nographic',
          '-no-reboot',
        ],
        ...['-kernel', kernel, '-initrd', initrd, '-append', append],
      ],
    }),
  };
}
