import { expect, it } from 'vitest';
import { Bank, CPU, CPU_STATE_BYTES } from '../../jit/abi/cpu-state.js';
import { normalizeRegisters } from '../../runtime/translation/check.js';

it.each([
  ['SVC', Bank.SVC, Bank.SVC],
  ['USR', Bank.USR, Bank.USR],
  // Hyp mode has User mode's LR.
  ['HYP', Bank.HYP, Bank.USR],
])('%s mode: its words in the banks say nothing, R13 and R14 are its SP and LR', (_, bank, bankOfLR) => {
  const registers = Buffer.alloc(CPU_STATE_BYTES);
  registers.writeInt32LE(4 * bank, CPU.BANK_OFFSET);
  const normalized = (offset?: number) => {
    const copy = Buffer.from(registers);
    if (offset !== undefined) copy.writeInt32LE(0x1234, offset);
    normalizeRegisters(copy);
    return copy;
  };
  expect(normalized(CPU.BANKED_SP + 4 * bank)).toEqual(normalized());
  expect(normalized(CPU.BANKED_LR + 4 * bankOfLR)).toEqual(normalized());
  expect(normalized(CPU.BANKED_SP + 4 * Bank.ABT)).not.toEqual(normalized());
  expect(normalized(CPU.BANKED_LR + 4 * Bank.ABT)).not.toEqual(normalized());
});
