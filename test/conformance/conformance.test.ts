import { describe, expect, it } from 'vitest';
import { oracleAvailable } from './oracle.js';
import { runConformance } from './run.js';

const available = await oracleAvailable();

describe.skipIf(!available)('against qemu-arm', () => {
  it('agrees in two cases of every pattern', async () => {
    const { rows, failures } = await runConformance({ count: 2, seed: 20 });
    expect(failures).toEqual([]);
    const cases = [...rows.values()].reduce((sum, row) => sum + row.agreed, 0);
    expect(cases).toBeGreaterThan(3000);
  });
});
