/** Runs the hypervisor in our machine and in QEMU. */
import { spawn } from 'node:child_process';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RAM_BASE } from '../../../runtime/board/memory-map.js';
import { VirtBoard } from '../../../runtime/board/virt.js';
import { Machine, type StopReason } from '../../../runtime/machine.js';
import { BINARY } from './binary.js';
import { HYPERVISOR } from './build.js';
import { type GuestRecord, readRecords } from './record.js';

const RAM_BYTES = 16 << 20;
/** Far more than it takes. */
const MOST_INSTRUCTIONS = 50_000_000;
/** Instructions between two translations of what has become hot. */
const TRANSLATION_INTERVAL = 50_000;
const QEMU_TIMEOUT_MS = 25_000;

export interface HypervisorRun {
  readonly records: readonly GuestRecord[];
  readonly instructions: number;
  /** Those of them that translated code has retired. */
  readonly translated: number;
}

/** @param threshold branches before code is translated; absent: it is interpreted */
export async function runHypervisor(
  options: { threshold?: number; check?: boolean } = {},
): Promise<HypervisorRun> {
  const { threshold, check } = options;
  const board = new VirtBoard({
    memoryBytes: RAM_BYTES,
    features: { security: false, virtualization: true, cpus: 1 },
    clock: 'virtual',
    translationMode: 'synchronous',
    ...(threshold !== undefined && { translationThreshold: threshold }),
    ...(check && { check }),
    transmit: () => {},
  });
  const machine = new Machine(board);
  board.load(HYPERVISOR, Buffer.from(BINARY, 'base64'));
  board.reset(HYPERVISOR, false);
  const reason = await runTranslating(machine);
  if (reason !== 'off') throw new Error(`${reason} at ${board.vcpus[0]!.interpreter.pc.toString(16)}`);
  const ram = board.bus.linearOffset(RAM_BASE);
  return {
    records: readRecords((address, words) =>
      new Uint32Array(board.memory.buffer, ram + address - RAM_BASE, words).slice(),
    ),
    instructions: machine.retired,
    translated: board.vcpus[0]!.interpreter.translated,
  };
}

/** Runs to the end. What is hot is translated sooner than the machine would do it by itself. */
export async function runTranslating(machine: Machine): Promise<StopReason> {
  for (;;) {
    const maxInstructions = Math.min(machine.retired + TRANSLATION_INTERVAL, MOST_INSTRUCTIONS);
    const reason = await machine.run({ maxInstructions });
    if (reason !== 'max-instructions' || maxInstructions === MOST_INSTRUCTIONS) return reason;
    machine.board.translations?.poll(true);
  }
}

/** As {@link runHypervisor}, by `qemu-system-arm -M virt,virtualization=on`, which was seen to hang once in hundreds of runs: it has a second try. */
export async function runInQemu(): Promise<readonly GuestRecord[]> {
  try {
    return await runOnceInQemu();
  } catch (error) {
    if (!(error instanceof QemuHang)) throw error;
    return runOnceInQemu();
  }
}

class QemuHang extends Error {}

async function runOnceInQemu(): Promise<readonly GuestRecord[]> {
  const folder = await mkdtemp(join(tmpdir(), 'hyperthumb-hypervisor-'));
  try {
    const file = await open(join(folder, 'ram'), 'w+');
    try {
      await file.truncate(RAM_BYTES);
      const bytes = Buffer.from(BINARY, 'base64');
      await file.write(bytes, 0, bytes.length, HYPERVISOR - RAM_BASE);
      await writeFile(join(folder, 'firmware'), Buffer.alloc(4));
      await qemu(folder);
      const ram = Buffer.alloc(RAM_BYTES);
      await file.read(ram, 0, RAM_BYTES, 0);
      return readRecords((address, words) =>
        Uint32Array.from({ length: words }, (_, n) => ram.readUInt32LE(address - RAM_BASE + 4 * n)),
      );
    } finally {
      await file.close();
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

function qemu(folder: string): Promise<void> {
  const size = `${RAM_BYTES >> 20}M`;
  const backend = `memory-backend-file,id=ram,size=${size},mem-path=${join(folder, 'ram')},share=on`;
  const options = [
    ['-M', 'virt,memory-backend=ram,virtualization=on', '-cpu', 'cortex-a15', '-m', size],
    ['-object', backend, '-bios', join(folder, 'firmware')],
    ['-device', `loader,addr=0x${HYPERVISOR.toString(16)},cpu-num=0`],
    ['-display', 'none', '-serial', 'none', '-monitor', 'none', '-nic', 'none', '-no-reboot'],
  ].flat();
  return new Promise((resolve, reject) => {
    const child = spawn('qemu-system-arm', options, { stdio: ['ignore', 'ignore', 'pipe'] });
    let messages = '';
    child.stderr.on('data', (chunk: Buffer) => {
      messages += chunk;
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), QEMU_TIMEOUT_MS);
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      if (code === 0) resolve();
      else if (child.killed) reject(new QemuHang(`qemu-system-arm did not end: ${messages}`));
      else reject(new Error(`qemu-system-arm ended with ${code}: ${messages}`));
    });
  });
}
