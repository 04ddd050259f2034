import benny from 'benny';
import { CPU } from '../../jit/abi/cpu-state.js';
import { GIC_CPU_INTERFACE_BASE, RAM_BASE } from '../../runtime/board/memory-map.js';
import type { VirtBoard } from '../../runtime/board/virt.js';
import { takenIndex, Vector } from '../../runtime/cpu/exceptions.js';
import { boardWith } from './machine.js';

/** Interrupts per measured call. */
const INTERRUPTS = 10_000;
/** Instructions from one to the next: handler and a bit of the loop. */
const SLICE = 8;

const GICD_CTLR = 0x000;
const GICD_ISENABLER = 0x100;
const GICD_SGIR = 0xf00;
const GICC_CTLR = 0x00;
const GICC_PMR = 0x04;

/** Vectors at RAM_BASE; the handler acknowledges and ends. */
const PROGRAM = [
  0xea000008, // reset: b loop
  0xeafffffe, // undefined: b .
  0xeafffffe,
  0xeafffffe,
  0xeafffffe,
  0xeafffffe,
  0xe24ee004, // IRQ: sub lr, lr, #4
  0xe590100c, // ldr r1, [r0, #0xc]: GICC_IAR
  0xe5801010, // str r1, [r0, #0x10]: GICC_EOIR
  0xe1b0f00e, // movs pc, lr
  0xe2822001, // loop: add r2, r2, #1
  0xeafffffd, // b loop
];

function interruptible(): VirtBoard {
  const board = boardWith({ words: PROGRAM });
  const { distributor, cpuInterface } = board.gic;
  distributor.write(GICD_CTLR, 4, 1, 0);
  distributor.write(GICD_ISENABLER, 4, 1, 0);
  cpuInterface.write(GICC_PMR, 4, 0xf0, 0);
  cpuInterface.write(GICC_CTLR, 4, 1, 0);
  const [{ state }] = board.vcpus;
  state.set(CPU.VBAR, RAM_BASE);
  state.set(CPU.R, GIC_CPU_INTERFACE_BASE);
  // Unmasked: CPSR.I.
  state.set(CPU.CPSR, state.get(CPU.CPSR) & ~0x80);
  return board;
}

/** Raises software-generated interrupts one by one and lets the guest handle each. @throws Error when one is not taken */
function deliver(board: VirtBoard): void {
  const [vcpu] = board.vcpus;
  const { taken } = vcpu.exceptions;
  const irq = takenIndex(Vector.IRQ);
  const before = taken[irq];
  for (let i = 0; i < INTERRUPTS; i++) {
    // To this CPU itself.
    board.gic.distributor.write(GICD_SGIR, 4, 2 << 24, 0);
    vcpu.run(SLICE);
  }
  if (taken[irq] - before !== INTERRUPTS) throw new Error(`${taken[irq] - before} interrupts were taken`);
}

export function interruptSuite(): Promise<unknown> {
  return benny.suite(
    `interrupts: one operation is ${INTERRUPTS} raised, taken, acknowledged and ended`,
    benny.add('software-generated interrupt to the own CPU', () => {
      const board = interruptible();
      return () => deliver(board);
    }),
    benny.cycle(),
    benny.complete(),
  );
}
