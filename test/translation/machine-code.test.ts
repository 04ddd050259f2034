import { setFlagsFromString } from 'node:v8';
import { describe, expect, it } from 'vitest';
import {
  countOptimized,
  machineCodeOf,
  moduleOfMachineCode,
} from '../../runtime/translation/machine-code.js';

// Else the engine remembers that it has compiled these bytes before.
setFlagsFromString('--no-wasm-native-module-cache-enabled');

/** Exports f, which adds up the numbers from its operand to 1. */
const SUM = Uint8Array.from(
  [
    [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    [0x01, 0x06, 0x01, 0x60, 0x01, 0x7f, 0x01, 0x7f],
    [0x03, 0x02, 0x01, 0x00],
    [0x07, 0x05, 0x01, 0x01, 0x66, 0x00, 0x00],
    [0x0a, 0x1b, 0x01, 0x19, 0x01, 0x01, 0x7f, 0x03, 0x40],
    [0x20, 0x01, 0x20, 0x00, 0x6a, 0x21, 0x01],
    [0x20, 0x00, 0x41, 0x01, 0x6b, 0x22, 0x00, 0x0d, 0x00, 0x0b, 0x20, 0x01, 0x0b],
  ].flat(),
);

type Sum = (n: number) => number;

const functionOf = (module: WebAssembly.Module) => new WebAssembly.Instance(module).exports.f as Sum;

async function optimized() {
  const module = new WebAssembly.Module(SUM);
  const sum = functionOf(module);
  while (countOptimized([sum]) === 0) {
    sum(1_000_000);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return module;
}

describe('machine code', () => {
  it('is the same module, optimised as it was', async () => {
    expect(countOptimized([functionOf(new WebAssembly.Module(SUM))])).toBe(0);
    const code = machineCodeOf(await optimized())!;
    const again = functionOf(moduleOfMachineCode(SUM, code)!);
    expect(countOptimized([again])).toBe(1);
    expect(again(100)).toBe(5050);
  });

  it('is not taken over from an engine with other flags', async () => {
    const code = machineCodeOf(await optimized())!;
    setFlagsFromString('--no-wasm-bounds-checks');
    const other = moduleOfMachineCode(SUM, code);
    setFlagsFromString('--wasm-bounds-checks');
    expect(other).toBeUndefined();
    expect(moduleOfMachineCode(SUM, code)).toBeDefined();
  });
});
