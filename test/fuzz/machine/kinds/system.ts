/** System code: accesses to CP14 and CP15, changes of mode, exceptions, address translation and TLB operations. */
import { cp14 } from '../../../../runtime/cpu/cp14.js';
import type { Register } from '../../../../runtime/cpu/cp15/register.js';
import { cp15, cp15Wide } from '../../../../runtime/cpu/cp15/table.js';
import type { Random } from '../../../conformance/random.js';
import { integer } from '../../../conformance/values.js';
import { mcr, mcrr, mrc, mrrc } from '../../../system/assembler.js';
import type { CodeWriter } from '../code-writer.js';
import { type Draft, makeProgram } from '../generate.js';
import type { MachineKind } from '../kind.js';
import { dataAddress } from '../start.js';
import { codeStep } from './code.js';

/** Registers whose value decides whether the program goes on: one bit of them is changed, and few bits of some. */
const DECISIVE = /SCTLR|TTB|BAR|^HCR|^SCR|DACR|VTCR|HTCR|HSTR|PRRR|NMRR|MAIR|CNT/;
/** Attributes and reserved bits of base addresses. */
const LOW_BITS = /TTBR|BAR/;

function flipBit(random: Random, register: Register, code: CodeWriter, t: number): void {
  const bit = LOW_BITS.test(register.name) ? random.below(6) : random.below(32);
  const mask = (1 << bit) >>> 0;
  code.constant(t + 1, mask);
  code.emit(mrc(t, register));
  // EOR t, t, t + 1
  code.emit(
    code.thumb
      ? (0xea80_0000 | (t << 16) | (t << 8) | (t + 1)) >>> 0
      : 0xe020_0000 | (t << 16) | (t << 12) | (t + 1),
  );
  code.emit(mcr(t, register));
}

/** One access to a register of CP14 or CP15. */
export function accessRegister({ random, code, window }: Draft): void {
  const debug = random.chance(0.2);
  const t = random.below(7);
  const kind = random.below(10);
  if (kind < 2) {
    // Any number: most are UNDEFINED.
    const numbers = {
      opc1: random.below(8),
      crn: random.below(16),
      crm: random.below(16),
      opc2: random.below(8),
    };
    const register = { cp: debug ? 14 : 15, ...numbers } as const;
    code.emit(random.chance(0.5) ? mrc(t, register) : mcr(t, register));
  } else if (kind < 4) {
    const wide = random.pick(cp15Wide);
    const opc1 = random.chance(0.9) ? wide.opc1 : random.below(16);
    const crm = random.chance(0.9) ? wide.crm : random.below(16);
    if (random.chance(0.3) && !LOW_BITS.test(wide.name))
      code.emit(mcrr(t, t + 1, opc1, crm, debug ? 14 : 15));
    else code.emit(mrrc(t, t + 1, opc1, crm, debug ? 14 : 15));
  } else {
    const cp = debug ? 14 : 15;
    const register = { ...random.pick(debug ? cp14 : cp15), cp } as Register & { cp: 14 | 15 };
    if (random.chance(0.4)) code.emit(mrc(t, register));
    else if (DECISIVE.test(register.name)) flipBit(random, register, code, t);
    else {
      code.constant(t, random.chance(0.5) ? integer(random) : dataAddress(random, window));
      code.emit(mcr(t, register));
      if (random.chance(0.3)) code.emit(mrc(t, register));
    }
  }
}

function systemStep(draft: Draft): void {
  const { random, code } = draft;
  const kind = random.below(20);
  if (kind < 9) accessRegister(draft);
  else if (kind < 11) code.drawn('status');
  else if (kind < 14) code.drawn('system');
  else if (kind < 15) code.drawn('coprocessor');
  else if (kind < 16) code.drawn('hint');
  else codeStep(draft);
}

export const system: MachineKind = {
  about: 'CP14, CP15, changes of mode, exceptions',
  floors: { instructions: 200, regions: 1, entered: 2, faults: 1, definitions: 250 },
  make: (seed) =>
    makeProgram(seed, { boards: ['plain', 'hyp', 'hyp', 'secure', 'secure-hyp'], step: systemStep }),
};
