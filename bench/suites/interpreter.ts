import benny from 'benny';
import { RAM_BASE } from '../../runtime/board/memory-map.js';
import { VirtBoard } from '../../runtime/board/virt.js';

/** Instructions per measured call: one benny operation is a million of them. */
const INSTRUCTIONS = 1_000_000;

/**
 * Seven instructions a round, as in the design's table: a load, arithmetic, a comparison, two conditional
 * instructions (one of them a store), a counter and a branch.
 */
const ARM_LOOP = [
  0xe3a00101, // mov r0, #0x40000000
  0xe2800601, // add r0, r0, #0x100000
  0xe2801a01, // add r1, r0, #0x1000
  0xe3e02000, // mvn r2, #0
  0xe5903000, // loop: ldr r3, [r0]
  0xe0844003, // add r4, r4, r3
  0xe3540064, // cmp r4, #100
  0xc2855001, // addgt r5, r5, #1
  0xd5814000, // strle r4, [r1]
  0xe2522001, // subs r2, r2, #1
  0x1afffff8, // bne loop
];

/** The same in Thumb, with an IT block. */
const THUMB_LOOP = [
  0xf04f,
  0x4080,
  0xf500,
  0x1080,
  0xf500,
  0x5180,
  0xf06f,
  0x0200, // the same four
  0x6803, // loop: ldr r3, [r0]
  0x18e4, // adds r4, r4, r3
  0x2c64, // cmp r4, #100
  0xbfc8, // it gt
  0x3501, // addgt r5, #1
  0x600c, // str r4, [r1]
  0x3a01, // subs r2, #1
  0xd1f7, // bne loop
];

function machineWith(program: Uint8Array, thumb: boolean): () => void {
  const board = new VirtBoard({
    memoryBytes: 16 << 20,
    features: { security: false, virtualization: false, cpus: 1 },
    clock: 'virtual',
    transmit: () => {},
  });
  board.load(RAM_BASE, program);
  board.reset(RAM_BASE, thumb);
  const [vcpu] = board.vcpus;
  return () => {
    vcpu.run(INSTRUCTIONS);
  };
}

/** Millions of guest instructions a second are benny's operations a second. */
export function interpreterSuite(): Promise<unknown> {
  return benny.suite(
    'interpreter: one operation is a million guest instructions',
    benny.add('A32 loop of loads, stores and conditional arithmetic', () =>
      machineWith(new Uint8Array(new Uint32Array(ARM_LOOP).buffer), false),
    ),
    benny.add('Thumb loop of the same', () =>
      machineWith(new Uint8Array(new Uint16Array(THUMB_LOOP).buffer), true),
    ),
    benny.cycle(),
    benny.complete(),
  );
}
