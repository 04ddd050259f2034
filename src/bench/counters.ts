import { DEFINITIONS } from '../../jit/isa/table.js';
import { takenIndex, Vector } from '../../runtime/cpu/exceptions.js';
import type { Machine } from '../../runtime/machine.js';

/** Counts since a machine's start, all vCPUs together. None of them depends on the host under the virtual clock. */
export interface Counters {
  /** Instructions retired; an instruction that ends in an exception counts. */
  readonly instructions: number;
  /** Of these, by translated code. */
  readonly translatedInstructions: number;
  /** Supervisor Call exceptions taken to a PL1 mode. */
  readonly systemCalls: number;
  readonly dataAborts: number;
  readonly prefetchAborts: number;
  readonly undefinedInstructions: number;
  /** IRQ and FIQ. */
  readonly interrupts: number;
  /** Exceptions taken to Hyp mode and to Monitor mode. */
  readonly higherExceptions: number;
  /** Entries written to the data TLB and to the fetch TLB. */
  readonly tlbMisses: number;
  readonly tableWalks: number;
  readonly deviceAccesses: number;
  /** Regions installed, and bytes of WebAssembly made. */
  readonly regions: number;
  readonly translatedBytes: number;
  /** Ways back from translated code to the interpreter, by cause. */
  readonly exits: Readonly<Record<string, number>>;
}

const higherStart = 8;

/** Right in the middle of a run too, from a device. */
export function readCounters({ board }: Machine): Counters {
  const sum = (of: (vcpu: (typeof board.vcpus)[number]) => number) =>
    board.vcpus.reduce((total, vcpu) => total + of(vcpu), 0);
  const taken = (vector: number) => sum(({ exceptions }) => exceptions.taken[takenIndex(vector)]);
  const { statistics } = board.translations ?? {};
  return {
    instructions: sum(({ retired, interpreter }) => retired + interpreter.executed),
    translatedInstructions: sum(({ interpreter }) => interpreter.translated),
    systemCalls: taken(Vector.SUPERVISOR_CALL),
    dataAborts: taken(Vector.DATA_ABORT),
    prefetchAborts: taken(Vector.PREFETCH_ABORT),
    undefinedInstructions: taken(Vector.UNDEFINED),
    interrupts: taken(Vector.IRQ) + taken(Vector.FIQ),
    higherExceptions: sum(({ exceptions }) =>
      exceptions.taken.subarray(higherStart).reduce((total, count) => total + count, 0),
    ),
    tlbMisses: sum(({ tlb }) => tlb.statistics.fills + tlb.statistics.fetchFills),
    tableWalks: sum(({ tlb }) => tlb.statistics.walks),
    deviceAccesses: sum(({ tlb }) => tlb.statistics.deviceAccesses),
    regions: statistics?.regions ?? 0,
    translatedBytes: statistics?.bytes ?? 0,
    exits: readExits(board.vcpus.flatMap(({ interpreter }) => interpreter.exits?.sorted ?? [])),
  };
}

export function subtract(end: Counters, start: Counters): Counters {
  const exits: Record<string, number> = {};
  for (const [cause, count] of Object.entries(end.exits)) exits[cause] = count - (start.exits[cause] ?? 0);
  const difference: Record<string, unknown> = { exits };
  for (const [name, value] of Object.entries(end)) {
    if (typeof value === 'number') difference[name] = value - (start[name as keyof Counters] as number);
  }
  return difference as unknown as Counters;
}

const classOf = new Map(DEFINITIONS.map((definition) => [definition.name, definition.class as string]));

/**
 * Every cause, also those that never came: the end of a slice, code that was never executed, a region that neither TLB nor
 * jump cache knew, and the class of the instruction that was left to the interpreter.
 */
const causes = ['slice-end', 'new-code', 'unlinked-region', 'other', ...new Set(classOf.values())];

function readExits(counts: readonly (readonly [string, number])[]): Record<string, number> {
  const exits: Record<string, number> = Object.fromEntries(causes.map((cause) => [cause, 0]));
  for (const [text, count] of counts) exits[causeOf(text)] += count;
  return exits;
}

/** @param text as `ExitStatistics` has it */
function causeOf(text: string): string {
  if (text === 'end of slice') return 'slice-end';
  if (text === 'to new code') return 'new-code';
  const name = /^before (.*)$/.exec(text)?.[1];
  return name === undefined ? 'unlinked-region' : (classOf.get(name) ?? 'other');
}
