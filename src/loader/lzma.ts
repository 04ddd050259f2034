import { FormatError, viewOf } from './format-error.js';

/**
 * The .lzma ("LZMA alone") format, as Linux's CONFIG_KERNEL_LZMA uses it. Source: LZMA specification of the LZMA SDK
 * (lzma-specification.txt), whose names are kept. Written here because the packages there are for it are
 * unkept, or never come back from truncated data.
 */

const headerSize = 13;
const probBits = 11;
const probInit = 1 << (probBits - 1);
const moveBits = 5;
const topValue = 2 ** 24;
const maxPlainBytes = 2 ** 30;

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

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
  }

  reserve(count: number): void {
    if (this.length + count <= this.bytes.length) return;
    if (this.length + count > maxPlainBytes) throw new FormatError('LZMA data unpack to more than 1 GiB');
    const larger = new Uint8Array(Math.max(this.bytes.length * 2, this.length + count));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
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

/** Unpacks an .lzma file, up to its end mark or known size; bytes after that are ignored. @throws FormatError */
export function unlzma(packed: Uint8Array): Uint8Array {
  if (packed.length < headerSize + 5) throw new FormatError('truncated LZMA data');
  let properties = packed[0];
  if (properties >= 9 * 5 * 5) throw new FormatError('damaged LZMA header');
  const lc = properties % 9;
  properties = Math.floor(properties / 9);
  const lp = properties % 5;
  const pb = Math.floor(properties / 5);

  const view = viewOf(packed);
  const sizeLow = view.getUint32(5, true);
  const sizeHigh = view.getUint32(9, true);
  const sizeKnown = sizeLow !== 0xffff_ffff || sizeHigh !== 0xffff_ffff;
  const size = sizeHigh * 2 ** 32 + sizeLow;
  if (sizeKnown && size > maxPlainBytes) throw new FormatError('LZMA data unpack to more than 1 GiB');

  const rc = new RangeDecoder(packed, headerSize);
  // Grows as it fills: a size in a damaged header must not make us ask for it at once.
  const out = new Output(Math.min(sizeKnown ? size : packed.length * 4, packed.length * 16));

  const litProbs = newProbs(0x300 << (lc + lp));
  const isMatch = newProbs(numStates * numPosStatesMax);
  const isRep = newProbs(numStates);
  const isRepG0 = newProbs(numStates);
  const isRepG1 = newProbs(numStates);
  const isRepG2 = newProbs(numStates);
  const isRep0Long = newProbs(numStates * numPosStatesMax);
  const posSlots = newProbs(numLenToPosStates << 6);
  const posProbs = newProbs(1 + numFullDistances - endPosModelIndex);
  const alignProbs = newProbs(1 << numAlignBits);
  const lenDecoder = new LenDecoder();
  const repLenDecoder = new LenDecoder();

  let [rep0, rep1, rep2, rep3] = [0, 0, 0, 0];
  let state = 0;

  const literal = (): void => {
    const previous = out.length > 0 ? out.bytes[out.length - 1] : 0;
    const litState = ((out.length & ((1 << lp) - 1)) << lc) + (previous >> (8 - lc));
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
    if (sizeKnown && out.length >= size) break;
    const posState = out.length & ((1 << pb) - 1);
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
        if (!rc.finished || sizeKnown) throw new FormatError('damaged LZMA data');
        break;
      }
    } else {
      if (rc.bit(isRepG0, state) === 0) {
        if (rc.bit(isRep0Long, (state << 4) + posState) === 0) {
          state = state < 7 ? 9 : 11;
          if (rep0 >= out.length) throw new FormatError('damaged LZMA data');
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
    if (rep0 >= out.length) throw new FormatError('damaged LZMA data');
    out.copy(rep0 + 1, sizeKnown ? Math.min(length + matchMinLen, size - out.length) : length + matchMinLen);
  }
  return out.bytes.subarray(0, out.length);
}
