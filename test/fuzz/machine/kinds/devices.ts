/** Loads and stores of every width to the registers of all devices, with interrupts from the timers, SGIs and the serial port. */
import { Mode } from '../../../../jit/abi/cpu-state.js';
import {
  FLASH_BASE,
  FW_CFG_BASE,
  GIC_CPU_INTERFACE_BASE,
  GIC_DISTRIBUTOR_BASE,
  GIC_HYP_BASE,
  GIC_VIRTUAL_CPU_INTERFACE_BASE,
  GPIO_BASE,
  RTC_BASE,
  SECURE_GPIO_BASE,
  SECURE_RAM_BASE,
  SECURE_UART_BASE,
  UART_BASE,
  VIRTIO_BASE,
} from '../../../../runtime/board/memory-map.js';
import { FLASH_BANK_SIZE, FLASH_BLOCK_SIZE } from '../../../../runtime/devices/cfi-flash.js';
import type { Random } from '../../../conformance/random.js';
import { integer } from '../../../conformance/values.js';
import { mcr } from '../../../system/assembler.js';
import { type Draft, makeProgram } from '../generate.js';
import type { MachineKind } from '../kind.js';
import { codeStep } from './code.js';

/** First address and bytes of the registers. */
const WINDOWS: readonly (readonly [address: number, bytes: number])[] = [
  [GIC_DISTRIBUTOR_BASE, 0x1000],
  [GIC_DISTRIBUTOR_BASE, 0x400],
  [GIC_DISTRIBUTOR_BASE + 0xf00, 0x40],
  [GIC_CPU_INTERFACE_BASE, 0x40],
  [GIC_CPU_INTERFACE_BASE, 0x2000],
  [GIC_HYP_BASE, 0x140],
  [GIC_VIRTUAL_CPU_INTERFACE_BASE, 0x40],
  [UART_BASE, 0x60],
  [UART_BASE, 0x1000],
  [RTC_BASE, 0x30],
  [RTC_BASE, 0x1000],
  [GPIO_BASE, 0x430],
  // Secure; elsewhere nothing is there.
  [SECURE_UART_BASE, 0x60],
  [SECURE_GPIO_BASE, 0x430],
  [SECURE_RAM_BASE, 0x40],
  [FW_CFG_BASE, 0x20],
  [VIRTIO_BASE, 0x4000],
  [FLASH_BASE, 2 * FLASH_BLOCK_SIZE],
  [FLASH_BASE + FLASH_BANK_SIZE, FLASH_BLOCK_SIZE],
];

/** Flash commands, among other values. */
const COMMANDS = [0x10, 0x20, 0x40, 0x50, 0x60, 0x70, 0x90, 0x98, 0xd0, 0xe8, 0xf0, 0xff, 1, 0];

/** A32 accesses of R0 (and its neighbours) at R8. */
const ACCESSES_A32 = [
  0xe598_0000, 0xe588_0000, 0xe5d8_0000, 0xe5c8_0000, 0xe1d8_00b0, 0xe1c8_00b0, 0xe1d8_00d0, 0xe1d8_00f0,
  0xe1c8_00d0, 0xe1c8_00f0, 0xe898_000f, 0xe888_000f, 0xe918_000f, 0xe4b8_0004, 0xe4a8_0004, 0xe198_0f9f,
  0xe188_1f90, 0xe108_1090, 0xe148_1090, 0xed98_0b00, 0xed88_0b00, 0xec98_0a04, 0xf428_078f, 0xf408_078f,
  0xe598_0004, 0xe588_0004,
];
/** The same in Thumb. */
const ACCESSES_T32 = [
  0xf8d8_0000, 0xf8c8_0000, 0xf898_0000, 0xf888_0000, 0xf8b8_0000, 0xf8a8_0000, 0xf998_0000, 0xf9b8_0000,
  0xe9d8_0100, 0xe9c8_0100, 0xe898_000f, 0xe888_000f, 0xe918_000f, 0xf858_0e04, 0xf848_0e04, 0xe858_0f00,
  0xe848_0100, 0xe8d8_0f4f, 0xe8c8_0f41, 0xed98_0b00, 0xed88_0b00, 0xec98_0a04, 0xf928_078f, 0xf908_078f,
  0xf8d8_0004, 0xf8c8_0004,
];

/** CNTV_TVAL and CNTV_CTL; CNTP_TVAL and CNTP_CTL. */
const TIMERS = [
  [
    { opc1: 0, crn: 14, crm: 3, opc2: 0 },
    { opc1: 0, crn: 14, crm: 3, opc2: 1 },
  ],
  [
    { opc1: 0, crn: 14, crm: 2, opc2: 0 },
    { opc1: 0, crn: 14, crm: 2, opc2: 1 },
  ],
] as const;

function registerAddress(random: Random): number {
  const [address, bytes] = random.pick(WINDOWS);
  const offset = random.below(bytes);
  return address + (random.chance(0.9) ? offset & ~3 : offset);
}

function value(random: Random): number {
  return random.chance(0.3)
    ? random.pick(COMMANDS)
    : random.chance(0.3)
      ? (1 << random.below(32)) | 0
      : integer(random);
}

/** One access to a device. */
export function accessDevice({ random, code }: Draft, address = registerAddress(random)): void {
  code.constant(8, address);
  if (random.chance(0.6)) code.constant(random.below(2), value(random));
  code.emit(random.pick(code.thumb ? ACCESSES_T32 : ACCESSES_A32));
}

/** Stores a word to a device. */
export function storeWord({ random, code }: Draft, address: number, word: number): void {
  const base = random.pick([8, 9, 10]);
  code.constant(base, address);
  code.constant(0, word);
  code.emit(code.thumb ? (0xf8c0_0000 | (base << 16)) >>> 0 : (0xe580_0000 | (base << 16)) >>> 0);
}

/** What lets interrupts through; a step each, so that a program mostly has some of it. */
function enableInterrupts(draft: Draft): void {
  const { random, code } = draft;
  switch (random.below(6)) {
    case 0:
      storeWord(draft, GIC_DISTRIBUTOR_BASE, 3);
      break;
    case 1:
      storeWord(draft, GIC_CPU_INTERFACE_BASE, random.below(16));
      storeWord(draft, GIC_CPU_INTERFACE_BASE + 4, 0xf0);
      break;
    case 2:
      storeWord(draft, GIC_DISTRIBUTOR_BASE + 0x100 + 4 * random.below(3), -1);
      break;
    case 3:
      storeWord(
        draft,
        GIC_DISTRIBUTOR_BASE + 0xf00,
        (random.below(3) << 24) | (0xff << 16) | random.below(16),
      );
      break;
    case 4: {
      const [tval, ctl] = random.pick(TIMERS);
      code.constant(0, random.below(8));
      code.emit(mcr(0, tval));
      code.constant(0, 1);
      code.emit(mcr(0, ctl));
      break;
    }
    default:
      // Acknowledge, and end.
      code.constant(8, GIC_CPU_INTERFACE_BASE);
      code.emit(code.thumb ? 0xf8d8_000c : 0xe598_000c, code.thumb ? 0xf8c8_0010 : 0xe588_0010);
  }
}

function devicesStep(draft: Draft): void {
  const kind = draft.random.below(10);
  if (kind < 5) accessDevice(draft);
  else if (kind < 7) enableInterrupts(draft);
  else codeStep(draft);
}

export const devices: MachineKind = {
  about: 'device registers at every width, timers and interrupts',
  floors: { instructions: 200, regions: 1, entered: 2, deviceAccesses: 5, faults: 1 },
  make: (seed) =>
    makeProgram(seed, {
      boards: ['plain', 'hyp', 'secure', 'secure-hyp'],
      modes: [Mode.SVC, Mode.SVC, Mode.SYS, Mode.IRQ, Mode.ABT, Mode.USR],
      step: devicesStep,
      events: ['irq', 'serial', 'serial', 'power-button'],
    }),
};
