/** fw_cfg: descriptors, random ones and near-valid ones, whose transfers go over data, code, tables and the ends of memory. */
import { Mode } from '../../../../jit/abi/cpu-state.js';
import { FW_CFG_BASE } from '../../../../runtime/board/memory-map.js';
import type { Random } from '../../../conformance/random.js';
import { integer } from '../../../conformance/values.js';
import { type Draft, makeProgram } from '../generate.js';
import type { MachineKind } from '../kind.js';
import { CODE, CODE_BYTES, DATA, FREE, WINDOW_BYTES } from '../layout.js';
import { codeStep } from './code.js';
import { accessDevice, storeWord } from './devices.js';

const DESCRIPTORS = 32;
const DESCRIPTOR_BYTES = 16;
const SELECT = 8;

function swap(word: number): number {
  return ((word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>> 0;
}

function target(random: Random, window: number): number {
  switch (random.below(8)) {
    case 0:
      return window + CODE + random.below(CODE_BYTES);
    case 1:
      return window + WINDOW_BYTES - random.below(64);
    case 2:
      return FW_CFG_BASE + random.below(32);
    case 3:
      return random.chance(0.5) ? random.word() >>> 0 : random.below(0x1000);
    case 4:
      return window + FREE + random.below(DESCRIPTORS * DESCRIPTOR_BYTES);
    default:
      return window + DATA + random.below(0x6000);
  }
}

function length(random: Random): number {
  const kind = random.below(10);
  if (kind === 0) return integer(random) >>> 0;
  if (kind === 1) return 0xffff_ffff - random.below(4);
  return kind < 4 ? random.below(0x1000) : random.below(64);
}

/** Control, length, address of each. */
function writeDescriptors({ random, words, window }: Draft): void {
  for (let index = 0; index < DESCRIPTORS; index++) {
    const at = (FREE + index * DESCRIPTOR_BYTES) >>> 2;
    const operation = random.chance(0.8) ? random.pick([2, 2, 2, 4, 16]) : random.below(64);
    const key = random.chance(0.8) ? random.below(0x22) : random.word() & 0xffff;
    const select = random.chance(0.7) ? SELECT | (key << 16) : 0;
    const control = random.chance(0.9) ? operation | select : random.word();
    words[at] = swap(control);
    words[at + 1] = swap(length(random));
    words[at + 2] = random.chance(0.9) ? 0 : swap(random.chance(0.5) ? 1 : random.word());
    words[at + 3] = swap(target(random, window));
  }
}

function dmaStep(draft: Draft): void {
  const { random, window } = draft;
  const kind = random.below(10);
  if (kind < 5) {
    const descriptor = random.chance(0.9)
      ? window +
        FREE +
        DESCRIPTOR_BYTES * random.below(DESCRIPTORS) +
        (random.chance(0.1) ? random.below(16) : 0)
      : target(random, window);
    if (random.chance(0.2)) storeWord(draft, FW_CFG_BASE + 16, random.chance(0.5) ? 0 : random.word());
    storeWord(draft, FW_CFG_BASE + 20, swap(descriptor));
  } else if (kind < 7) accessDevice(draft, FW_CFG_BASE + random.below(0x18));
  else codeStep(draft);
}

export const dma: MachineKind = {
  about: 'descriptors and transfers of fw_cfg',
  floors: { instructions: 150, regions: 1, entered: 2, deviceAccesses: 4, rewrites: 0.01 },
  make: (seed) =>
    makeProgram(seed, {
      boards: ['plain', 'plain', 'hyp', 'secure'],
      modes: [Mode.SVC, Mode.SVC, Mode.SYS, Mode.ABT, Mode.USR],
      step: dmaStep,
      finish: writeDescriptors,
    }),
};
