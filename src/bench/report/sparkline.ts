const blocks = [...'▁▂▃▄▅▆▇█'];

/** Values as blocks of eight heights, the lowest value lowest; all the same ones are of the lowest height. */
export function sparkline(values: readonly number[]): string {
  const low = Math.min(...values);
  const range = Math.max(...values) - low;
  return values
    .map((value) => blocks[range === 0 ? 0 : Math.round(((value - low) / range) * (blocks.length - 1))])
    .join('');
}
