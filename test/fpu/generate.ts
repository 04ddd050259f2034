/**
 * Makes the expected outcomes of test/fpu/vectors.txt, or compares more cases than are kept, with qemu-arm as
 * the oracle (Debian: qemu-user, binutils-arm-linux-gnueabihf).
 *
 *     npx tsx test/fpu/generate.ts                   writes vectors.txt
 *     npx tsx test/fpu/generate.ts CASES SEED TEXT   compares CASES random cases of each instruction that contains TEXT
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CASE_WORDS, INSTRUCTIONS, makeCase, OUTCOME_WORDS, Random, Subject } from './cases.js';
import { CASES, formatOutcome, SEED, VECTORS } from './vectors.js';

function command(name: string, args: readonly string[], input?: Uint8Array): Buffer {
  const result = spawnSync(name, args, { input, maxBuffer: 2 ** 30 });
  if (result.status !== 0) throw new Error(`${name}: ${result.error ?? result.stderr}`);
  return result.stdout;
}

/** Outcomes of the cases, as the oracle has them. */
function askOracle(cases: Int32Array): Int32Array {
  const folder = mkdtempSync(join(tmpdir(), 'fpu-'));
  try {
    const program = join(folder, 'oracle');
    command('arm-linux-gnueabihf-as', [join(import.meta.dirname, 'oracle.s'), '-o', `${program}.o`]);
    command('arm-linux-gnueabihf-ld', ['-N', '--no-warn-rwx-segments', `${program}.o`, '-o', program]);
    const output = command('qemu-arm', ['-cpu', 'cortex-a15', program], new Uint8Array(cases.buffer));
    return new Int32Array(new Uint8Array(output).buffer);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function makeCases(seed: number, instructions: readonly number[], count: number): Int32Array {
  const random = new Random(seed);
  const cases = new Int32Array(instructions.length * count * CASE_WORDS);
  let at = 0;
  for (const index of instructions) {
    for (let n = 0; n < count; n++, at += CASE_WORDS) makeCase(random, index, cases, at);
  }
  return cases;
}

function hex(words: Int32Array): string {
  return Array.from(words, (word) => (word >>> 0).toString(16).padStart(8, '0')).join(' ');
}

function compare(count: number, seed: number, text: string): void {
  const instructions = INSTRUCTIONS.flatMap(([name], index) => (name.includes(text) ? [index] : []));
  const cases = makeCases(seed, instructions, count);
  const expected = askOracle(cases);
  const subject = new Subject();
  const outcome = new Int32Array(OUTCOME_WORDS);
  let differences = 0;
  for (let n = 0; n < instructions.length * count; n++) {
    subject.run(cases, n * CASE_WORDS, outcome, 0);
    const right = expected.subarray(n * OUTCOME_WORDS, (n + 1) * OUTCOME_WORDS);
    if (outcome.every((word, index) => word === right[index])) continue;
    if (++differences > 10) continue;
    console.log(INSTRUCTIONS[instructions[Math.floor(n / count)]][0]);
    console.log(`  before   ${hex(cases.subarray(n * CASE_WORDS + 1, (n + 1) * CASE_WORDS))}`);
    console.log(`  expected ${hex(right)}\n  is       ${hex(outcome)}`);
  }
  console.log(`${instructions.length * count} cases, ${differences} differences`);
}

function write(): void {
  const instructions = INSTRUCTIONS.map((_, index) => index);
  const outcomes = askOracle(makeCases(SEED, instructions, CASES));
  const lines: string[] = [];
  instructions.forEach((index) => {
    lines.push(`# ${INSTRUCTIONS[index][0]}`);
    for (let n = 0; n < CASES; n++) lines.push(formatOutcome(outcomes, (index * CASES + n) * OUTCOME_WORDS));
  });
  writeFileSync(VECTORS, `${lines.join('\n')}\n`);
}

const [count, seed, text] = process.argv.slice(2);
if (count === undefined) write();
else compare(Number(count), Number(seed ?? 1), text ?? '');
