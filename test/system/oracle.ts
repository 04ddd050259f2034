import { spawn } from 'node:child_process';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Image } from './image.js';
import { RAM, RAM_BYTES, VARIABLES } from './memory-map.js';
import { caseAt } from './monitor.js';
import { type Outcome, readOutcomes } from './outcome.js';

const COMMAND = 'qemu-system-arm';
const TIMEOUT_MS = 30_000;

/** Whether the oracle is installed. */
export function oracleAvailable(): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(COMMAND, ['--version'], { stdio: 'ignore' });
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });
}

/**
 * Runs an image under `qemu-system-arm -M virt -cpu cortex-a15`. Guest RAM is a file, which is written before and
 * read after the run. @throws Error that names the case in which it went astray
 */
export async function runOracle(image: Image): Promise<Outcome[]> {
  const folder = await mkdtemp(join(tmpdir(), 'hyperthumb-system-'));
  try {
    const path = join(folder, 'ram');
    const file = await open(path, 'w+');
    try {
      await file.truncate(RAM_BYTES);
      for (const { address, bytes } of image.segments)
        await file.write(bytes, 0, bytes.length, address - RAM);
      await writeFile(join(folder, 'firmware'), image.firmware);
      const problem = await run(folder, image);
      const ram = Buffer.alloc(RAM_BYTES);
      await file.read(ram, 0, RAM_BYTES, 0);
      const read = (address: number, count: number) => {
        const words = new Int32Array(count);
        new Uint8Array(words.buffer).set(ram.subarray(address - RAM, address - RAM + 4 * count));
        return words;
      };
      if (problem !== undefined) {
        const at = image.cases[caseAt(new Uint32Array(read(VARIABLES, 3)))];
        throw new Error(`${COMMAND}: ${problem} in ${at?.class} ${at?.name}`);
      }
      return readOutcomes(image.cases, read);
    } finally {
      await file.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @returns what went wrong, undefined when the guest switched itself off */
function run(folder: string, image: Image): Promise<string | undefined> {
  const machine = `virt,memory-backend=ram${image.kind.virtualization ? ',virtualization=on' : ''}`;
  const size = `${RAM_BYTES / 2 ** 20}M`;
  const options = [
    ['-M', machine, '-cpu', 'cortex-a15', '-m', size],
    ['-object', `memory-backend-file,id=ram,size=${size},mem-path=${join(folder, 'ram')},share=on`],
    ['-bios', join(folder, 'firmware')],
    ['-device', `loader,addr=0x${image.entry.toString(16)},cpu-num=0`],
    ['-display', 'none', '-serial', 'none', '-monitor', 'none', '-nic', 'none', '-no-reboot'],
  ].flat();
  return new Promise((resolve, reject) => {
    const child = spawn(COMMAND, options, { stdio: ['ignore', 'ignore', 'pipe'] });
    let messages = '';
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, TIMEOUT_MS);
    child.stderr.on('data', (chunk: Buffer) => {
      messages += chunk;
    });
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      if (late) resolve(`no end after ${TIMEOUT_MS / 1000} seconds`);
      else resolve(code === 0 ? undefined : `exit code ${code}: ${messages}`);
    });
  });
}
