/** Element and structure loads and stores: VLD1 to VLD4, VST1 to VST4 (ARM DDI 0406C A7.7). */
import type { DecodeOutcome, Definition, Encoding, Instruction, Semantics } from '../instruction.js';
import type { I32, Ops, Q128 } from '../ops.js';
import { bothSets, type Decode } from './encoding.js';
import type { Simd } from './semantics.js';
import { putTogether, type StructureStep, takeApart } from './shuffles.js';

/*
 * Fields after decoding: d first register; n base; m index, 15 none, 13 the number of bytes transferred;
 * e element size in bits; i alignment in bytes, 1 when none is asked for; k bytes transferred; b elements of a
 * structure; a structures' worth of registers (VLD2 of two pairs: 2; VLD1: its registers); x distance of a
 * structure's registers; p index of the lane.
 *
 * Registers past D31 are UNPREDICTABLE. QEMU gives them to registers that are not seen: here, loads drop
 * them and stores store zeros.
 */

/** The manual's titles. */
const SINGLE = ['', 'single', '2-element', '3-element', '4-element'];

/** Transfer type (bits 11:8) of multiple structures. */
interface Multiple {
  readonly type: string;
  readonly elements: number;
  readonly groups: number;
  readonly spacing: number;
  /** Values of the align field (bits 5:4) that are allowed. */
  readonly aligns: number;
}

const MULTIPLE: readonly Multiple[] = [
  { type: '0111', elements: 1, groups: 1, spacing: 1, aligns: 2 },
  { type: '1010', elements: 1, groups: 2, spacing: 1, aligns: 3 },
  { type: '0110', elements: 1, groups: 3, spacing: 1, aligns: 2 },
  { type: '0010', elements: 1, groups: 4, spacing: 1, aligns: 4 },
  { type: '1000', elements: 2, groups: 1, spacing: 1, aligns: 3 },
  { type: '1001', elements: 2, groups: 1, spacing: 2, aligns: 3 },
  { type: '0011', elements: 2, groups: 2, spacing: 2, aligns: 4 },
  { type: '0100', elements: 3, groups: 1, spacing: 1, aligns: 2 },
  { type: '0101', elements: 3, groups: 1, spacing: 2, aligns: 2 },
  { type: '0000', elements: 4, groups: 1, spacing: 1, aligns: 4 },
  { type: '0001', elements: 4, groups: 1, spacing: 2, aligns: 4 },
];

function multiple(load: 0 | 1, elements: number): Encoding[] {
  return MULTIPLE.filter((row) => row.elements === elements).flatMap(({ type, groups, spacing, aligns }) => {
    const decode: Decode = (f) => {
      const align = f.i;
      const size = f.e;
      if (align >= aligns || (size === 3 && elements !== 1)) return 'UNDEFINED';
      f.e = 8 << size;
      f.i = align === 0 ? 1 : 4 << align;
      f.a = groups;
      f.b = elements;
      f.x = spacing;
      f.k = 8 * groups * elements;
    };
    return bothSets(`11110100 0d${load}0 nnnn dddd ${type} eeii mmmm`, 1, decode);
  });
}

/** index_align (bits 7:4) of a single structure to or from one lane. */
function oneLane(load: 0 | 1, elements: number): Encoding[] {
  return [0, 1, 2].flatMap((size) => {
    const bits = size.toString(2).padStart(2, '0') + (elements - 1).toString(2).padStart(2, '0');
    return bothSets(`11110100 1d${load}0 nnnn dddd ${bits} iiii mmmm`, 1, (f) => {
      const indexAlign = f.i;
      f.e = 8 << size;
      f.b = elements;
      f.p = indexAlign >> (size + 1);
      f.x = size > 0 && indexAlign & (1 << size) ? 2 : 1;
      f.k = elements << size;
      const alignment = laneAlignment(elements, size, indexAlign);
      if (alignment === 0) return 'UNDEFINED';
      f.i = alignment;
      if (elements === 1) {
        if (f.x === 2) return 'UNDEFINED';
      } else if (f.d + f.x * (elements - 1) > 31) {
        // UNPREDICTABLE; QEMU makes it UNDEFINED.
        return 'UNDEFINED';
      }
    });
  });
}

/** In bytes; 0 is UNDEFINED. */
function laneAlignment(elements: number, size: number, indexAlign: number): number {
  const align = indexAlign & (size === 2 ? 3 : 1);
  const bytes = 1 << size;
  if (align === 0) return 1;
  switch (elements) {
    case 1:
      if (size === 0) return 0;
      return size === 1 || align === 3 ? bytes : 0;
    case 2:
      return align & 2 ? 0 : 2 * bytes;
    case 3:
      return 0;
    default:
      return size < 2 ? 4 * bytes : align === 3 ? 0 : 4 << align;
  }
}

/** A single structure to all lanes: T (bit 5) and a (bit 4). */
function allLanes(elements: number): Encoding[] {
  const n = (elements - 1).toString(2).padStart(2, '0');
  return bothSets(`11110100 1d10 nnnn dddd 11${n} eezi mmmm`, 1, (f) => allLanesOperands(f, elements));
}

function allLanesOperands(f: Instruction, elements: number): DecodeOutcome {
  const size = f.e;
  const aligned = f.i === 1;
  f.b = elements;
  // VLD1 has one or two registers to fill, the others a distance of one or two.
  f.a = elements === 1 ? f.z + 1 : 1;
  f.x = f.z + 1;
  f.e = size === 3 ? 32 : 8 << size;
  const bytes = f.e >> 3;
  f.k = elements * bytes;
  f.i = aligned ? f.k : 1;
  if (size === 3) {
    if (elements !== 4 || !aligned) return 'UNDEFINED';
  } else if (aligned) {
    if ((elements === 1 && size === 0) || elements === 3) return 'UNDEFINED';
    if (elements === 4 && size === 2) f.i = 8;
  }
}

function address(o: Ops, f: Instruction, store: boolean): I32 {
  o.simd.checkEnabled();
  const base = o.reg(f.n);
  if (f.i > 1) o.simd.checkAlignment(base, f.i, store);
  return base;
}

function writeBack(o: Ops, f: Instruction): void {
  if (f.m === 15) return;
  const value = o.add(o.reg(f.n), f.m === 13 ? o.imm(f.k) : o.reg(f.m));
  // UNPREDICTABLE for PC; QEMU branches.
  if (f.n === 15) o.branchWritePC(value);
  else o.setReg(f.n, value);
}

const offset = (o: Ops, base: I32, bytes: number) => (bytes === 0 ? base : o.add(base, o.imm(bytes)));

function setRegister(v: Simd, d: number, value: Q128): void {
  if (d < 32) v.set(d, 8, value);
}

function getRegister(v: Simd, d: number): Q128 {
  return d < 32 ? v.get(d, 8) : v.constant(0, 0, 8);
}

const loadConsecutive: Semantics = (o, f) => {
  const base = address(o, f, false);
  for (let r = 0; r < f.a; r++) setRegister(o.simd, f.d + r, o.simd.load(offset(o, base, 8 * r), f.e));
  writeBack(o, f);
};

const storeConsecutive: Semantics = (o, f) => {
  const base = address(o, f, true);
  for (let r = 0; r < f.a; r++) o.simd.store(offset(o, base, 8 * r), f.e, getRegister(o.simd, f.d + r));
  writeBack(o, f);
};

/** One doubleword made of two, three or four: see {@link StructureStep}. */
function gather(
  v: Simd,
  elements: number,
  step: StructureStep,
  s0: Q128,
  s1: Q128,
  s2: Q128,
  s3: Q128,
): Q128 {
  const first = v.shuffle(s0, s1, 8, step.first);
  if (elements === 2) return first;
  if (elements === 3) return v.shuffle(first, s2, 8, step.last);
  return v.shuffle(first, v.shuffle(s2, s3, 8, step.second), 8, step.last);
}

const loadStructures: Semantics = (o, f) => {
  const v = o.simd;
  const base = address(o, f, false);
  const elements = f.b;
  for (let group = 0; group < f.a; group++) {
    const from = 8 * elements * group;
    const s0 = v.load(offset(o, base, from), f.e);
    const s1 = v.load(offset(o, base, from + 8), f.e);
    const s2 = elements > 2 ? v.load(offset(o, base, from + 16), f.e) : s0;
    const s3 = elements > 3 ? v.load(offset(o, base, from + 24), f.e) : s0;
    for (let k = 0; k < elements; k++) {
      const value = gather(v, elements, takeApart(elements, f.e, k), s0, s1, s2, s3);
      setRegister(v, f.d + group + f.x * k, value);
    }
  }
  writeBack(o, f);
};

const storeStructures: Semantics = (o, f) => {
  const v = o.simd;
  const base = address(o, f, true);
  const elements = f.b;
  for (let group = 0; group < f.a; group++) {
    const s0 = getRegister(v, f.d + group);
    const s1 = getRegister(v, f.d + group + f.x);
    const s2 = elements > 2 ? getRegister(v, f.d + group + 2 * f.x) : s0;
    const s3 = elements > 3 ? getRegister(v, f.d + group + 3 * f.x) : s0;
    for (let k = 0; k < elements; k++) {
      const value = gather(v, elements, putTogether(elements, f.e, k), s0, s1, s2, s3);
      v.store(offset(o, base, 8 * (elements * group + k)), f.e, value);
    }
  }
  writeBack(o, f);
};

function loadElement(o: Ops, at: I32, esize: number): I32 {
  return esize === 8 ? o.load8U(at) : esize === 16 ? o.load16U(at) : o.load32(at);
}

const loadLane: Semantics = (o, f) => {
  const base = address(o, f, false);
  for (let k = 0; k < f.b; k++) {
    o.simd.setElement(f.d + f.x * k, f.p, f.e, loadElement(o, offset(o, base, (k * f.e) >> 3), f.e));
  }
  writeBack(o, f);
};

const storeLane: Semantics = (o, f) => {
  const base = address(o, f, true);
  for (let k = 0; k < f.b; k++) {
    const at = offset(o, base, (k * f.e) >> 3);
    const value = o.simd.getElement(f.d + f.x * k, f.p, f.e);
    if (f.e === 8) o.store8(at, value);
    else if (f.e === 16) o.store16(at, value);
    else o.store32(at, value);
  }
  writeBack(o, f);
};

const loadAllLanes: Semantics = (o, f) => {
  const v = o.simd;
  const base = address(o, f, false);
  for (let k = 0; k < f.b; k++) {
    const value = v.splat(loadElement(o, offset(o, base, (k * f.e) >> 3), f.e), f.e, 8);
    for (let copy = 0; copy < f.a; copy++) setRegister(v, f.d + f.x * k + copy, value);
  }
  writeBack(o, f);
};

/** VLDn has three sections in a row from A8.8.320, VSTn two from A8.8.404. */
export const loadStore: readonly Definition[] = [1, 2, 3, 4].flatMap((elements): Definition[] => {
  const structures = elements === 1 ? 'multiple single elements' : `multiple ${SINGLE[elements]} structures`;
  const single = elements === 1 ? 'single element' : `single ${SINGLE[elements]} structure`;
  const load = 320 + 3 * (elements - 1);
  const store = 404 + 2 * (elements - 1);
  return [
    {
      name: `VLD${elements} (${structures})`,
      section: `A8.8.${load}`,
      class: 'simd-load-store',
      encodings: multiple(1, elements),
      exec: elements === 1 ? loadConsecutive : loadStructures,
    },
    {
      name: `VLD${elements} (${single} to one lane)`,
      section: `A8.8.${load + 1}`,
      class: 'simd-load-store',
      encodings: oneLane(1, elements),
      exec: loadLane,
    },
    {
      name: `VLD${elements} (${single} to all lanes)`,
      section: `A8.8.${load + 2}`,
      class: 'simd-load-store',
      encodings: allLanes(elements),
      exec: loadAllLanes,
    },
    {
      name: `VST${elements} (${structures})`,
      section: `A8.8.${store}`,
      class: 'simd-load-store',
      encodings: multiple(0, elements),
      exec: elements === 1 ? storeConsecutive : storeStructures,
    },
    {
      name: `VST${elements} (${single} from one lane)`,
      section: `A8.8.${store + 1}`,
      class: 'simd-load-store',
      encodings: oneLane(0, elements),
      exec: storeLane,
    },
  ];
});
