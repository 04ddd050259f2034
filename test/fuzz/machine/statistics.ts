/** What a campaign has come to: without these a campaign that does nothing would pass. */
import type { Definition } from '../../../jit/isa/instruction.js';
import { FaultType } from '../../../runtime/mmu/fault.js';

const FAULT_NAMES = Object.keys(FaultType);
const VECTOR_NAMES = [
  'reset',
  'undefined',
  'call',
  'prefetch abort',
  'data abort',
  'Hyp trap',
  'IRQ',
  'FIQ',
] as const;
const GROUPS = ['', 'Hyp: ', 'Monitor: '];

export class CampaignStatistics {
  programs = 0;
  instructions = 0;
  /** Of these, by translated code. */
  translated = 0;
  regions = 0;
  /** Times that the interpreter has entered a region; translated code itself jumps from one to the next. */
  entered = 0;
  /** Pages of code that were dropped because a store or a device changed it. */
  rewrites = 0;
  deviceAccesses = 0;
  /** Programs that the guest switched off or reset itself. */
  powerRequests = 0;
  /** Executed at least once, condition passed or not. */
  readonly definitions = new Set<Definition>();
  /** By type and stage. */
  readonly faults = new Map<string, number>();
  readonly exceptions = new Map<string, number>();

  countFault(type: number, stage2: boolean): void {
    const name = `${FAULT_NAMES[type]}${stage2 ? ' (stage 2)' : ''}`;
    this.faults.set(name, (this.faults.get(name) ?? 0) + 1);
  }

  /** @param taken as {@link Exceptions.taken} */
  countExceptions(taken: Float64Array): void {
    taken.forEach((count, index) => {
      if (count === 0) return;
      const name = `${GROUPS[index >>> 3]}${VECTOR_NAMES[index & 7]}`;
      this.exceptions.set(name, (this.exceptions.get(name) ?? 0) + count);
    });
  }
}

/** Least counts for each program, on average, that a campaign of a kind must come to. */
export interface Floors {
  readonly instructions: number;
  readonly regions: number;
  readonly entered: number;
  readonly faults?: number;
  readonly rewrites?: number;
  readonly deviceAccesses?: number;
  /** Not for each program, but in all; campaigns of few programs are not held to it. */
  readonly definitions?: number;
}

/** With fewer programs the averages, and the number of definitions, say nothing. */
const ENOUGH = 20;
const ENOUGH_FOR_DEFINITIONS = 1000;

/** What a campaign falls short of, in words. */
export function shortfalls(statistics: CampaignStatistics, floors: Floors): string[] {
  const faults = [...statistics.faults.values()].reduce((sum, count) => sum + count, 0);
  const { programs, definitions } = statistics;
  if (programs < ENOUGH) return programs > 0 ? [] : ['no program was run'];
  const counts = { ...statistics, faults };
  const names = ['instructions', 'regions', 'entered', 'faults', 'rewrites', 'deviceAccesses'] as const;
  const short = names.flatMap((name) => {
    const floor = (floors[name] ?? 0) * programs;
    return counts[name] < floor ? [`${name}: ${counts[name]}, at least ${Math.ceil(floor)} expected`] : [];
  });
  const least = floors.definitions ?? 0;
  if (programs >= ENOUGH_FOR_DEFINITIONS && definitions.size < least)
    short.push(`definitions: ${definitions.size}, at least ${least} expected`);
  return short;
}
