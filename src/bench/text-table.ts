export interface Column {
  readonly title: string;
  /** `left` where nothing is said. */
  readonly align?: 'left' | 'right';
}

/** Lines of a table in columns as wide as needed, two blanks between. A column of which every cell is empty is left out. */
export function textTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const used = columns.map((_, i) => i).filter((i) => rows.some((row) => row[i] !== ''));
  const titles = columns.map(({ title }) => title);
  const widths = columns.map((_, i) => Math.max(...[titles, ...rows].map((row) => width(row[i]))));
  return [titles, ...rows].map((row) =>
    used
      .map((i) => {
        const padding = ' '.repeat(widths[i] - width(row[i]));
        return columns[i].align === 'right' ? padding + row[i] : row[i] + padding;
      })
      .join('  ')
      .trimEnd(),
  );
}

/** Code points, near enough to columns for what is printed here. */
const width = (text: string): number => [...text].length;
