import { expect, it } from 'vitest';
import { CPU, CPU_STATE_BYTES, Mode } from '../../jit/abi/cpu-state.js';
import { hypBanked } from '../../jit/translator/banked-registers.js';
import { readBankedRegister, switchMode, writeBankedRegister } from '../../runtime/cpu/modes.js';
import { BOTH, CpuBench } from '../cpu/bench.js';

const ENCODINGS = [0, 1].flatMap((r) => Array.from({ length: 32 }, (_, sysm) => [r, sysm] as const));

/** Hyp mode, every word of the state different. */
function inHyp() {
  const { state, features } = new CpuBench(BOTH);
  const before = { cpsr: state.get(CPU.CPSR), scr: 1 };
  for (let offset = 0; offset < CPU_STATE_BYTES; offset += 4) state.set(offset, 0x1000_0000 + offset);
  state.set(CPU.CPSR, before.cpsr);
  state.set(CPU.SCR, before.scr);
  switchMode(state, Mode.HYP);
  return { state, features };
}

it.each(ENCODINGS)('R %i, SYSm %i is what the interpreter reads and writes in Hyp mode', (r, sysm) => {
  const { state, features } = inHyp();
  const field = hypBanked(r, sysm);
  const value = readBankedRegister(state, features, r, sysm);
  if (field === undefined) {
    // R8 to R12 of User mode are the current ones: left to the interpreter.
    if (value !== undefined) expect(r === 0 && sysm < 5).toBe(true);
    return;
  }
  expect(value).toBe(state.get(field));
  expect(writeBankedRegister(state, features, r, sysm, 42)).toBe(true);
  expect(state.get(field)).toBe(42);
});
