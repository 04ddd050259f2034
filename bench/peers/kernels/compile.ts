import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Debian's package gcc-arm-linux-gnueabihf. */
const compiler = 'arm-linux-gnueabihf-gcc';

/** No libc, nothing but what the kernel's source says; loops stay loops, so that each kernel costs what it is named for. */
const flags = [
  '-O2',
  '-std=gnu11',
  '-ffreestanding',
  '-fomit-frame-pointer',
  '-fno-pic',
  '-fno-stack-protector',
  '-fno-tree-vectorize',
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
  '-Wl,-z,noseparate-code',
];

export const instructionSets = { a32: '-marm', t32: '-mthumb' } as const;
export type InstructionSet = keyof typeof instructionSets;

/** First line of the compiler's `--version`, or undefined when it is not installed. */
export function compilerVersion(): string | undefined {
  const { status, stdout } = spawnSync(compiler, ['--version'], { encoding: 'utf8' });
  return status === 0 ? stdout.split('\n', 1)[0] : undefined;
}

/**
 * Compiles every kernel in `folder` for both instruction sets.
 * @returns executables by name: `fib-a32`, `fib-t32`
 * @throws Error with the compiler's message
 */
export function compileKernels(folder: string): Map<string, Uint8Array> {
  const sources = readdirSync(folder)
    .filter((name) => name.endsWith('.c'))
    .sort();
  const output = mkdtempSync(join(tmpdir(), 'hyperthumb-kernels-'));
  const programs = new Map<string, Uint8Array>();
  try {
    for (const source of sources) {
      for (const [set, flag] of Object.entries(instructionSets)) {
        const name = `${source.slice(0, -2)}-${set}`;
        const path = join(output, name);
        const { status, stderr } = spawnSync(compiler, [flag, ...flags, '-o', path, join(folder, source)], {
          encoding: 'utf8',
        });
        if (status !== 0) throw new Error(`${compiler} failed on ${source}:\n${stderr}`);
        programs.set(name, readFileSync(path));
      }
    }
  } finally {
    rmSync(output, { recursive: true });
  }
  return programs;
}
