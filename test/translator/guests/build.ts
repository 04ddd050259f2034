/** Assembles the guests: `npx tsx test/translator/guests/build.ts` writes binaries.ts. Needs Debian's binutils-arm-linux-gnueabihf. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const TOOLS = 'arm-linux-gnueabihf-';
const FOLDER = fileURLToPath(new URL('.', import.meta.url));
export const GUESTS = [
  'self-modifying',
  'remapping',
  'faults',
  'interrupted',
  'system',
  'crossing',
  'alignment',
  'modes',
] as const;
export type GuestName = (typeof GUESTS)[number];

export function assemblerAvailable(): boolean {
  return spawnSync(`${TOOLS}as`, ['--version']).status === 0;
}

/** The bytes of a guest, to be put at 0x40000000. */
export function assemble(guest: GuestName): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'hyperthumb-guest-'));
  const file = (name: string) => join(folder, name);
  try {
    execFileSync(`${TOOLS}as`, ['-I', FOLDER, '-o', file('o'), join(FOLDER, `${guest}.s`)]);
    execFileSync(`${TOOLS}ld`, ['-Ttext=0x40000000', '-e', '0', '-o', file('elf'), file('o')]);
    execFileSync(`${TOOLS}objcopy`, ['-O', 'binary', '-j', '.text', file('elf'), file('bin')]);
    return readFileSync(file('bin'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const lines = GUESTS.map((guest) => `  '${guest}':\n    '${assemble(guest).toString('base64')}',\n`);
  writeFileSync(
    join(FOLDER, 'binaries.ts'),
    `/** The assembled guests, base64: written by build.ts. */\nexport const BINARIES = {\n${lines.join('')}};\n`,
  );
}
