import { FIELD_LETTERS, type FieldLetter, type Instruction } from './instruction.js';

const CONDITIONS = ['EQ', 'NE', 'CS', 'CC', 'MI', 'PL', 'VS', 'VC', 'HI', 'LS', 'GE', 'LT', 'GT', 'LE', ''];

/** An instruction by its name in the manual and its operand fields, those that are not zero. */
export function describe(instruction: Instruction): string {
  const raw = (instruction.raw >>> 0).toString(16).padStart(2 * instruction.size, '0');
  const fields = [...FIELD_LETTERS]
    .filter((letter) => letter !== 'c' && instruction[letter as FieldLetter] !== 0)
    .map((letter) => `${letter}=${instruction[letter as FieldLetter]}`);
  const condition = CONDITIONS[instruction.c];
  return [raw.padEnd(8), instruction.definition.name, ...(condition ? [condition] : []), ...fields].join(' ');
}
