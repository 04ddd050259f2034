import { describe, expect, it, vi } from 'vitest';
import { CPU, PSR } from '../../jit/abi/cpu-state.js';
import { Resume } from '../../jit/abi/resume.js';
import { FunctionSlots, type RegionFunction } from '../../runtime/translation/function-slots.js';

const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });

const NO_INTERPRETER = { find: () => Resume.RETURN, step: () => Resume.RETURN };

const SOME_FUNCTION = new WebAssembly.Instance(
  // (module (func (export "f") (param i32 i32) unreachable))
  new WebAssembly.Module(
    Uint8Array.from(
      [
        [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
        [0x01, 0x06, 0x01, 0x60, 0x02, 0x7f, 0x7f, 0x00],
        [0x03, 0x02, 0x01, 0x00],
        [0x07, 0x05, 0x01, 0x01, 0x66, 0x00, 0x00],
        [0x0a, 0x05, 0x01, 0x03, 0x00, 0x00, 0x0b],
      ].flat(),
    ),
  ),
).exports.f as RegionFunction;

describe('slots of the function table', () => {
  it('hold functions, in chunks', () => {
    const slots = new FunctionSlots(memory, NO_INTERPRETER, () => {});
    const taken = Array.from({ length: 3000 }, () => slots.add(SOME_FUNCTION));
    expect(new Set(taken).size).toBe(3000);
    expect(taken).not.toContain(0);
    expect(slots.table.get(taken[2999])).toBe(SOME_FUNCTION);
    expect(slots.used).toBe(3000);
  });

  it('lead to the interpreter after they were given back', () => {
    const find = vi.fn(() => Resume.RETURN);
    const slots = new FunctionSlots(memory, { ...NO_INTERPRETER, find }, () => {});
    const slot = slots.add(SOME_FUNCTION);
    expect(() => slots.functions[slot](0, 0)).toThrow();
    slots.remove(slot);
    const words = new Int32Array(memory.buffer);
    slots.functions[slot](0, 0x8001);
    expect([words[CPU.NEXT_PC >> 2], words[CPU.CPSR >> 2]]).toEqual([0x8000, PSR.T]);
    (slots.table.get(slot) as RegionFunction)(0, 0x9000);
    expect([words[CPU.NEXT_PC >> 2], words[CPU.CPSR >> 2]]).toEqual([0x9000, 0]);
    expect(find).toHaveBeenCalledTimes(2);
  });

  it('are entered where the interpreter comes to one', () => {
    const found: number[] = [];
    const slots = new FunctionSlots(memory, { ...NO_INTERPRETER, find: () => found.pop()! }, () => {});
    const [slot, other] = [slots.add(SOME_FUNCTION), slots.add(SOME_FUNCTION)];
    slots.remove(other);
    found.push(Resume.RETURN);
    slots.functions[other](0, 0x8000);
    found.push(slot);
    expect(() => slots.functions[other](0, 0x8000)).toThrow('unreachable');
  });

  it('are used again only after the jump caches were emptied', () => {
    const emptyJumpCaches = vi.fn();
    const slots = new FunctionSlots(memory, NO_INTERPRETER, emptyJumpCaches);
    for (let round = 0; round < 20_000; round++) {
      const slot = slots.add(SOME_FUNCTION);
      slots.remove(slot);
      if (round < 1000) expect(emptyJumpCaches).not.toHaveBeenCalled();
    }
    expect(emptyJumpCaches).toHaveBeenCalled();
    expect(slots.table.length).toBeLessThan(4096);
    expect(slots.used).toBe(0);
  });
});
