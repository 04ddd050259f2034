import { describe, expect, it } from 'vitest';
import { oracleAvailable } from './oracle.js';
import { type Row, runConformance } from './run.js';

const available = await oracleAvailable();

const sum = (rows: ReadonlyMap<string, Row>, column: keyof Row) =>
  [...rows.values()].reduce((total, row) => total + row[column], 0);

describe.skipIf(!available)('against qemu-arm', () => {
  it('agrees in two cases of every pattern', async () => {
    const { rows, failures } = await runConformance({ count: 2, seed: 20 });
    expect(failures).toEqual([]);
    expect(sum(rows, 'agreed')).toBeGreaterThan(3000);
    expect(sum(rows, 'translated')).toBe(0);
  });

  it('agrees in one case of every pattern when it is translated', async () => {
    const { rows, failures } = await runConformance({ count: 1, seed: 21, translate: true });
    expect(failures).toEqual([]);
    expect(sum(rows, 'agreed')).toBeGreaterThan(1500);
    expect(sum(rows, 'translated')).toBeGreaterThan(400);
  });
});
