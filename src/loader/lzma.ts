import { FormatError, viewOf } from './format-error.js';
import { checkLimits, type UnpackLimits } from './unpack-limits.js';

/**
 * The .lzma ("LZMA alone") format, as Linux's CONFIG_KERNEL_LZMA uses it, and LZMA2, the same in chunks. Source: LZMA specification of
 * the LZMA SDK (lzma-specification.txt), whose names are kept; for LZMA2 Linux lib/xz/xz_dec_lzma2.c. Written here because the packages
 * there are for it are unkept, never come back from truncated data, or have a limit for the dictionary.
 */

const headerSize = 13;
const probBits = 11;
const probInit = 1 << (probBits - 1);
const moveBits = 5;
const topValue = 2 ** 24;

const numStates = 12;
const numPosStatesMax = 16;
const numLenToPosStates = 4;
const endPosModelIndex = 14;
const numFullDistances = 1 << (endPosModelIndex >> 1);
const numAlignBits = 4;
const matchMinLen = 2;

class RangeDecoder {
  readonly #in: Uint8Array;
  #at: number;
  #range = 0xffff_ffff;
  #code = 0;

  constructor(input: Uint8Array, at: number) {
    this.#in = input;
    if (input[at] !== 0) throw new FormatError('damaged LZMA data');
    this.#at = at + 1;
    for (let i = 0; i < 4; i++) this.#code = ((this.#code << 8) | this.#byte()) >>> 0;
  }

  get finished(): boolean {
    return this.#code === 0;
  }

  #byte(): number {
    if (this.#at >= this.#in.length) throw new FormatError('truncated LZMA data');
    return this.#in[this.#at++];
  }

  #normalize(): void {
    if (this.#range < topValue) {
      this.#range = (this.#range << 8) >>> 0;
      this.#code = ((this.#code << 8) | this.#byte()) >>> 0;
    }
  }

  bit(probs: Uint16Array, index: number): number {
    const prob = probs[index];
    const bound = (this.#range >>> probBits) * prob;
    let bit: number;
    if (this.#code < bound) {
      probs[index] = prob + (((1 << probBits) - prob) >> moveBits);
      this.#range = bound;
      bit = 0;
    } else {
      probs[index] = prob - (prob >> moveBits);
      this.#code -= bound;
      this.#range -= bound;
      bit = 1;
    }
    this.#normalize();
    return bit;
  }

  directBits(count: number): number {
    let result = 0;
    for (let i = 0; i < count; i++) {
      this.#range >>>= 1;
      const bit = this.#code >= this.#range ? 1 : 0;
      if (bit) this.#code -= this.#range;
      result = result * 2 + bit;
      this.#normalize();
    }
    return result;
  }

  /** A number of `bits` bits, most significant first; the tree's probabilities start at `base`. */
  tree(probs: Uint16Array, base: number, bits: number): number {
    let m = 1;
    for (let i = 0; i < bits; i++) m = (m << 1) | this.bit(probs, base + m);
    return m - (1 << bits);
  }

  reverseTree(probs: Uint16Array, base: number, bits: number): number {
    let m = 1;
    let symbol = 0;
    for (let i = 0; i < bits; i++) {
      const bit = this.bit(probs, base + m);
      m = (m << 1) | bit;
      symbol |= bit << i;
    }
    return symbol;
  }
}

const newProbs = (count: number): Uint16Array => new Uint16Array(count).fill(probInit);

class LenDecoder {
  readonly #choice = newProbs(2);
  readonly #low = newProbs(numPosStatesMax << 3);
  readonly #mid = newProbs(numPosStatesMax << 3);
  readonly #high = newProbs(1 << 8);

  decode(rc: RangeDecoder, posState: number): number {
    if (rc.bit(this.#choice, 0) === 0) return rc.tree(this.#low, posState << 3, 3);
    if (rc.bit(this.#choice, 1) === 0) return 8 + rc.tree(this.#mid, posState << 3, 3);
    return 16 + rc.tree(this.#high, 0, 8);
  }
}

/** The output, which is also the dictionary. */
class Output {
  bytes: Uint8Array;
  length = 0;
  /** Where the dictionary begins. */
  base = 0;
  readonly limits: UnpackLimits;

  constructor(size: number, limits: UnpackLimits) {
    this.bytes = new Uint8Array(Math.min(size, limits.maxBytes));
    this.limits = limits;
  }

  reserve(count: number): void {
    if (this.length + count <= this.bytes.length) return;
    checkLimits(this.limits, this.length + count);
    const size = Math.max(this.bytes.length * 2, this.length + count);
    const larger = new Uint8Array(Math.min(size, this.limits.maxBytes));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }

  append(chunk: Uint8Array): void {
    this.reserve(chunk.length);
    this.bytes.set(chunk, this.length);
    this.length += chunk.length;
  }

  /** Copies `count` bytes from `distance` back; the two may overlap. */
  copy(distance: number, count: number): void {
    this.reserve(count);
    const { bytes } = this;
    let at = this.length;
    for (let i = 0; i < count; i++, at++) bytes[at] = bytes[at - distance];
    this.length = at;
  }
}

/** What the decoder has learnt, from symbol to symbol. */
class Model {
  readonly properties: number;
  readonly lc: number;
  readonly lp: number;
  readonly pb: number;
  readonly litProbs: Uint16Array;
  readonly isMatch = newProbs(numStates * numPosStatesMax);
  readonly isRep = newProbs(numStates);
  readonly isRepG0 = newProbs(numStates);
  readonly isRepG1 = newProbs(numStates);
  readonly isRepG2 = newProbs(numStates);
  readonly isRep0Long = newProbs(numStates * numPosStatesMax);
  readonly posSlots = newProbs(numLenToPosStates << 6);
  readonly posProbs = newProbs(1 + numFullDistances - endPosModelIndex);
  readonly alignProbs = newProbs(1 << numAlignBits);
  readonly lenDecoder = new LenDecoder();
  readonly repLenDecoder = new LenDecoder();
  reps: readonly [number, number, number, number] = [0, 0, 0, 0];
  state = 0;

  /** @param properties lc, lp and pb in a byte */
  constructor(properties: number) {
    this.properties = properties;
    if (properties >= 9 * 5 * 5) throw new FormatError('damaged LZMA header');
    this.lc = properties % 9;
    this.lp = Math.floor(properties / 9) % 5;
    this.pb = Math.floor(properties / 45);
    this.litProbs = newProbs(0x300 << (this.lc + this.lp));
  }
}

/** Unpacks an .lzma file, up to its end mark or known size; bytes after that are ignored. @throws FormatError */
export function unlzma(packed: Uint8Array, limits: UnpackLimits): Uint8Array {
  if (packed.length < headerSize + 5) throw new FormatError('truncated LZMA data');
  const model = new Model(packed[0]);
  const view = viewOf(packed);
  const sizeLow = view.getUint32(5, true);
  const sizeHigh = view.getUint32(9, true);
  const sizeKnown = sizeLow !== 0xffff_ffff || sizeHigh !== 0xffff_ffff;
  const size = sizeHigh * 2 ** 32 + sizeLow;
  checkLimits(limits, sizeKnown ? size : 0);

  // Grows as it fills: a size in a damaged header must not make us ask for it at once.
  const out = new Output(Math.min(sizeKnown ? size : packed.length * 4, packed.length * 16), limits);
  decode(model, new RangeDecoder(packed, headerSize), out, sizeKnown ? size : undefined);
  return out.bytes.subarray(0, out.length);
}

/** Unpacks LZMA2 data of `plainSize` bytes; the dictionary is the output, so that its size is of no matter. @throws FormatError */
export function unlzma2(packed: Uint8Array, plainSize: number, limits: UnpackLimits): Uint8Array {
  checkLimits(limits, plainSize);
  const view = viewOf(packed);
  const out = new Output(Math.min(plainSize, packed.length * 16), limits);
  let model: Model | undefined;
  try {
    for (let at = 0; ; ) {
      const control = view.getUint8(at);
      if (control === 0) break;
      // 1 and 0xe0: the dictionary begins anew.
      if (control === 1 || control >= 0xe0) out.base = out.length;
      limits.checkTime?.();
      if (control <= 2) {
        const size = view.getUint16(at + 1) + 1;
        const chunk = packed.subarray(at + 3, at + 3 + size);
        if (chunk.length < size) throw new FormatError('truncated LZMA2 data');
        out.append(chunk);
        at += 3 + size;
        continue;
      }
      if (control < 0x80) throw new FormatError('damaged LZMA2 data');
      const size = ((control & 0x1f) << 16) + view.getUint16(at + 1) + 1;
      const packedSize = view.getUint16(at + 3) + 1;
      const newProperties = control >= 0xc0;
      const properties = newProperties ? view.getUint8(at + 5) : model?.properties;
      if (properties === undefined) throw new FormatError('damaged LZMA2 data');
      if (control >= 0xa0 || model === undefined) model = new Model(properties);
      const start = at + (newProperties ? 6 : 5);
      at = start + packedSize;
      decode(model, new RangeDecoder(packed.subarray(0, at), start), out, out.length + size);
    }
  } catch (error) {
    if (error instanceof RangeError) throw new FormatError('truncated LZMA2 data', { cause: error });
    throw error;
  }
  if (out.length !== plainSize) throw new FormatError('LZMA2 data have the wrong size');
  return out.bytes.subarray(0, out.length);
}

/** Symbols between two looks at the clock. */
const symbolsPerCheck = 1 << 16;

/** Unpacks up to `size` bytes of output in all, or to the end mark. @throws FormatError */
function decode(model: Model, rc: RangeDecoder, out: Output, size: number | undefined): void {
  const { lc, lp, pb, litProbs, isMatch, isRep, isRepG0, isRepG1, isRepG2, isRep0Long } = model;
  const { posSlots, posProbs, alignProbs, lenDecoder, repLenDecoder } = model;
  const { base: start } = out;
  const end = size ?? Number.POSITIVE_INFINITY;
  let [rep0, rep1, rep2, rep3] = model.reps;
  let { state } = model;
  let symbols = 0;

  const literal = (): void => {
    const previous = out.length > start ? out.bytes[out.length - 1] : 0;
    const litState = (((out.length - start) & ((1 << lp) - 1)) << lc) + (previous >> (8 - lc));
    const base = 0x300 * litState;
    let symbol = 1;
    if (state >= 7) {
      let matchByte = out.bytes[out.length - rep0 - 1];
      do {
        const matchBit = (matchByte >> 7) & 1;
        matchByte <<= 1;
        const bit = rc.bit(litProbs, base + ((1 + matchBit) << 8) + symbol);
        symbol = (symbol << 1) | bit;
        if (matchBit !== bit) break;
      } while (symbol < 0x100);
    }
    while (symbol < 0x100) symbol = (symbol << 1) | rc.bit(litProbs, base + symbol);
    out.reserve(1);
    out.bytes[out.length++] = symbol;
  };

  const distance = (length: number): number => {
    const lenState = Math.min(length, numLenToPosStates - 1);
    const posSlot = rc.tree(posSlots, lenState << 6, 6);
    if (posSlot < 4) return posSlot;
    const directBits = (posSlot >> 1) - 1;
    const base = (2 | (posSlot & 1)) * 2 ** directBits;
    if (posSlot < endPosModelIndex) return base + rc.reverseTree(posProbs, base - posSlot, directBits);
    const high = rc.directBits(directBits - numAlignBits) * 2 ** numAlignBits;
    return base + high + rc.reverseTree(alignProbs, 0, numAlignBits);
  };

  for (;;) {
    if (out.length >= end) break;
    if (++symbols % symbolsPerCheck === 0) out.limits.checkTime?.();
    const posState = (out.length - start) & ((1 << pb) - 1);
    if (rc.bit(isMatch, (state << 4) + posState) === 0) {
      literal();
      state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
      continue;
    }
    let length: number;
    if (rc.bit(isRep, state) === 0) {
      rep3 = rep2;
      rep2 = rep1;
      rep1 = rep0;
      length = lenDecoder.decode(rc, posState);
      state = state < 7 ? 7 : 10;
      rep0 = distance(length);
      if (rep0 === 0xffff_ffff) {
        if (!rc.finished || size !== undefined) throw new FormatError('damaged LZMA data');
        break;
      }
    } else {
      if (rc.bit(isRepG0, state) === 0) {
        if (rc.bit(isRep0Long, (state << 4) + posState) === 0) {
          state = state < 7 ? 9 : 11;
          if (rep0 >= out.length - start) throw new FormatError('damaged LZMA data');
          out.copy(rep0 + 1, 1);
          continue;
        }
      } else {
        let chosen: number;
        if (rc.bit(isRepG1, state) === 0) {
          chosen = rep1;
        } else {
          if (rc.bit(isRepG2, state) === 0) {
            chosen = rep2;
          } else {
            chosen = rep3;
            rep3 = rep2;
          }
          rep2 = rep1;
        }
        rep1 = rep0;
        rep0 = chosen;
      }
      length = repLenDecoder.decode(rc, posState);
      state = state < 7 ? 8 : 11;
    }
    if (rep0 >= out.length - start) throw new FormatError('damaged LZMA data');
    out.copy(rep0 + 1, Math.min(length + matchMinLen, end - out.length));
  }
  model.reps = [rep0, rep1, rep2, rep3];
  model.state = state;
}
