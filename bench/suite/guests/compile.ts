import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Debian's package gcc-arm-linux-gnueabihf. */
const compiler = 'arm-linux-gnueabihf-gcc';

const flags = [
  '-O2',
  '-std=gnu11',
  '-ffreestanding',
  '-fomit-frame-pointer',
  '-fno-pic',
  '-fno-stack-protector',
  '-fno-tree-vectorize',
  '-fno-tree-loop-distribute-patterns',
  '-Wall',
  '-Wextra',
  '-Werror',
  '-mcpu=cortex-a15',
  '-mfpu=neon-vfpv4',
  '-mfloat-abi=hard',
  '-nostdlib',
  '-static',
  '-s',
  '-Wl,--build-id=none',
  '-Wl,-z,max-page-size=4096',
  '-Wl,-z,noexecstack',
];

/** Which source becomes which guest, in which instruction set. */
const guests = [
  { source: 'integer.c', name: 'integer-a32.elf', set: '-marm' },
  { source: 'integer.c', name: 'integer-t32.elf', set: '-mthumb' },
  { source: 'float.c', name: 'float.elf', set: '-mthumb' },
  { source: 'pages.c', name: 'pages.elf', set: '-mthumb' },
  { source: 'exceptions.c', name: 'exceptions.elf', set: '-marm' },
  { source: 'interrupts.c', name: 'interrupts.elf', set: '-mthumb' },
  { source: 'new-code.c', name: 'new-code.elf', set: '-marm' },
  { source: 'devices.c', name: 'devices.elf', set: '-mthumb' },
] as const;

/** First line of the compiler's `--version`, or undefined when it is not installed. */
export function compilerVersion(): string | undefined {
  const { status, stdout } = spawnSync(compiler, ['--version'], { encoding: 'utf8' });
  return status === 0 ? stdout.split('\n', 1)[0] : undefined;
}

/** Compiles every guest whose sources are in `folder`. @throws Error with the compiler's message */
export function buildGuests(folder: string): Map<string, Uint8Array> {
  const output = mkdtempSync(join(tmpdir(), 'hyperthumb-guests-'));
  const built = new Map<string, Uint8Array>();
  try {
    for (const { source, name, set } of guests) {
      const path = join(output, name);
      const sources = ['start.S', 'guest.c', source].map((file) => join(folder, file));
      const script = ['-T', join(folder, 'link.ld')];
      const { status, stderr } = spawnSync(compiler, [set, ...flags, ...script, '-o', path, ...sources], {
        encoding: 'utf8',
      });
      if (status !== 0) throw new Error(`${compiler} failed on ${source}:\n${stderr}`);
      built.set(name, readFileSync(path));
    }
  } finally {
    rmSync(output, { recursive: true });
  }
  return built;
}
