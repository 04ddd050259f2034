import { describe, expect, it } from 'vitest';
import { Mode } from '../../jit/abi/cpu-state.js';
import { Random } from '../conformance/random.js';
import { constant, SVC } from './assembler.js';
import { Image, newInput } from './image.js';
import { runMachine } from './machine.js';
import { oracleAvailable } from './oracle.js';
import { OUT } from './record.js';
import { GROUPS, runSystemConformance } from './run.js';
import { Table } from './vectors.js';

const available = await oracleAvailable();
/** The sweeps over all registers are too long for a unit test; `npm run conformance:system` has them. */
const SHORT = Object.keys(GROUPS).filter((name) => !name.startsWith('register-writes'));

if (!available)
  console.warn('system conformance: skipped, qemu-system-arm not found; install qemu-system-arm');

describe('the bare-metal monitor', () => {
  it.each([false, true])('writes down how a case ended (virtualization: %s)', async (virtualization) => {
    const image = new Image({ virtualization });
    const input = newInput(new Random(1), Mode.USR);
    image.add({ class: 'self', name: 'svc', code: [...constant(3, 0x1234_5678), SVC], words: true, input });
    const [outcome] = (await runMachine(image)).outcomes;
    const { record } = outcome!;
    expect(record[OUT.VECTOR]).toBe(8 * Table.A32 + 2);
    expect(record[OUT.R + 3]).toBe(0x1234_5678);
    expect(record[OUT.SVC + 1]).toBe(image.cases[0]!.address + 12);
    expect(record[OUT.SPSR]! & 0x1f).toBe(Mode.USR);
    expect(record[OUT.CPSR]! & 0x1f).toBe(Mode.SVC);
  });
});

describe.skipIf(!available).each([false, true])(
  'agrees with qemu-system-arm, translated: %s',
  (translate) => {
    it.each(SHORT)('%s', async (group) => {
      const { rows, failures, translated } = await runSystemConformance({
        percent: 3,
        seed: 7,
        group,
        translate,
        // The board with Hyp mode has the modes of the other one too.
        ...(group === 'register-reads' && { virtualization: true }),
      });
      expect(failures).toEqual([]);
      let agreed = 0;
      for (const row of rows.values()) agreed += row.agreed;
      expect(agreed).toBeGreaterThan(20);
      if (translate) expect(translated).toBeGreaterThan(0.4);
      else expect(translated).toBe(0);
    });
  },
);
