/**
 * Tries {@link machineCodeOf} and {@link moduleOfMachineCode} in a process of its own, which may end by it: Node's arguments are this file, the
 * engine's name, and `make`, which writes a module's machine code to standard output as base64, or `use`, which takes it from standard input.
 * The exit code is 0 when all went well.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import {
  countOptimized,
  ENGINE_FLAGS,
  engineName,
  machineCodeOf,
  moduleOfMachineCode,
} from './machine-code.js';

const OTHER_ENGINE = 2;
const FAILED = 3;
/** Calls before the engine is given up: it optimises after some hundred. */
const MOST_CALLS = 5000;

/** Exports f, which adds up the numbers from its operand to 1, and keeps the sum in its memory. */
const SUM = Uint8Array.from(
  [
    [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    [0x01, 0x06, 0x01, 0x60, 0x01, 0x7f, 0x01, 0x7f],
    [0x03, 0x02, 0x01, 0x00],
    [0x05, 0x03, 0x01, 0x00, 0x01],
    [0x07, 0x05, 0x01, 0x01, 0x66, 0x00, 0x00],
    [0x0a, 0x25, 0x01, 0x23, 0x01, 0x01, 0x7f, 0x03, 0x40],
    [0x20, 0x01, 0x20, 0x00, 0x6a, 0x21, 0x01],
    [0x20, 0x00, 0x41, 0x01, 0x6b, 0x22, 0x00, 0x0d, 0x00, 0x0b],
    [0x41, 0x08, 0x20, 0x01, 0x36, 0x02, 0x00],
    [0x41, 0x08, 0x28, 0x02, 0x00, 0x0b],
  ].flat(),
);

type Sum = (n: number) => number;

const functionOf = (module: WebAssembly.Module) => new WebAssembly.Instance(module).exports.f as Sum;

async function make(): Promise<boolean> {
  const module = new WebAssembly.Module(SUM);
  const sum = functionOf(module);
  for (let calls = 0; countOptimized([sum]) === 0; calls++) {
    if (calls === MOST_CALLS) return false;
    sum(100_000);
    // The engine optimises on other threads, and puts the result in place between two turns.
    await sleep(1);
  }
  const code = machineCodeOf(module);
  if (code === undefined) return false;
  process.stdout.write(Buffer.from(code).toString('base64'));
  return true;
}

function use(): boolean {
  const code = Buffer.from(readFileSync(0, 'latin1'), 'base64');
  const module = moduleOfMachineCode(SUM, Uint8Array.from(code).buffer);
  if (module === undefined) return false;
  const sum = functionOf(module);
  return countOptimized([sum]) === 1 && sum(100) === 5050;
}

setFlagsFromString(ENGINE_FLAGS);
const [engine, step] = process.argv.slice(2);
if (engine !== engineName()) process.exitCode = OTHER_ENGINE;
else if (!(step === 'make' ? await make() : use())) process.exitCode = FAILED;
