/** Software-generated interrupts at the instruction that unmasks them, and virtual interrupts by HCR. */
import { Mode, PSR } from '../../../jit/abi/cpu-state.js';
import type { Random } from '../../conformance/random.js';
import { constant, DSB, ISB, MOVS_PC_LR, mrc, RFE_SP, str } from '../assembler.js';
import { type Image, landing, memoryPsr, modes, newInput } from '../image.js';
import { WINDOW } from '../memory-map.js';
import { IN } from '../record.js';
import { exceptionControls } from './table-drawn.js';

const GICD_SGIR = 0x0800_0f00;
/** To the CPU that asks. */
const TO_SELF = 2 << 24;
const ISR = { opc1: 0, crn: 12, crm: 1, opc2: 0 };
const HCR = { FMO: 1 << 3, IMO: 1 << 4, AMO: 1 << 5, VF: 1 << 6, VI: 1 << 7, VA: 1 << 8 } as const;
const CPSIE_I = 0xf108_0080;
const CPSIE_AIF = 0xf108_01c0;
const MSR_CPSR_C_R2 = 0xe121_f002;
const LDM_RETURN_SP = 0xe8fd_8000;

export function interrupts(image: Image, random: Random, count: number): void {
  for (let index = 0; index < count; index++) {
    softwareGenerated(image, random);
    if (image.kind.virtualization) virtualInterrupt(image, random);
  }
}

function softwareGenerated(image: Image, random: Random): void {
  const mode = random.pick(modes(image.kind).filter((candidate) => candidate !== Mode.USR));
  const input = newInput(random, mode);
  exceptionControls(input, random);
  const isHyp = mode === Mode.HYP;
  const [name, ...unmask] = random.pick<readonly [string, ...number[]]>([
    ['cpsie i', CPSIE_I],
    ['cpsie aif', CPSIE_AIF],
    ['msr cpsr_c', MSR_CPSR_C_R2],
    ...(isHyp || mode === Mode.SYS
      ? []
      : ([
          ['movs pc, lr', MOVS_PC_LR],
          ['rfe', RFE_SP],
          ['ldm ^', LDM_RETURN_SP],
        ] as const)),
  ]);
  input[IN.R + 2] = 0x140 | (random.chance(0.3) ? 0 : input[IN.CPSR]! & 0x1f);
  for (const bank of [IN.FIQ + 5, IN.IRQ, IN.SVC, IN.ABT, IN.UND, IN.USR]) {
    input[bank] = WINDOW + 16;
    input[bank + 1] = landing(random) & ~3;
  }
  for (const spsr of [IN.FIQ + 7, IN.IRQ + 2, IN.SVC + 2, IN.ABT + 2, IN.UND + 2]) {
    input[spsr] = memoryPsr(random) & ~PSR.I;
  }
  input[IN.WINDOW + 4] = landing(random) & ~3;
  input[IN.WINDOW + 5] = memoryPsr(random) & ~PSR.I;
  // From other modes HCR.IMO takes the interrupt at once, and QEMU when it next looks.
  if (isHyp && random.chance(0.5)) input[IN.HCR] = HCR.IMO;
  image.add({
    class: 'interrupts',
    name: `sgi ${name}`,
    code: [
      ...constant(0, GICD_SGIR),
      ...constant(1, TO_SELF | random.below(16)),
      str(1, 0),
      DSB,
      ISB,
      mrc(1, ISR),
      ...unmask,
    ],
    words: true,
    input,
  });
}

/** Pending from the first instruction on, or not at all. */
function virtualInterrupt(image: Image, random: Random): void {
  const mode = random.pick(modes(image.kind));
  const input = newInput(random, mode);
  exceptionControls(input, random);
  input[IN.CPSR] = (input[IN.CPSR]! & ~0x1c0) | (random.word() & 0x1c0);
  for (const bit of Object.values(HCR)) if (random.chance(0.5)) input[IN.HCR] |= bit;
  // Which of two goes first is IMPLEMENTATION DEFINED.
  if ((input[IN.HCR]! & HCR.VF) !== 0) input[IN.HCR] &= ~HCR.VI;
  image.add({
    class: 'interrupts',
    name: `virtual hcr ${input[IN.HCR]!.toString(16)}`,
    code: mode === Mode.USR ? [] : [mrc(1, ISR)],
    words: true,
    input,
  });
}
