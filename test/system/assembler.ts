/** A32 encodings of the few instructions that the monitor and the test sequences consist of. */

/** Conditions of {@link Assembler.branch}. */
export const Condition = { EQ: 0, NE: 1, AL: 14 } as const;

/** LDR (immediate): `offset` is 0 to 4095. */
export function ldr(t: number, n: number, offset = 0): number {
  return (0xe590_0000 | (n << 16) | (t << 12) | offset) >>> 0;
}

/** STR (immediate): `offset` is 0 to 4095. */
export function str(t: number, n: number, offset = 0): number {
  return (0xe580_0000 | (n << 16) | (t << 12) | offset) >>> 0;
}

/** STR with post-increment. */
export function strPost(t: number, n: number, step: number): number {
  return (0xe480_0000 | (n << 16) | (t << 12) | step) >>> 0;
}

/** A register list from `from` to `to`. */
export function range(from: number, to: number): number {
  let list = 0;
  for (let n = from; n <= to; n++) list |= 1 << n;
  return list;
}

/** LDMIA. */
export function ldm(n: number, list: number, writeBack = false): number {
  return (0xe890_0000 | (writeBack ? 1 << 21 : 0) | (n << 16) | list) >>> 0;
}

/** STMIA. */
export function stm(n: number, list: number, writeBack = false): number {
  return (0xe880_0000 | (writeBack ? 1 << 21 : 0) | (n << 16) | list) >>> 0;
}

/** The numbers of a 32-bit coprocessor register. */
export interface CoprocessorRegister {
  readonly cp?: 14 | 15;
  readonly opc1: number;
  readonly crn: number;
  readonly crm: number;
  readonly opc2: number;
}

function transfer(opcode: number, t: number, { cp = 15, opc1, crn, crm, opc2 }: CoprocessorRegister): number {
  return (opcode | (opc1 << 21) | (crn << 16) | (t << 12) | (cp << 8) | (opc2 << 5) | crm) >>> 0;
}

export function mrc(t: number, register: CoprocessorRegister): number {
  return transfer(0xee10_0010, t, register);
}

export function mcr(t: number, register: CoprocessorRegister): number {
  return transfer(0xee00_0010, t, register);
}

/** MRRC: bits 31:0 go to `t`, 63:32 to `t2`. */
export function mrrc(t: number, t2: number, opc1: number, crm: number, cp: 14 | 15 = 15): number {
  return (0xec50_0000 | (t2 << 16) | (t << 12) | (cp << 8) | (opc1 << 4) | crm) >>> 0;
}

export function mcrr(t: number, t2: number, opc1: number, crm: number, cp: 14 | 15 = 15): number {
  return (0xec40_0000 | (t2 << 16) | (t << 12) | (cp << 8) | (opc1 << 4) | crm) >>> 0;
}

/** CPSID aif, #mode. */
export function cpsid(mode: number): number {
  return (0xf10e_01c0 | mode) >>> 0;
}

export function mrsCpsr(d: number): number {
  return (0xe10f_0000 | (d << 12)) >>> 0;
}

export function mrsSpsr(d: number): number {
  return (0xe14f_0000 | (d << 12)) >>> 0;
}

/** MSR SPSR_fsxc. */
export function msrSpsr(n: number): number {
  return (0xe16f_f000 | n) >>> 0;
}

/** MSR CPSR_c. */
export function msrCpsrControl(n: number): number {
  return (0xe121_f000 | n) >>> 0;
}

/** MRS (banked): `r` selects SPSR. */
export function mrsBanked(d: number, r: number, sysm: number): number {
  return (0xe100_0200 | (r << 22) | ((sysm & 15) << 16) | (d << 12) | ((sysm >> 4) << 8)) >>> 0;
}

export function msrBanked(r: number, sysm: number, n: number): number {
  return (0xe120_f200 | (r << 22) | ((sysm & 15) << 16) | ((sysm >> 4) << 8) | n) >>> 0;
}

/** MOVW, MOVT. */
export function constant(d: number, value: number): [number, number] {
  const move = (opcode: number, half: number) =>
    (opcode | ((half >>> 12) << 16) | (d << 12) | (half & 0xfff)) >>> 0;
  return [move(0xe300_0000, value & 0xffff), move(0xe340_0000, value >>> 16)];
}

export function mov(d: number, m: number): number {
  return (0xe1a0_0000 | (d << 12) | m) >>> 0;
}

/** ADD (immediate): `value` is 0 to 255. */
export function add(d: number, n: number, value: number): number {
  return (0xe280_0000 | (n << 16) | (d << 12) | value) >>> 0;
}

/** SUBS (immediate): `value` is 0 to 255. */
export function subs(d: number, n: number, value: number): number {
  return (0xe250_0000 | (n << 16) | (d << 12) | value) >>> 0;
}

/** AND (immediate): `value` is 0 to 255. */
export function and(d: number, n: number, value: number): number {
  return (0xe200_0000 | (n << 16) | (d << 12) | value) >>> 0;
}

/** CMP (immediate): `value` is 0 to 255. */
export function cmpImmediate(n: number, value: number): number {
  return (0xe350_0000 | (n << 16) | value) >>> 0;
}

export function cmp(n: number, m: number): number {
  return (0xe150_0000 | (n << 16) | m) >>> 0;
}

export function bx(m: number): number {
  return (0xe12f_ff10 | m) >>> 0;
}

export const ISB = 0xf57f_f06f;
export const DSB = 0xf57f_f04f;
export const CLREX = 0xf57f_f01f;
export const SETEND_LE = 0xf101_0000;
export const SETEND_BE = 0xf101_0200;
export const ERET = 0xe160_006e;
export const HVC = 0xe140_0070;
export const SMC = 0xe160_0070;
export const SVC = 0xef00_0000;
export const WFI = 0xe320_f003;
/** RFEIA SP. */
export const RFE_SP = 0xf89d_0a00;
/** MOVS PC, LR. */
export const MOVS_PC_LR = 0xe1b0_f00e;

/** Collects words at an address; branches to labels are resolved at the end. */
export class Assembler {
  readonly words: number[] = [];
  readonly #base: number;
  readonly #labels = new Map<string, number>();
  readonly #branches: { at: number; label: string; link: boolean; condition: number }[] = [];
  readonly #addresses: { at: number; label: string; register: number }[] = [];

  constructor(base: number) {
    this.#base = base;
  }

  /** Address of the next word. */
  get here(): number {
    return this.#base + 4 * this.words.length;
  }

  emit(...words: number[]): void {
    this.words.push(...words);
  }

  /** MOVW and MOVT. */
  constant(register: number, value: number): void {
    this.emit(...constant(register, value));
  }

  label(name: string): void {
    if (this.#labels.has(name)) throw new Error(`label ${name} is there twice`);
    this.#labels.set(name, this.here);
  }

  /** MOVW and MOVT of a label's address. */
  addressOf(register: number, label: string): void {
    this.#addresses.push({ at: this.words.length, label, register });
    this.emit(0, 0);
  }

  branch(label: string, condition: number = Condition.AL): void {
    this.#branches.push({ at: this.words.length, label, link: false, condition });
    this.emit(0);
  }

  call(label: string): void {
    this.#branches.push({ at: this.words.length, label, link: true, condition: Condition.AL });
    this.emit(0);
  }

  /** Fills up with zeros to an address that is a multiple of `bytes`. */
  align(bytes: number): void {
    while (this.here % bytes !== 0) this.emit(0);
  }

  address(name: string): number {
    const address = this.#labels.get(name);
    if (address === undefined) throw new Error(`no label ${name}`);
    return address;
  }

  finish(): Uint32Array {
    for (const { at, label, link, condition } of this.#branches) {
      const offset = (this.address(label) - (this.#base + 4 * at) - 8) >> 2;
      this.words[at] = ((condition << 28) | (link ? 0x0b00_0000 : 0x0a00_0000) | (offset & 0xff_ffff)) >>> 0;
    }
    for (const { at, label, register } of this.#addresses) {
      const [low, high] = constant(register, this.address(label));
      this.words[at] = low;
      this.words[at + 1] = high;
    }
    return Uint32Array.from(this.words);
  }
}
