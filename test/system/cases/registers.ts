/** Every encoding of MRC, MCR, MRRC and MCRR to coprocessors 14 and 15, and of VMRS and VMSR. */
import { Mode } from '../../../jit/abi/cpu-state.js';
import { Random } from '../../conformance/random.js';
import { type CoprocessorRegister, constant, mcr, mcrr, mov, mrc, mrrc, SVC, strPost } from '../assembler.js';
import { type Image, newInput } from '../image.js';
import { WINDOW } from '../memory-map.js';
import { tableAddress } from '../monitor.js';
import { IN } from '../record.js';
import { Table } from '../vectors.js';

const MODE_NAMES: Readonly<Record<number, string>> = {
  [Mode.USR]: 'User',
  [Mode.SVC]: 'SVC',
  [Mode.HYP]: 'Hyp',
};

const POISON = 0x5ca1_ab1e;
/** Where a sweep writes its results. */
const RESULTS = 12;

function sweptModes(image: Image): readonly number[] {
  return image.kind.virtualization ? [Mode.USR, Mode.SVC, Mode.HYP] : [Mode.USR, Mode.SVC];
}

interface Named extends CoprocessorRegister {
  readonly cp: 14 | 15;
  readonly text: string;
}

function* encodings(): Generator<Named> {
  for (const cp of [14, 15] as const)
    for (let opc1 = 0; opc1 < 8; opc1++)
      for (let crn = 0; crn < 16; crn++)
        for (let crm = 0; crm < 16; crm++)
          for (let opc2 = 0; opc2 < 8; opc2++)
            yield { cp, opc1, crn, crm, opc2, text: `p${cp}, ${opc1}, c${crn}, c${crm}, ${opc2}` };
}

/** Registers whose value depends on the time. */
function isVolatile(text: string): boolean {
  // CNTP_TVAL, CNTV_TVAL, CNTHP_TVAL
  return /^p15, [04], c14, c[23], 0$/.test(text);
}

/** Writes that a sweep must not do. */
function isDangerous({ cp, opc1, crn, crm, opc2 }: CoprocessorRegister): boolean {
  // WFI of ARMv6 sleeps.
  return cp === 15 && opc1 === 0 && crn === 7 && crm === 0 && opc2 === 4;
}

/** Bits that a sweep may set: not the MMU enable. */
function writable({ cp, opc1, crn, crm, opc2 }: CoprocessorRegister): number {
  const isControl = cp === 15 && (opc1 === 0 || opc1 === 4) && crn === 1 && crm === 0 && opc2 === 0;
  return isControl ? ~1 : -1;
}

function wideIsVolatile(text: string): boolean {
  // CNTPCT, CNTVCT
  return /^p15, [01], c14$/.test(text);
}

function* wideEncodings(): Generator<{ cp: 14 | 15; opc1: number; crm: number; text: string }> {
  for (const cp of [14, 15] as const)
    for (let opc1 = 0; opc1 < 16; opc1++)
      for (let crm = 0; crm < 16; crm++) yield { cp, opc1, crm, text: `p${cp}, ${opc1}, c${crm}` };
}

class Sweep {
  readonly code: number[] = [];
  readonly labels: string[] = [];

  result(register: number, label: string): void {
    this.code.push(strPost(register, RESULTS, 4));
    this.labels.push(label);
  }

  add(image: Image, random: Random, className: string, mode: number): void {
    const input = newInput(random, mode);
    input[IN.VBAR] = tableAddress(Table.SKIP);
    input[IN.HVBAR] = tableAddress(Table.HYP_SKIP);
    image.add({
      class: className,
      name: `${MODE_NAMES[mode]} sweep`,
      code: [...this.code, SVC],
      words: true,
      input,
      labels: this.labels,
    });
  }
}

/** Reads every register, from User mode, SVC mode and Hyp mode. */
export function registerReads(image: Image): void {
  for (const mode of sweptModes(image)) {
    const sweep = new Sweep();
    for (const register of encodings()) {
      if (isVolatile(register.text)) continue;
      sweep.code.push(...constant(0, POISON), mrc(0, register));
      sweep.result(0, `${MODE_NAMES[mode]} mrc ${register.text}`);
    }
    for (const { cp, opc1, crm, text } of wideEncodings()) {
      if (wideIsVolatile(text)) continue;
      sweep.code.push(...constant(0, POISON), ...constant(1, POISON), mrrc(0, 1, opc1, crm, cp));
      sweep.result(0, `${MODE_NAMES[mode]} mrrc ${text} low`);
      sweep.result(1, `${MODE_NAMES[mode]} mrrc ${text} high`);
    }
    sweep.add(image, new Random(1), 'register reads', mode);
  }
}

/** Writes ones, zeros and random bits to every register, reads them back, and restores what was there. */
export function registerWrites(image: Image, random: Random, mode: number): void {
  if (sweptModes(image).includes(mode)) {
    const sweep = new Sweep();
    const name = MODE_NAMES[mode];
    for (const register of encodings()) {
      if (isVolatile(register.text) || isDangerous(register)) continue;
      // User mode keeps PMCCNTR and the timers as they are; what it may write at all is written.
      sweep.code.push(mrc(0, register), mov(1, 0));
      for (const value of [-1, 0, random.word()]) {
        const bits = (value & writable(register)) >>> 0;
        sweep.code.push(...constant(0, bits), mcr(0, register));
        sweep.result(0, `${name} mcr ${register.text} of ${bits.toString(16)}`);
        sweep.code.push(...constant(0, POISON), mrc(0, register));
        sweep.result(0, `${name} mrc ${register.text} after ${bits.toString(16)}`);
      }
      sweep.code.push(mcr(1, register));
    }
    for (const { cp, opc1, crm, text } of wideEncodings()) {
      if (wideIsVolatile(text)) continue;
      sweep.code.push(mrrc(0, 1, opc1, crm, cp), mov(2, 0), mov(3, 1));
      for (const value of [-1, 0, random.word()]) {
        sweep.code.push(...constant(0, value >>> 0), ...constant(1, (value ^ 0xf0) >>> 0));
        sweep.code.push(mcrr(0, 1, opc1, crm, cp));
        sweep.result(0, `${name} mcrr ${text} of ${(value >>> 0).toString(16)}`);
        sweep.code.push(...constant(0, POISON), ...constant(1, POISON), mrrc(0, 1, opc1, crm, cp));
        sweep.result(0, `${name} mrrc ${text} low after ${(value >>> 0).toString(16)}`);
        sweep.result(1, `${name} mrrc ${text} high after ${(value >>> 0).toString(16)}`);
      }
      sweep.code.push(mcrr(2, 3, opc1, crm, cp));
    }
    sweep.add(image, new Random(1), 'register writes', mode);
  }
}

/** VMRS and VMSR of all registers with VFP enabled, disabled and out of reach. */
export function vfpRegisters(image: Image, random: Random): void {
  for (const mode of sweptModes(image)) {
    for (const cpacr of [0, 0x0010_0000, 0x0050_0000, 0x00f0_0000, 0x40f0_0000, 0x80f0_0000, 0xc0f0_0000]) {
      for (const fpexc of [0, 0x4000_0000]) {
        const add = (name: string, code: readonly number[]) => {
          const input = newInput(random, mode);
          input[IN.CPACR] = cpacr;
          input[IN.FPEXC] = fpexc;
          input[IN.R + 1] = WINDOW;
          image.add({
            class: 'vfp access',
            name: `${name} ${MODE_NAMES[mode]} cpacr ${cpacr.toString(16)} fpexc ${fpexc.toString(16)}`,
            code,
            words: true,
            input,
          });
        };
        for (let reg = 0; reg < 16; reg++) {
          add(`vmrs ${reg}`, [(0xeef0_0a10 | (reg << 16)) >>> 0]);
          add(`vmsr ${reg}`, [(0xeee0_0a10 | (reg << 16)) >>> 0, (0xeef0_1a10 | (reg << 16)) >>> 0]);
        }
        add('vadd.f32', [0xee30_0a00]);
        add('vadd.i32', [0xf220_0842]);
        add('vmov d17', [0xec51_0b31]);
        add('vldr d16', [0xeddf_0b00]);
        add('vld1', [0xf421_070f]);
        add('vmov.8', [0xee40_0b10]);
        add('vmov.u16', [0xee90_0b30]);
        add('vmov.32', [0xee00_0b10]);
      }
    }
  }
}
