/**
 * Each trap bit alone, with every access that it traps, and with others (ARM DDI 0406C B1.14): registers by the table that
 * test/cpu/trap-bits.test.ts has too, and the instructions that are no register accesses.
 */
import { Mode } from '../../../jit/abi/cpu-state.js';
import { HCPTR, HCR, HDCR } from '../../../jit/abi/registers.js';
import { cp14, cp14Wide } from '../../../runtime/cpu/cp14.js';
import { Level } from '../../../runtime/cpu/cp15/register.js';
import { cp15, cp15Wide } from '../../../runtime/cpu/cp15/table.js';
import type { Random } from '../../conformance/random.js';
import { TRAP_BITS, type TrapControl } from '../../cpu/trap-bits.js';
import { mcr, mcrr, mrc, mrrc, SVC } from '../assembler.js';
import { type Image, newInput } from '../image.js';
import { FILLER, WINDOW } from '../memory-map.js';
import { HDCR_RESET } from '../monitor.js';
import { IN } from '../record.js';
import { NOT_READ, NOT_WRITTEN } from './traps.js';

/** Says that a case of this name has to end in Hyp mode. */
export const TRAPPED = 'is trapped by';

interface Access {
  readonly name: string;
  readonly cp: 14 | 15;
  readonly crn: number | undefined;
  readonly read: number | undefined;
  readonly written: number | undefined;
  /** Harmless when they are not trapped. */
  readonly mayRead: boolean;
  readonly mayWrite: boolean;
}

/** Accesses that PL1 can make. */
function accesses(): Access[] {
  const all: Access[] = [];
  const add = (
    cp: 14 | 15,
    name: string,
    crn: number | undefined,
    access: { read: number; write: number },
    read: number,
    written: number,
  ) => {
    const plain = name.replace(/, 64 bits$/, '');
    all.push({
      ...{ name, cp, crn },
      read: access.read <= Level.PL1 ? read : undefined,
      written: access.write <= Level.PL1 ? written : undefined,
      mayRead: !NOT_READ.test(plain),
      mayWrite: !NOT_WRITTEN.test(plain),
    });
  };
  for (const [cp, registers] of [[15, cp15] as const, [14, cp14] as const]) {
    for (const register of registers.filter(({ needs }) => needs !== 'security')) {
      const at = { ...register, cp };
      add(cp, register.name, register.crn, register.access, mrc(0, at), mcr(0, at));
    }
  }
  for (const [cp, registers] of [[15, cp15Wide] as const, [14, cp14Wide] as const]) {
    for (const { name, opc1, crm, access } of registers.filter(({ needs }) => needs !== 'security')) {
      const wide = [mrrc(0, 1, opc1, crm, cp), mcrr(0, 1, opc1, crm, cp)] as const;
      add(cp, `${name}, 64 bits`, undefined, access, ...wide);
    }
  }
  return all;
}

/** What is trapped by a bit but is no access to a register: mode, bit, A32 encodings, of which the last is the one. */
const INSTRUCTIONS: readonly (readonly [
  name: string,
  mode: number,
  control: TrapControl,
  value: number,
  ...code: number[],
])[] = [
  ['wfi, HCR.TWI', Mode.SVC, 'HCR', HCR.TWI, 0xe320_f003],
  ['wfi of User mode, HCR.TWI', Mode.USR, 'HCR', HCR.TWI, 0xe320_f003],
  // The first one consumes the event that the exception return to it has left.
  ['wfe, HCR.TWE', Mode.SVC, 'HCR', HCR.TWE, 0xe320_f002, 0xe320_f002],
  ['smc, HCR.TSC', Mode.SVC, 'HCR', HCR.TSC, 0xe160_0070],
  ['svc, HCR.TGE', Mode.USR, 'HCR', HCR.TGE, SVC],
  ['an undefined instruction, HCR.TGE', Mode.USR, 'HCR', HCR.TGE, FILLER],
  ['bkpt, HDCR.TDE', Mode.SVC, 'HDCR', HDCR.TDE | HDCR.TDA | HDCR.TDOSA | HDCR.TDRA, 0xe120_0070],
  ['vadd.f32, HCPTR.TCP10 and TCP11', Mode.SVC, 'HCPTR', 0xc00, 0xee30_0a00],
  ['vldr, HCPTR.TCP10 and TCP11', Mode.USR, 'HCPTR', 0xc00, 0xed91_0b00],
  ['vmrs fpscr, HCPTR.TCP10 and TCP11', Mode.SVC, 'HCPTR', 0xc00, 0xeef1_0a10],
  ['vadd.i32, HCPTR.TCP10 and TCP11', Mode.SVC, 'HCPTR', 0xc00, 0xf220_0842],
  ['vadd.i32, HCPTR.TASE', Mode.SVC, 'HCPTR', HCPTR.TASE, 0xf220_0842],
  ['vld1, HCPTR.TASE', Mode.USR, 'HCPTR', HCPTR.TASE, 0xf421_070f],
  ['vmov.8, HCPTR.TASE', Mode.USR, 'HCPTR', HCPTR.TASE, 0xee40_0b10],
  ['vmov.u16, HCPTR.TASE', Mode.SVC, 'HCPTR', HCPTR.TASE, 0xee90_0b30],
  ['vmov.32, HCPTR.TCP10 and TCP11', Mode.SVC, 'HCPTR', 0xc00, 0xee00_0b10],
  ['bxj, HSTR.TJDBX', Mode.SVC, 'HSTR', 1 << 17, 0xe12f_ff21],
];

/** @param share of the accesses that a bit does not trap */
export function trapBits(image: Image, random: Random, share: number): void {
  if (!image.kind.virtualization) return;
  const all = accesses();
  const bits = [
    ...TRAP_BITS,
    ['HSTR.T0', 'HSTR', 1 << 0, ofC(0), ofC(0)] as const,
    ['HSTR.T7', 'HSTR', 1 << 7, [...ofC(7), 'PAR, 64 bits'], [...ofC(7), 'PAR, 64 bits']] as const,
    ['HDCR.TDA', 'HDCR', HDCR.TDA | HDCR.TDOSA | HDCR.TDRA, debug(), debug()] as const,
  ];
  for (const [bit, control, value, read, written] of bits) {
    for (const access of all) {
      const trapsRead = read.includes(access.name);
      const trapsWrite = written.includes(access.name);
      const spare = () => control !== 'HSTR' && random.chance(0.1 * share);
      if (access.read !== undefined && (trapsRead || (access.mayRead && spare())))
        add(`mrc ${access.name}`, bit, Mode.SVC, control, value, [access.read], trapsRead);
      if (access.written !== undefined && (trapsWrite || (access.mayWrite && spare())))
        add(`mcr ${access.name}`, bit, Mode.SVC, control, value, [access.written], trapsWrite);
    }
  }
  for (const [name, mode, control, value, ...code] of INSTRUCTIONS) {
    const [what, bit] = name.split(', ') as [string, string];
    add(what, bit, mode, control, value, code, true);
  }

  function ofC(crn: number): string[] {
    return all.filter((access) => access.cp === 15 && access.crn === crn).map(({ name }) => name);
  }

  function debug(): string[] {
    return all.filter(({ cp, name }) => cp === 14 && name.startsWith('DBG')).map(({ name }) => name);
  }

  function add(
    name: string,
    bit: string,
    mode: number,
    control: TrapControl,
    value: number,
    code: readonly number[],
    traps: boolean,
  ): void {
    const input = newInput(random, mode);
    input[IN[control]] = control === 'HDCR' ? value | HDCR_RESET : value;
    input[IN.R + 1] = WINDOW;
    // QEMU does not know HDCR.TPMCR: what it writes is what is there, so that later reads agree.
    if (name === 'mcr PMCR') input[IN.R] = 0;
    const title = `${name} ${traps ? TRAPPED : 'and'} ${bit}`;
    image.add({ class: 'hyp traps', name: title, code, words: true, input });
  }
}
