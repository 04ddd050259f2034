/** SRS and RFE (ARM DDI 0406C B9.3.13, B9.3.15, B9.3.16): `i` offset of the lower word, `k` what write-back adds. */
import { Mode } from '../../abi/cpu-state.js';
import type { DecodeOutcome, Definition, Encoding, Instruction } from '../instruction.js';
import type { Ops } from '../ops.js';

const LOWER_WORD = { DA: -4, IA: 0, DB: -8, IB: 4 } as const;
type AddressingMode = keyof typeof LOWER_WORD;
const BITS: Record<AddressingMode, string> = { DA: '00', IA: '01', DB: '10', IB: '11' };
const MODES: readonly AddressingMode[] = ['DA', 'IA', 'DB', 'IB'];

function place(mode: AddressingMode): (f: Instruction) => DecodeOutcome {
  return (f) => {
    f.i = LOWER_WORD[mode];
    f.k = mode.startsWith('I') ? 8 : -8;
    return undefined;
  };
}

function a32(pattern: (p: string, u: string) => string): Encoding[] {
  return MODES.map((mode) => ({
    set: 'A32',
    name: 'A1',
    pattern: pattern(BITS[mode][0]!, BITS[mode][1]!),
    decode: place(mode),
  }));
}

/** Whether SRS may name `mode` from here; the choices for UNPREDICTABLE are QEMU's. */
function srsModeAllowed(o: Ops, mode: number): boolean {
  if (mode === Mode.HYP || mode === Mode.MON) return o.sys.modeExists(mode) && o.sys.isSecure();
  return o.sys.modeExists(mode);
}

export const exceptionReturn: readonly Definition[] = [
  {
    name: 'RFE',
    section: 'B9.3.13',
    class: 'block-transfer',
    encodings: [
      ...a32((p, u) => `1111 100${p} ${u}0w1 nnnn 0000 1010 0000 0000`),
      { set: 'T32', name: 'T1', pattern: '1110 1000 00w1 nnnn 1100 0000 0000 0000', decode: place('DB') },
      { set: 'T32', name: 'T2', pattern: '1110 1001 10w1 nnnn 1100 0000 0000 0000', decode: place('IA') },
    ],
    exec: (o, f) => {
      if (!o.privileged || o.hyp) {
        o.undefinedInstruction();
        return;
      }
      const base = o.reg(f.n);
      const address = o.add(base, o.imm(f.i));
      const pc = o.load32Aligned(address);
      const cpsr = o.load32Aligned(o.add(address, o.imm(4)));
      if (f.w !== 0 && f.n !== 15) o.setReg(f.n, o.add(base, o.imm(f.k)));
      o.sys.exceptionReturn(pc, cpsr);
    },
  },
  {
    name: 'SRS',
    section: 'B9.3.16',
    class: 'block-transfer',
    encodings: [
      ...a32((p, u) => `1111 100${p} ${u}1w0 1101 0000 0101 000m mmmm`),
      { set: 'T32', name: 'T1', pattern: '1110 1000 00w0 1101 1100 0000 000m mmmm', decode: place('DB') },
      { set: 'T32', name: 'T2', pattern: '1110 1001 10w0 1101 1100 0000 000m mmmm', decode: place('IA') },
    ],
    interpretOnly: true,
    exec: (o, f) => {
      // System mode has no SPSR: UNPREDICTABLE, UNDEFINED in QEMU.
      if (!o.privileged || o.hyp || o.sys.currentMode() === Mode.SYS || !srsModeAllowed(o, f.m)) {
        o.undefinedInstruction();
        return;
      }
      const base = o.sys.spOfMode(f.m);
      const address = o.add(base, o.imm(f.i));
      o.store32Aligned(address, o.reg(14));
      o.store32Aligned(o.add(address, o.imm(4)), o.sys.readSPSR());
      if (f.w !== 0) o.sys.setSpOfMode(f.m, o.add(base, o.imm(f.k)));
    },
  },
];
