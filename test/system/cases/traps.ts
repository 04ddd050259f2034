/** Accesses that HCR, HCPTR, HSTR and HDCR trap to Hyp mode (ARM DDI 0406C B1.14). */
import { Mode } from '../../../jit/abi/cpu-state.js';
import { cp14, cp14Wide } from '../../../runtime/cpu/cp14.js';
import { cp15, cp15Wide } from '../../../runtime/cpu/cp15/table.js';
import type { Random } from '../../conformance/random.js';
import { mcr, mcrr, mrc, mrrc } from '../assembler.js';
import { type Image, landing, newInput } from '../image.js';
import { WINDOW } from '../memory-map.js';
import { HDCR_RESET } from '../monitor.js';
import { IN } from '../record.js';

/** TWI, TID0 to TID3, TSC, TIDCP, TAC, TSW, TPC, TPU, TTLB, TVM. */
const HCR_TRAPS = 0x07ff_a000;
/** TTA and TCPAC, and TCP10 with TCP11: setting one alone is UNPREDICTABLE. */
const HCPTR_TRAPS = 0x8010_0000;
const HCPTR_VFP = 0x0c00;
/** TPMCR, TPM, TDA, TDOSA, TDRA. */
const HDCR_TRAPS = 0x0000_0e60;
/** T0 to T15 but T4, T13 (the monitor's scratch registers) and T14; TTEE, TJDBX. */
const HSTR_TRAPS = 0x0003_9fef;

const WFI = 0xe320_f003;
const SMC = 0xe160_0070;
const OTHERS: readonly (readonly [name: string, code: number, user: boolean])[] = [
  ['bxj', 0xe12f_ff21, true],
  ['vadd.f32', 0xee30_0a00, true],
  ['vadd.i32', 0xf220_0842, true],
  ['vldr', 0xed91_0b00, true],
  ['vld1', 0xf421_070f, true],
  ['vmov.8', 0xee40_0b10, true],
  ['vmov.u16', 0xee90_0b30, true],
  ['vmov.32', 0xee00_0b10, true],
  ['vmrs fpsid', 0xeef0_0a10, false],
  ['vmrs fpscr', 0xeef1_0a10, true],
  ['vmrs mvfr1', 0xeef6_0a10, false],
  ['vmrs mvfr0', 0xeef7_0a10, false],
  ['vmrs fpexc', 0xeef8_0a10, false],
  ['vmsr fpsid', 0xeee0_0a10, false],
  ['vmsr fpexc', 0xeee8_0a10, false],
];

/** Registers whose value depends on the time, or whose write would end the test. */
export const NOT_READ = /^(CNTPCT|CNTVCT|CNT.*_TVAL|CNT.*_CTL)$/;
export const NOT_WRITTEN =
  /^(SCTLR|FCSEIDR|TTBCR|VBAR|HVBAR|HCR|HSCTLR|HSTR|HCPTR|HDCR|HACR|CPACR|CNT.*|PM.*|TPIDR.*|HTPIDR)$/;

export function hypTraps(image: Image, random: Random, count: number): void {
  if (!image.kind.virtualization) return;
  const registers = [
    // UNDEFINED here: whether HSTR traps them all the same is a choice.
    ...cp15
      .filter(({ name, needs }) => needs !== 'security' && !name.startsWith('ATS12'))
      .map((register) => ({ cp: 15 as const, ...register })),
    ...cp14.map((register) => ({ cp: 14 as const, ...register })),
  ];
  const wide = [
    ...cp15Wide.map((register) => ({ cp: 15 as const, ...register })),
    ...cp14Wide.map((register) => ({ cp: 14 as const, ...register })),
  ];
  for (let index = 0; index < count; index++) {
    const mode = random.pick([Mode.USR, Mode.SVC, Mode.IRQ, Mode.SYS, Mode.SVC]);
    const kind = random.below(8);
    const condition = random.chance(0.8) ? 14 : random.below(14);
    if (kind < 3) {
      const register = random.pick(registers);
      if (!NOT_READ.test(register.name)) add(`mrc ${register.name}`, mrc(0, register), mode, condition);
    } else if (kind < 5) {
      const register = random.pick(registers);
      if (!NOT_WRITTEN.test(register.name)) add(`mcr ${register.name}`, mcr(0, register), mode, condition);
    } else if (kind === 5) {
      const { name, opc1, crm, cp } = random.pick(wide);
      if (random.chance(0.5)) {
        if (!NOT_READ.test(name)) add(`mrrc ${name}`, mrrc(0, 1, opc1, crm, cp), mode, condition);
      } else if (!NOT_WRITTEN.test(name)) add(`mcrr ${name}`, mcrr(0, 1, opc1, crm, cp), mode, condition);
    } else if (kind === 6) {
      const [name, code, user] = random.pick(OTHERS);
      if (user || mode !== Mode.USR) add(name, code, mode, code >>> 28 === 14 ? condition : 15);
    } else {
      // They would sleep, or call the firmware, when they are not trapped.
      const [name, code, bit] = random.pick([
        ['wfi', WFI, 1 << 13],
        ['smc', SMC, 1 << 19],
      ] as const);
      if (name !== 'smc' || mode !== Mode.USR) add(name, code, mode, condition, bit);
    }
  }

  function add(name: string, code: number, mode: number, condition: number, hcr = 0): void {
    const input = newInput(random, mode);
    const some = (mask: number) => random.word() & random.word() & mask;
    input[IN.HCR] = some(HCR_TRAPS) | hcr;
    input[IN.HCPTR] = some(HCPTR_TRAPS) | (random.chance(0.5) ? HCPTR_VFP : 0);
    input[IN.HSTR] = random.chance(0.5) ? some(HSTR_TRAPS) : 0;
    input[IN.HDCR] = HDCR_RESET | some(HDCR_TRAPS);
    input[IN.R + 1] = name === 'bxj' ? landing(random) & ~3 : WINDOW;
    image.add({
      class: 'hyp traps',
      name: `${name} hcptr ${(input[IN.HCPTR]! >>> 0).toString(16)} hstr ${input[IN.HSTR]!.toString(16)} hdcr ${input[IN.HDCR]!.toString(16)}`,
      code: [((code & 0x0fff_ffff) | (condition << 28)) >>> 0],
      words: true,
      input,
    });
  }
}
