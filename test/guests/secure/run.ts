/** Runs the Secure firmware in our machine and in QEMU. */
import { spawn } from 'node:child_process';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RAM_BASE } from '../../../runtime/board/memory-map.js';
import { VirtBoard } from '../../../runtime/board/virt.js';
import { Machine } from '../../../runtime/machine.js';
import { BINARY } from './binary.js';
import { FIRMWARE } from './build.js';

const RAM_BYTES = 16 << 20;
const FINDINGS = 0x4030_0000;
const FINDING_COUNT = 80;
const MOST_INSTRUCTIONS = 1_000_000;
const QEMU_TIMEOUT_MS = 60_000;

/** Words by number; 0 where nothing was found. */
export type Findings = readonly number[];

/** @param threshold branches before code is translated; absent: it is interpreted */
export async function runSecure(
  virtualization: boolean,
  options: { threshold?: number; check?: boolean } = {},
): Promise<Findings> {
  const { threshold, check } = options;
  let output = '';
  const board = new VirtBoard({
    memoryBytes: RAM_BYTES,
    features: { security: true, virtualization, cpus: 1 },
    clock: 'virtual',
    translationMode: 'synchronous',
    ...(threshold !== undefined && { translationThreshold: threshold }),
    ...(check && { check }),
    transmit: (byte) => {
      output += String.fromCharCode(byte);
    },
  });
  const machine = new Machine(board);
  board.load(FIRMWARE, Buffer.from(BINARY, 'base64'));
  board.reset(FIRMWARE, false);
  while (output === '' && machine.retired < MOST_INSTRUCTIONS) {
    await machine.run({ maxInstructions: machine.retired + 2000 });
    board.translations?.poll(true);
  }
  if (output !== '.') throw new Error(`'${output}' at ${board.vcpus[0]!.interpreter.pc.toString(16)}`);
  const linear = board.bus.linearOffset(FINDINGS);
  return [...new Uint32Array(board.memory.buffer, linear, FINDING_COUNT)];
}

/** As {@link runSecure}, by `qemu-system-arm -M virt,secure=on`. */
export async function runInQemu(virtualization: boolean): Promise<Findings> {
  const folder = await mkdtemp(join(tmpdir(), 'hyperthumb-secure-'));
  try {
    const file = await open(join(folder, 'ram'), 'w+');
    try {
      await file.truncate(RAM_BYTES);
      const bytes = Buffer.from(BINARY, 'base64');
      await file.write(bytes, 0, bytes.length, FIRMWARE - RAM_BASE);
      await qemu(folder, virtualization);
      const words = Buffer.alloc(4 * FINDING_COUNT);
      await file.read(words, 0, words.length, FINDINGS - RAM_BASE);
      return Array.from({ length: FINDING_COUNT }, (_, n) => words.readUInt32LE(4 * n));
    } finally {
      await file.close();
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Runs until the guest says that it is done, then ends QEMU: with `secure=on` there is no PSCI. */
function qemu(folder: string, virtualization: boolean): Promise<void> {
  const size = `${RAM_BYTES >> 20}M`;
  const machine = `virt,memory-backend=ram,secure=on${virtualization ? ',virtualization=on' : ''}`;
  const options = [
    ['-M', machine, '-cpu', 'cortex-a15', '-m', size],
    ['-object', `memory-backend-file,id=ram,size=${size},mem-path=${join(folder, 'ram')},share=on`],
    ['-device', `loader,addr=0x${FIRMWARE.toString(16)},cpu-num=0`],
    ['-display', 'none', '-serial', 'stdio', '-monitor', 'none', '-nic', 'none', '-no-reboot'],
  ].flat();
  return new Promise((resolve, reject) => {
    const child = spawn('qemu-system-arm', options, { stdio: ['ignore', 'pipe', 'pipe'] });
    let messages = '';
    let done = false;
    child.stdout.on('data', (chunk: Buffer) => {
      messages += chunk;
      done ||= messages.includes('.');
      if (done) child.kill();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      messages += chunk;
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), QEMU_TIMEOUT_MS);
    child.once('error', reject);
    child.once('close', () => {
      clearTimeout(timer);
      if (done) resolve();
      else reject(new Error(`qemu-system-arm: ${messages}`));
    });
  });
}
