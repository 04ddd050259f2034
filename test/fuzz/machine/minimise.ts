import { BOARDS } from './boards.js';
import type { Difference } from './pair.js';
import type { Program } from './program.js';

const NOP_A32 = 0xe320_f000;
const NOP_THUMB = 0xbf00_bf00;
/** Runs that may be spent on one failure. */
const MOST_RUNS = 400;

/** A program with one change less. */
interface Found {
  readonly program: Program;
  readonly difference: Difference;
}

/** Leaves out rounds, events, slices and instructions as long as the same goes wrong. */
export function minimise(
  program: Program,
  difference: Difference,
  run: (program: Program) => Difference | undefined,
): Found {
  let found: Found = { program, difference };
  let runs = 0;
  const sort = (text: string) => text.split(/[:(]/, 1)[0]!.slice(0, 40);
  const attempt = (smaller: Program): boolean => {
    if (++runs > MOST_RUNS) return false;
    const again = run(smaller);
    if (again === undefined || sort(again.what) !== sort(difference.what)) return false;
    found = { program: smaller, difference: again };
    return true;
  };
  attempt({ ...found.program, rounds: found.difference.round + 1 });
  attempt({ ...found.program, events: [] });
  attempt({ ...found.program, countExits: false });
  attempt({ ...found.program, slices: found.program.slices.slice(0, found.difference.slice + 1) });
  const slots = program.code.bytes >>> 2;
  for (let size = slots >>> 1; size >= 1; size >>>= 1) {
    for (let first = 0; first < slots; first += size) {
      const without = withoutSlots(found.program, first, Math.min(slots, first + size));
      if (without !== undefined) attempt(without);
    }
  }
  return found;
}

/** The program with NOPs in place of some slots; undefined when they are there already. */
function withoutSlots(program: Program, first: number, end: number): Program | undefined {
  const { address, thumb } = program.code;
  const nop = thumb ? NOP_THUMB : NOP_A32;
  const memory = program.memory.slice();
  const bytes = new DataView(memory.buffer);
  const offset = address - BOARDS[program.board].window;
  let changed = false;
  for (let at = offset + 4 * first; at < offset + 4 * end; at += 4) {
    if (bytes.getUint32(at, true) === nop) continue;
    bytes.setUint32(at, nop, true);
    changed = true;
  }
  return changed ? { ...program, memory } : undefined;
}
