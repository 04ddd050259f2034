import { expect, test } from 'vitest';
import { Machine } from '../../runtime/machine.js';
import { ExitStatistics } from '../../runtime/translation/exit-statistics.js';
import { boardWith } from './board.js';

test('exits are counted by what comes next', async () => {
  // add r0, r0, #1; wfe; b .-8: the WFE is the interpreter's.
  const board = boardWith([0xe2800001, 0xe320f002, 0xeafffffc]);
  const exits = new ExitStatistics();
  board.vcpus[0].interpreter.exits = exits;
  const machine = new Machine(board);
  for (let run = 0; run < 4; run++) {
    await machine.run({ maxInstructions: machine.retired + 5000 });
    board.translations!.poll(true);
  }
  const [[cause, count]] = exits.sorted;
  expect(cause).toMatch(/^before WFE/);
  expect(count).toBeGreaterThan(1000);
});
