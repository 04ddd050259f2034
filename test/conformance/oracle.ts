import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { codeImage } from './code-image.js';
import { type Segment, writeElf } from './elf.js';
import { glueCode, glueVariables, INPUT_WORDS, OUTPUT_WORDS } from './glue.js';
import {
  CODE,
  GLUE,
  INPUT,
  OUTPUT,
  SIGNAL_STACK,
  SIGNAL_STACK_BYTES,
  VARIABLES,
  WINDOW_PAGE,
  WINDOW_PAGE_BYTES,
  WINDOW_WORDS,
} from './memory-map.js';
import { CPSR_COMPARED, type Outcome, Signal, type TestCase } from './test-case.js';

const COMMAND = 'qemu-arm';
const TIMEOUT_MS = 120_000;

/** `qemu-arm` itself gave up: an assertion of its translator. */
export class OracleCrash extends Error {}

/** Finds the cases on which `qemu-arm` crashes, in a batch on which it does. */
export async function findCrashes(cases: readonly TestCase[]): Promise<readonly TestCase[]> {
  try {
    await runOracle(cases);
    return [];
  } catch (error) {
    if (!(error instanceof OracleCrash)) throw error;
    if (cases.length === 1) return cases;
    const middle = cases.length >> 1;
    return [...(await findCrashes(cases.slice(0, middle))), ...(await findCrashes(cases.slice(middle)))];
  }
}

/** Runs cases under `qemu-arm -cpu cortex-a15`, an independent implementation of user mode. @throws OracleCrash */
export async function runOracle(cases: readonly TestCase[]): Promise<Outcome[]> {
  const folder = await mkdtemp(join(tmpdir(), 'hyperthumb-conformance-'));
  try {
    const program = join(folder, 'cases');
    await writeFile(program, executable(cases), { mode: 0o755 });
    return readOutcomes(await run(program), cases.length);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Whether the oracle is installed. */
export function oracleAvailable(): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(COMMAND, ['--version'], { stdio: 'ignore' });
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });
}

function bytesOf(words: Uint32Array | Int32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}

function executable(cases: readonly TestCase[]): Uint8Array {
  const input = new Int32Array(cases.length * INPUT_WORDS);
  let at = 0;
  for (const testCase of cases) {
    const { registers, flags, fpscr, vectors, window } = testCase.input;
    input.set(window, at);
    input.set(vectors, at + WINDOW_WORDS);
    at += WINDOW_WORDS + 64;
    input[at++] = fpscr;
    input[at++] = testCase.address | (testCase.set === 'A32' ? 0 : 1);
    input[at++] = flags;
    input.set(registers, at);
    at += 15;
  }
  const code = codeImage(cases);
  const empty = new Uint8Array(0);
  const segment = (
    address: number,
    data: Uint8Array,
    size: number,
    write: boolean,
    execute: boolean,
  ): Segment => ({
    address,
    data,
    size,
    write,
    execute,
  });
  return writeElf(GLUE, [
    segment(GLUE, bytesOf(glueCode), glueCode.byteLength, false, true),
    segment(VARIABLES, bytesOf(glueVariables(cases.length)), 0x1000, true, false),
    segment(SIGNAL_STACK, empty, SIGNAL_STACK_BYTES, true, false),
    segment(INPUT, bytesOf(input), input.byteLength, false, false),
    segment(OUTPUT, empty, cases.length * OUTPUT_WORDS * 4, true, false),
    segment(CODE, code, code.length, false, true),
    segment(WINDOW_PAGE, empty, WINDOW_PAGE_BYTES, true, false),
  ]);
}

function run(program: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = spawn(COMMAND, ['-cpu', 'cortex-a15', program], { stdio: ['ignore', 'pipe', 'pipe'] });
    const output: Buffer[] = [];
    let messages = '';
    const timer = setTimeout(() => child.kill('SIGKILL'), TIMEOUT_MS);
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => {
      messages += chunk;
    });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      if (code === 0) resolve(Buffer.concat(output));
      else if (signal === 'SIGABRT') reject(new OracleCrash(messages));
      else reject(new Error(`${COMMAND} ended with ${signal ?? code}: ${messages}`));
    });
  });
}

function readOutcomes(output: Buffer, count: number): Outcome[] {
  if (output.length !== count * OUTPUT_WORDS * 4) {
    throw new Error(`${COMMAND} wrote ${output.length} bytes, not ${count * OUTPUT_WORDS * 4}`);
  }
  const words = new Int32Array(count * OUTPUT_WORDS);
  bytesOf(words).set(output);
  return Array.from({ length: count }, (_, index) => {
    const record = words.subarray(index * OUTPUT_WORDS, (index + 1) * OUTPUT_WORDS);
    const signal = record[0]!;
    const isMemoryFault = signal === Signal.SIGSEGV || signal === Signal.SIGBUS;
    return {
      signal,
      faultAddress: isMemoryFault ? record[1]! >>> 0 : 0,
      registers: record.subarray(2, 18),
      cpsr: record[18]! & CPSR_COMPARED,
      fpscr: record[19]!,
      vectors: record.subarray(20, 84),
      window: record.subarray(84, 84 + WINDOW_WORDS),
    };
  });
}
