import { PAGE_BYTES } from '../abi/tlb.js';
import type { Instruction } from '../isa/instruction.js';
import type { PageReader } from './page-reader.js';

const ALWAYS = 14;
const PC = 15;

/** An executed instruction, and where control goes behind it. */
interface Step {
  readonly offset: number;
  readonly end: number;
  /** The next instruction may follow; a call comes back to it. */
  readonly falls: boolean;
  /** Where a direct branch goes. */
  readonly target: number | undefined;
  readonly isCall: boolean;
}

/**
 * What a page's instructions that were executed say about its control flow: where blocks begin, and what leads to each. It helps to choose
 * what goes into a region; nothing depends on its being complete. Offsets are bytes from the start of the page.
 */
export class PageFlow {
  /** By the start of a block: the starts of those that may go on there, calls aside. */
  readonly #predecessors = new Map<number, number[]>();
  /** By the offset of an instruction: the start of its block. */
  readonly #blocks = new Map<number, number>();

  /** @param reader only reads for this: what it covers is not what a region covers */
  constructor(reader: PageReader) {
    const steps = readSteps(reader);
    const starts = findStarts(steps);
    for (const start of starts) this.#predecessors.set(start, []);
    let block = -1;
    for (const { offset, end, falls, target, isCall } of steps) {
      if (starts.has(offset)) block = offset;
      this.#blocks.set(offset, block);
      if (falls && starts.has(end)) this.#predecessors.get(end)!.push(block);
      if (target !== undefined && !isCall) this.#predecessors.get(target)?.push(block);
    }
  }

  /** A block begins here: a direct branch leads here, or what stands before was not executed or goes elsewhere. */
  isStart(offset: number): boolean {
    return this.#predecessors.has(offset);
  }

  /**
   * Where the one way begins that leads to an instruction: the function around it, most often. Undefined when there are more, as in
   * what follows the cases of a switch, or when nothing leads there but a loop.
   */
  rootOf(offset: number): number | undefined {
    const own = this.#blocks.get(offset);
    if (own === undefined) return undefined;
    let root: number | undefined;
    const seen = new Set([own]);
    for (const block of seen) {
      const before = this.#predecessors.get(block)!;
      for (const each of before) seen.add(each);
      if (before.length > 0) continue;
      if (root !== undefined) return undefined;
      root = block;
    }
    return root;
  }
}

function readSteps(reader: PageReader): Step[] {
  const steps: Step[] = [];
  const unit = reader.thumb ? 2 : 4;
  let conditional = 0;
  for (let offset = 0; offset < PAGE_BYTES; ) {
    const instruction = reader.executed(offset) ? reader.decode(offset, false) : undefined;
    if (instruction === undefined) {
      conditional = 0;
      offset += unit;
      continue;
    }
    steps.push(stepOf(instruction, offset, conditional > 0));
    if (conditional > 0) conditional--;
    if (instruction.definition.name === 'IT') conditional = lengthOfIT(instruction.i);
    offset += instruction.size;
  }
  return steps;
}

function findStarts(steps: readonly Step[]): Set<number> {
  const executed = new Set(steps.map(({ offset }) => offset));
  const starts = new Set<number>();
  let before: Step | undefined;
  for (const step of steps) {
    const follows = before !== undefined && before.end === step.offset && before.falls;
    if (!follows || before?.target !== undefined) starts.add(step.offset);
    if (step.target !== undefined && executed.has(step.target)) starts.add(step.target);
    before = step;
  }
  return starts;
}

/** Instructions in the block of an IT whose low 8 bits are these. */
function lengthOfIT(firstCondAndMask: number): number {
  const mask = firstCondAndMask & 15;
  return mask === 0 ? 0 : 4 - (31 - Math.clz32(mask & -mask));
}

function stepOf(instruction: Instruction, offset: number, inITBlock: boolean): Step {
  const { name } = instruction.definition;
  const isCall = name.startsWith('BL');
  const isDirect = name === 'B' || name === 'BL' || name === 'CBZ, CBNZ';
  const target = isDirect ? offset + instruction.i : undefined;
  return {
    offset,
    end: offset + instruction.size,
    falls: inITBlock || instruction.c !== ALWAYS || isCall || name === 'CBZ, CBNZ' || !writesPC(instruction),
    target: target !== undefined && target >= 0 && target < PAGE_BYTES ? target : undefined,
    isCall,
  };
}

/** Whether control goes elsewhere behind an instruction when its condition holds. */
function writesPC({ definition, d, l, t }: Instruction): boolean {
  const { name } = definition;
  switch (definition.class) {
    case 'branch':
      return name !== 'IT';
    case 'block-transfer':
      return (name.startsWith('LDM') || name === 'POP') && (l & (1 << PC)) !== 0;
    case 'load-store':
      return name.startsWith('LDR') && t === PC;
    case 'data-processing':
      return d === PC;
    default:
      return false;
  }
}
