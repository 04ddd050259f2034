import { describe, expect, it } from 'vitest';
import { Mode } from '../../jit/abi/cpu-state.js';
import { Random } from '../conformance/random.js';
import { constant, SVC } from './assembler.js';
import { stage2Faults } from './cases/stage2-faults.js';
import { TRAPPED, trapBits } from './cases/trap-bits.js';
import { Image, newInput } from './image.js';
import { runMachine } from './machine.js';
import { oracleAvailable } from './oracle.js';
import { OUT } from './record.js';
import { GROUPS, runSystemConformance } from './run.js';
import { Table } from './vectors.js';

const available = await oracleAvailable();
/** The sweeps over all registers are too long for a unit test; `npm run conformance:system` has them. */
const SHORT = Object.keys(GROUPS).filter((name) => !name.startsWith('register-writes'));

/** Exception classes of HSR. */
const ABORTS = new Map([
  [0x20, 'prefetch'],
  [0x24, 'data'],
]);
const HSR_S1PTW = 1 << 7;

const modeOf = (record: Int32Array) => record[OUT.CPSR]! & 0x1f;

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

describe.each([false, true])('translated: %s', (translate) => {
  it('each trap bit traps to Hyp mode what it names', async () => {
    const image = new Image({ virtualization: true }, translate ? 2 : 1);
    trapBits(image, new Random(3), 0);
    const { outcomes, translated } = await runMachine(image, translate);
    const trapped = image.cases.filter(({ name }) => name.includes(TRAPPED));
    expect(trapped.length).toBeGreaterThan(400);
    for (const [index, { name, address, code }] of image.cases.entries()) {
      if (!name.includes(TRAPPED)) continue;
      const { record } = outcomes[index]!;
      expect([name, modeOf(record)]).toEqual([name, Mode.HYP]);
      // Nothing but SVC is left behind.
      if (!name.startsWith('svc'))
        expect([name, record[OUT.ELR_HYP]]).toEqual([name, address + 2 * code.length - 4]);
    }
    expect(translated > 0).toBe(translate);
  });

  it('stage 2 faults in every way at every level', async () => {
    const image = new Image({ virtualization: true }, translate ? 2 : 1);
    stage2Faults(image, new Random(3));
    const { outcomes, translated } = await runMachine(image, translate);
    const seen = new Set<string>();
    for (const { record } of outcomes) {
      const hsr = record[OUT.HSR]!;
      const kind = ABORTS.get(hsr >>> 26);
      if (modeOf(record) !== Mode.HYP || kind === undefined) continue;
      const onWalk = (hsr & HSR_S1PTW) !== 0 ? ' on a walk of stage 1' : '';
      seen.add(`${kind} ${(hsr & 0x3f).toString(16).padStart(2, '0')}${onWalk}`);
    }
    // Translation, Access flag and Permission faults, external aborts on the walk. The first table of a walk of data is that of the fetch.
    const statuses = (from: number) => [1, 2, 3].map((level) => (from + level).toString(16).padStart(2, '0'));
    const all = [0x04, 0x08, 0x0c, 0x14].flatMap(statuses);
    const beyondFirst = all.filter((status) => status !== '15');
    const expected = [
      ...all.map((status) => `prefetch ${status}`),
      ...beyondFirst.flatMap((status) => [
        `data ${status}`,
        `prefetch ${status} on a walk of stage 1`,
        `data ${status} on a walk of stage 1`,
      ]),
    ];
    expect([...seen].sort()).toEqual(expected.sort());
    expect(translated > 0).toBe(translate);
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
