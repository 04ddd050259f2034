/**
 * Load and store multiple (ARM DDI 0406C A8.8.57 to A8.8.61, A8.8.131 to A8.8.133, A8.8.199 to A8.8.202,
 * B9.3.5, B9.3.6, B9.3.17). After `decode`, in every form: `n` base, `l` register list, `i` offset of the lowest word from
 * the base, `w` write-back and `k` what it adds to the base.
 */
import type { DecodeOutcome, Definition, Encoding, Instruction, InstructionSet } from '../instruction.js';
import type { I32, Ops } from '../ops.js';

const PC = 1 << 15;
const LR = 1 << 14;

function bitCount(list: number): number {
  let count = 0;
  for (let rest = list; rest !== 0; rest &= rest - 1) count++;
  return count;
}

/** Lowest register of a list that is not empty. */
function lowest(list: number): number {
  return 31 - Math.clz32(list & -list);
}

/** Fills `i` and `k` for before/after and increment/decrement. An empty list and Rn = 15 are UNDEFINED, as in QEMU. */
function place(f: Instruction, before: boolean, increment: boolean): DecodeOutcome {
  const bytes = 4 * bitCount(f.l);
  if (bytes === 0 || f.n === 15) return 'UNDEFINED';
  const lowestWord = increment ? 0 : -bytes;
  f.i = before === increment ? lowestWord + 4 : lowestWord;
  f.k = increment ? bytes : -bytes;
  return undefined;
}

/** The base is written back and in the list: UNPREDICTABLE, UNDEFINED in QEMU (except in A32 stores). */
function baseListed(f: Instruction): boolean {
  return f.w !== 0 && (f.l & (1 << f.n)) !== 0;
}

interface Mode {
  /** P and U of A32. */
  readonly bits: string;
  readonly before: boolean;
  readonly increment: boolean;
}

const DA: Mode = { bits: '00', before: false, increment: false };
const IA: Mode = { bits: '01', before: false, increment: true };
const DB: Mode = { bits: '10', before: true, increment: false };
const IB: Mode = { bits: '11', before: true, increment: true };
const MODES = [DA, IA, DB, IB] as const;

function loadA32(mode: Mode): Encoding {
  return {
    set: 'A32',
    name: 'A1',
    pattern: `cccc 100${mode.bits[0]} ${mode.bits[1]}0w1 nnnn llllllllllllllll`,
    decode: (f) => (baseListed(f) ? 'UNDEFINED' : place(f, mode.before, mode.increment)),
  };
}

function storeA32(mode: Mode): Encoding {
  return {
    set: 'A32',
    name: 'A1',
    pattern: `cccc 100${mode.bits[0]} ${mode.bits[1]}0w0 nnnn llllllllllllllll`,
    decode: (f) => place(f, mode.before, mode.increment),
  };
}

function wideThumb(name: string, bits: string, load: '0' | '1', mode: Mode): Encoding {
  return {
    set: 'T32',
    name,
    pattern: `1110 100${bits[0]} ${bits[1]}0w${load} nnnn llllllllllllllll`,
    decode: (f) => {
      // One register is UNPREDICTABLE here, unlike in A32; QEMU 7.2 makes it UNDEFINED.
      const tooFew = (f.l & (f.l - 1)) === 0;
      return tooFew || baseListed(f) ? 'UNDEFINED' : place(f, mode.before, mode.increment);
    },
  };
}

/**
 * Loads the registers of a list from ascending addresses: every load is done before the first register is
 * written, because the writes happen on the way back. R15 is left to the caller.
 * @returns the value for the highest register
 */
function loadList(o: Ops, list: number, base: I32, offset: number): I32 {
  const value = o.load32Aligned(o.add(base, o.imm(offset)));
  const rest = list & (list - 1);
  const last = rest === 0 ? value : loadList(o, rest, base, offset + 4);
  const t = lowest(list);
  if (t !== 15) o.setReg(t, value);
  return last;
}

function loadListToUser(o: Ops, list: number, base: I32, offset: number): void {
  const value = o.load32Aligned(o.add(base, o.imm(offset)));
  const rest = list & (list - 1);
  if (rest !== 0) loadListToUser(o, rest, base, offset + 4);
  o.sys.setUserReg(lowest(list), value);
}

function loadMultiple(o: Ops, f: Instruction): void {
  const base = o.reg(f.n);
  const last = loadList(o, f.l, base, f.i);
  if (f.w !== 0) o.setReg(f.n, o.add(base, o.imm(f.k)));
  if ((f.l & PC) !== 0) o.bxWritePC(last);
}

function storeMultiple(o: Ops, f: Instruction): void {
  const base = o.reg(f.n);
  let offset = f.i;
  for (let rest = f.l; rest !== 0; rest &= rest - 1) {
    o.store32Aligned(o.add(base, o.imm(offset)), o.reg(lowest(rest)));
    offset += 4;
  }
  if (f.w !== 0) o.setReg(f.n, o.add(base, o.imm(f.k)));
}

/** User registers and exception return: UNDEFINED in User mode (as QEMU) and in Hyp mode. */
function systemFormAllowed(o: Ops): boolean {
  if (o.privileged && !o.hyp) return true;
  o.undefinedInstruction();
  return false;
}

function systemForms(
  pattern: (mode: Mode) => string,
  decode: (f: Instruction) => DecodeOutcome = () => undefined,
): Encoding[] {
  return MODES.map((mode) => ({
    set: 'A32' satisfies InstructionSet,
    name: 'A1',
    pattern: pattern(mode),
    decode: (f) => (decode(f) === 'UNDEFINED' ? 'UNDEFINED' : place(f, mode.before, mode.increment)),
  }));
}

export const blockTransfer: readonly Definition[] = [
  {
    name: 'LDM',
    section: 'A8.8.57',
    class: 'block-transfer',
    encodings: [
      loadA32(IA),
      {
        set: 'T16',
        name: 'T1',
        pattern: '11001 nnn llllllll',
        decode: (f) => {
          f.w = (f.l & (1 << f.n)) === 0 ? 1 : 0;
          return place(f, false, true);
        },
      },
      wideThumb('T2', '01', '1', IA),
    ],
    exec: loadMultiple,
  },
  {
    name: 'LDMDA',
    section: 'A8.8.59',
    class: 'block-transfer',
    encodings: [loadA32(DA)],
    exec: loadMultiple,
  },
  {
    name: 'LDMDB',
    section: 'A8.8.60',
    class: 'block-transfer',
    encodings: [loadA32(DB), wideThumb('T1', '10', '1', DB)],
    exec: loadMultiple,
  },
  {
    name: 'LDMIB',
    section: 'A8.8.61',
    class: 'block-transfer',
    encodings: [loadA32(IB)],
    exec: loadMultiple,
  },
  {
    name: 'POP',
    section: 'A8.8.131',
    class: 'block-transfer',
    encodings: [
      {
        set: 'T16',
        name: 'T1',
        pattern: '1011110 p llllllll',
        decode: (f) => {
          if (f.p !== 0) f.l |= PC;
          f.n = 13;
          f.w = 1;
          return place(f, false, true);
        },
      },
    ],
    exec: loadMultiple,
  },
  {
    name: 'STM',
    section: 'A8.8.199',
    class: 'block-transfer',
    encodings: [
      storeA32(IA),
      {
        set: 'T16',
        name: 'T1',
        pattern: '11000 nnn llllllll',
        decode: (f) => {
          f.w = 1;
          return place(f, false, true);
        },
      },
      wideThumb('T2', '01', '0', IA),
    ],
    exec: storeMultiple,
  },
  {
    name: 'STMDA',
    section: 'A8.8.200',
    class: 'block-transfer',
    encodings: [storeA32(DA)],
    exec: storeMultiple,
  },
  {
    name: 'STMDB',
    section: 'A8.8.201',
    class: 'block-transfer',
    encodings: [storeA32(DB), wideThumb('T1', '10', '0', DB)],
    exec: storeMultiple,
  },
  {
    name: 'STMIB',
    section: 'A8.8.202',
    class: 'block-transfer',
    encodings: [storeA32(IB)],
    exec: storeMultiple,
  },
  {
    name: 'PUSH',
    section: 'A8.8.133',
    class: 'block-transfer',
    encodings: [
      {
        set: 'T16',
        name: 'T1',
        pattern: '1011010 p llllllll',
        decode: (f) => {
          if (f.p !== 0) f.l |= LR;
          f.n = 13;
          f.w = 1;
          return place(f, true, false);
        },
      },
    ],
    exec: storeMultiple,
  },
  {
    name: 'LDM (User registers)',
    section: 'B9.3.6',
    class: 'block-transfer',
    encodings: systemForms(({ bits }) => `cccc 100${bits[0]} ${bits[1]}101 nnnn 0lllllllllllllll`),
    exec: (o, f) => {
      if (systemFormAllowed(o)) loadListToUser(o, f.l, o.reg(f.n), f.i);
    },
  },
  {
    name: 'LDM (exception return)',
    section: 'B9.3.5',
    class: 'block-transfer',
    encodings: systemForms(
      ({ bits }) => `cccc 100${bits[0]} ${bits[1]}1w1 nnnn 1lllllllllllllll`,
      (f) => {
        f.l |= PC;
        return baseListed(f) ? 'UNDEFINED' : undefined;
      },
    ),
    exec: (o, f) => {
      if (!systemFormAllowed(o)) return;
      const base = o.reg(f.n);
      const pc = loadList(o, f.l, base, f.i);
      if (f.w !== 0) o.setReg(f.n, o.add(base, o.imm(f.k)));
      o.sys.exceptionReturnSPSR(pc);
    },
  },
  {
    name: 'STM (User registers)',
    section: 'B9.3.17',
    class: 'block-transfer',
    encodings: systemForms(({ bits }) => `cccc 100${bits[0]} ${bits[1]}1w0 nnnn llllllllllllllll`),
    exec: (o, f) => {
      if (!systemFormAllowed(o)) return;
      const base = o.reg(f.n);
      let offset = f.i;
      for (let rest = f.l; rest !== 0; rest &= rest - 1) {
        const t = lowest(rest);
        o.store32Aligned(o.add(base, o.imm(offset)), t === 15 ? o.reg(15) : o.sys.userReg(t));
        offset += 4;
      }
      if (f.w !== 0) o.setReg(f.n, o.add(base, o.imm(f.k)));
    },
  },
];
