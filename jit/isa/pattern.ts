import { FIELD_LETTERS, type FieldLetter, type Instruction, type InstructionSet } from './instruction.js';

/** Some bits of an encoding that go to a field: `(raw >>> right) & mask`, shifted up by `left`. */
interface FieldPart {
  readonly letter: FieldLetter;
  readonly right: number;
  readonly mask: number;
  readonly left: number;
}

/** A parsed bit pattern (see `Encoding.pattern`). */
export class Pattern {
  readonly text: string;
  /** 16 or 32. */
  readonly width: number;
  /** Bits that the pattern fixes. */
  readonly mask: number;
  /** Their values. */
  readonly value: number;
  /** The A32 condition field: 1111 does not match. */
  readonly conditional: boolean;
  /** Bits that are not looked at (`.`). */
  readonly ignored: number;
  readonly #parts: readonly FieldPart[];
  /** The letter `c` is used: the field does not keep its default, "always". */
  readonly #hasCondition: boolean;

  /** @throws Error when the text has a wrong length or character: a mistake in the instruction table */
  constructor(set: InstructionSet, text: string) {
    const bits = text.replace(/\s/g, '');
    this.text = text;
    this.width = set === 'T16' ? 16 : 32;
    if (bits.length !== this.width)
      throw new Error(`pattern "${text}" has ${bits.length} bits, not ${this.width}`);
    let mask = 0;
    let value = 0;
    let ignored = 0;
    const positions = new Map<string, number[]>();
    for (let index = 0; index < bits.length; index++) {
      const position = this.width - 1 - index;
      const bit = bits[index]!;
      if (bit === '0' || bit === '1') {
        mask |= 1 << position;
        if (bit === '1') value |= 1 << position;
      } else if (bit === '.') {
        ignored |= 1 << position;
      } else if (FIELD_LETTERS.includes(bit)) {
        const list = positions.get(bit);
        if (list) list.push(position);
        else positions.set(bit, [position]);
      } else {
        throw new Error(`pattern "${text}" has "${bit}", which is no field letter`);
      }
    }
    this.mask = mask;
    this.value = value;
    this.ignored = ignored;
    this.conditional = set === 'A32' && bits.startsWith('cccc');
    this.#hasCondition = positions.has('c');
    this.#parts = [...positions].flatMap(([letter, list]) => fieldParts(letter as FieldLetter, list));
  }

  matches(raw: number): boolean {
    return (raw & this.mask) === this.value && !(this.conditional && raw >>> 28 === 15);
  }

  /** Fills the fields of an instruction from an encoding that matches. */
  extract(raw: number, into: Instruction): void {
    if (this.#hasCondition) into.c = 0;
    for (const part of this.#parts) into[part.letter] |= ((raw >>> part.right) & part.mask) << part.left;
  }
}

/** Joins the bits of one letter, given from the left, into runs that a shift and a mask can move. */
function fieldParts(letter: FieldLetter, positions: readonly number[]): FieldPart[] {
  const parts: FieldPart[] = [];
  let index = 0;
  while (index < positions.length) {
    let end = index;
    while (end + 1 < positions.length && positions[end + 1] === positions[end]! - 1) end++;
    const length = end - index + 1;
    parts.push({
      letter,
      right: positions[end]!,
      mask: length === 32 ? -1 : (1 << length) - 1,
      left: positions.length - 1 - end,
    });
    index = end + 1;
  }
  return parts;
}
