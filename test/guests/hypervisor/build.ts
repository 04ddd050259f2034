/** Assembles the hypervisor and its guest: `npx tsx test/guests/hypervisor/build.ts` writes binary.ts. Needs Debian's binutils-arm-linux-gnueabihf. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const TOOLS = 'arm-linux-gnueabihf-';
const FOLDER = fileURLToPath(new URL('.', import.meta.url));
/** Where it goes in physical memory, and starts. */
export const HYPERVISOR = 0x4020_0000;
const GUEST = 0x8000_0000;

/** A program and the address that it is linked for. */
export type Program = readonly [name: string, address: number];

export function assemblerAvailable(): boolean {
  return spawnSync(`${TOOLS}as`, ['--version']).status === 0;
}

/**
 * The bytes of the last of some programs. Each may have those before it inside, as NAME.bin.
 * @param sources where NAME.s is; what it includes may lie here as well
 */
export function assemble(
  sources = FOLDER,
  programs: readonly Program[] = [
    ['guest', GUEST],
    ['hypervisor', HYPERVISOR],
  ],
): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'hyperthumb-hypervisor-'));
  const binary = (name: string, address: number) => {
    const file = (suffix: string) => join(folder, `${name}.${suffix}`);
    const includes = [sources, FOLDER, folder].flatMap((path) => ['-I', path]);
    execFileSync(`${TOOLS}as`, [...includes, '-o', file('o'), join(sources, `${name}.s`)]);
    execFileSync(`${TOOLS}ld`, [`-Ttext=0x${address.toString(16)}`, '-e', '0', '-o', file('elf'), file('o')]);
    execFileSync(`${TOOLS}objcopy`, ['-O', 'binary', '-j', '.text', file('elf'), file('bin')]);
    return readFileSync(file('bin'));
  };
  try {
    return programs.map(([name, address]) => binary(name, address)).at(-1)!;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Writes the bytes as a TypeScript file beside the sources. */
export function writeBinary(file: string, bytes: Buffer): void {
  const lines = (bytes.toString('base64').match(/.{1,96}/g) ?? []).map((line) => `  '${line}',\n`);
  writeFileSync(
    file,
    `/** The assembled program, base64: written by build.ts. */\nexport const BINARY = [\n${lines.join('')}].join('');\n`,
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeBinary(join(FOLDER, 'binary.ts'), assemble());
