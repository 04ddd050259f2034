/** Rearrangements of bytes for `SimdOps.shuffle`. Operands are `bytes` wide, 8 or 16; b's bytes follow a's. */
type Lanes = readonly number[];

/** The bytes that element k of the result is taken from, given that of its first byte. */
function byElements(esize: number, bytes: number, source: (element: number) => number): Lanes {
  const size = esize >> 3;
  return Array.from({ length: bytes }, (_, i) => source(Math.floor(i / size)) * size + (i % size));
}

/** A list for each element size (8, 16, 32) and width (8, 16), made once. */
class BySizeAndWidth {
  readonly #lists: readonly Lanes[];

  constructor(make: (esize: number, bytes: number) => Lanes) {
    this.#lists = [8, 16, 32].flatMap((esize) => [make(esize, 8), make(esize, 16)]);
  }

  /** @param esize 8, 16 or 32 */
  get(esize: number, bytes: number): Lanes {
    return this.#lists[((esize >> 3) & 6) + (bytes >> 4)];
  }
}

/** Even elements of a, then of b; odd ones (VUZP). */
export const EVEN = new BySizeAndWidth((esize, bytes) => byElements(esize, bytes, (k) => 2 * k));
export const ODD = new BySizeAndWidth((esize, bytes) => byElements(esize, bytes, (k) => 2 * k + 1));

/** Elements of a and b in turn: the lower half of that, the upper half (VZIP). */
export const ZIP_LOW = new BySizeAndWidth((esize, bytes) => {
  const elements = (8 * bytes) / esize;
  return byElements(esize, bytes, (k) => (k >> 1) + (k & 1) * elements);
});
export const ZIP_HIGH = new BySizeAndWidth((esize, bytes) => {
  const elements = (8 * bytes) / esize;
  return byElements(esize, bytes, (k) => ((elements + k) >> 1) + (k & 1) * elements);
});

/** The 2 × 2 matrices of neighbours in a and b, transposed: what goes to a, what to b (VTRN). */
export const TRANSPOSE_LOW = new BySizeAndWidth((esize, bytes) => {
  const elements = (8 * bytes) / esize;
  return byElements(esize, bytes, (k) => (k & 1 ? elements + k - 1 : k));
});
export const TRANSPOSE_HIGH = new BySizeAndWidth((esize, bytes) => {
  const elements = (8 * bytes) / esize;
  return byElements(esize, bytes, (k) => (k & 1 ? elements + k : k + 1));
});

/** Elements reversed within 64, 32, 16 bits (VREV). */
export const REVERSE64 = reversal(64);
export const REVERSE32 = reversal(32);
export const REVERSE16 = reversal(16);

function reversal(group: number): BySizeAndWidth {
  return new BySizeAndWidth((esize, bytes) => {
    const last = Math.max(group / esize, 1) - 1;
    return byElements(esize, bytes, (k) => k ^ last);
  });
}

const DUPLICATES = Array.from(
  { length: 8 },
  (_, index) => new BySizeAndWidth((esize, bytes) => byElements(esize, bytes, () => index)),
);

/** Element `index` of a doubleword a everywhere. */
export function duplicate(index: number, esize: number, bytes: number): Lanes {
  return DUPLICATES[index].get(esize, bytes);
}

const EXTRACTS = [8, 16].map((bytes) =>
  Array.from({ length: bytes }, (_, position) => Array.from({ length: bytes }, (_, i) => position + i)),
);

/** `bytes` bytes of b:a from byte `position` (VEXT). */
export function extract(position: number, bytes: number): Lanes {
  return EXTRACTS[bytes >> 4][position];
}

/**
 * How structures of 2, 3 or 4 elements in consecutive doublewords of memory are taken apart into a register
 * for each element, and put together. Doubleword k of the result is, with sources s0, s1 …,
 *
 *     2: shuffle(s0, s1, first)
 *     3: shuffle(shuffle(s0, s1, first), s2, last)
 *     4: shuffle(shuffle(s0, s1, first), shuffle(s2, s3, second), last)
 */
export interface StructureStep {
  readonly first: Lanes;
  readonly second: Lanes;
  readonly last: Lanes;
}

/** @param source the byte of all sources one after another that byte i of the result is */
function step(elements: number, source: (i: number) => number): StructureStep {
  const bytes = Array.from({ length: 8 }, (_, i) => source(i));
  return {
    first: bytes.map((byte) => (byte < 16 ? byte : 0)),
    second: bytes.map((byte) => (byte < 16 ? 0 : byte - 16)),
    last: bytes.map((byte, i) => (byte < 16 ? i : elements === 3 ? byte - 8 : 8 + i)),
  };
}

type StructureTable = readonly (readonly (readonly StructureStep[])[])[];

function structures(
  source: (elements: number, size: number, k: number, i: number) => number,
): StructureTable {
  return [2, 3, 4].map((elements) =>
    [1, 2, 4].map((size) =>
      Array.from({ length: elements }, (_, k) => step(elements, (i) => source(elements, size, k, i))),
    ),
  );
}

const TAKE_APART = structures(
  (elements, size, k, i) => (Math.floor(i / size) * elements + k) * size + (i % size),
);
const PUT_TOGETHER = structures((elements, size, k, i) => {
  const element = Math.floor((8 * k + i) / size);
  return (element % elements) * 8 + Math.floor(element / elements) * size + (i % size);
});
/** Register k of a structure load: @param elements 2, 3 or 4; @param esize 8, 16 or 32. */
export function takeApart(elements: number, esize: number, k: number): StructureStep {
  return TAKE_APART[elements - 2][esize >> 4][k];
}

/** Doubleword k in memory of a structure store. */
export function putTogether(elements: number, esize: number, k: number): StructureStep {
  return PUT_TOGETHER[elements - 2][esize >> 4][k];
}
