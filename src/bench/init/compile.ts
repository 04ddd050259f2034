import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Debian's package gcc-arm-linux-gnueabihf. */
const compiler = 'arm-linux-gnueabihf-gcc';

const flags = [
  '-marm',
  '-O2',
  '-std=gnu11',
  '-ffreestanding',
  '-fomit-frame-pointer',
  '-fno-pic',
  '-fno-stack-protector',
  '-fno-tree-loop-distribute-patterns',
  '-Wall',
  '-Wextra',
  '-Werror',
  '-mcpu=cortex-a15',
  '-nostdlib',
  '-static',
  '-s',
  '-Wl,--build-id=none',
  '-Wl,-z,max-page-size=4096',
  '-Wl,-z,noseparate-code',
];

/** First line of the compiler's `--version`, or undefined when it is not installed. */
export function compilerVersion(): string | undefined {
  const { status, stdout } = spawnSync(compiler, ['--version'], { encoding: 'utf8' });
  return status === 0 ? stdout.split('\n', 1)[0] : undefined;
}

/** Compiles the guest's first program. @throws Error with the compiler's message */
export function compileInit(source: string): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'hyperthumb-init-'));
  try {
    const path = join(folder, 'init');
    const { status, stderr } = spawnSync(compiler, [...flags, '-o', path, source], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${compiler} failed on ${source}:\n${stderr}`);
    return readFileSync(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
