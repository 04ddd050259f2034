import type { Block } from './structure.js';

/** What a block does with guest registers, a bit each. */
export interface RegisterUse {
  /** Read before the block writes them. */
  readonly read: number;
  /** Written, whatever happens. */
  readonly written: number;
}

/**
 * The registers that must be in their locals at the start of each block. Ways out of the region need none: registers are
 * in memory as well.
 */
export function liveRegisters(
  blocks: ReadonlyMap<number, Block>,
  use: ReadonlyMap<number, RegisterUse>,
): Map<number, number> {
  const live = new Map([...use].map(([offset, { read }]) => [offset, read]));
  // From the last to the first: most edges lead on.
  const order = [...blocks].sort(([a], [b]) => b - a);
  for (let changed = true; changed; ) {
    changed = false;
    for (const [offset, { end }] of order) {
      const { read, written } = use.get(offset)!;
      let after = 0;
      if (end.kind !== 'left') after |= live.get(end.target) ?? 0;
      if (end.kind === 'if') after |= live.get(end.next) ?? 0;
      const before = read | (after & ~written);
      if (before !== live.get(offset)) changed = true;
      live.set(offset, before);
    }
  }
  return live;
}
