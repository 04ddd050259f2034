import { spawnSync } from 'node:child_process';

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

/** How to start one of the emulators compared. */
export interface Emulator {
  readonly name: 'hyperthumb' | 'qemu';
  /** Name and version, for people. */
  readonly title: string;
  command(machine: GuestMachine): { readonly file: string; readonly args: readonly string[] };
}

/** @param main path of hyperthumb's compiled `main.js`; @param extra further options of `hyperthumb run` */
export function hyperthumbEmulator(main: string, extra: readonly string[]): Emulator {
  const { stdout, status, stderr } = spawnSync(process.execPath, [main, '--version'], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${main} does not start: ${stderr}`);
  return {
    name: 'hyperthumb',
    title: `hyperthumb ${stdout.trim()} on Node ${process.versions.node}`,
    command: ({ kernel, initrd, append, memory, translationCache }) => ({
      file: process.execPath,
      args: [
        main,
        'run',
        ...['--kernel', kernel, '--initrd', initrd, '--append', append, '--memory', `${memory >> 10}K`],
        ...['--translation-cache', translationCache],
        ...extra,
      ],
    }),
  };
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
