import { FormatError } from '../loader/format-error.js';

/** Start of BusyBox's table of applet names: `[`, `[[`, then the others by name, a NUL after each and one at the end. */
const tableStart = Buffer.from('[\0[[\0', 'latin1');

/** The names that a BusyBox program answers to, read from the program: it cannot be run here to ask. @throws FormatError */
export function busyboxApplets(program: Uint8Array): string[] {
  const bytes = Buffer.from(program.buffer, program.byteOffset, program.byteLength);
  for (let start = bytes.indexOf(tableStart); start >= 0; start = bytes.indexOf(tableStart, start + 1)) {
    const end = bytes.indexOf('\0\0', start, 'latin1');
    const names = end < 0 ? [] : bytes.toString('latin1', start, end).split('\0');
    if (names.includes('sh') && names.every((name) => /^[\w[.+-]+$/.test(name))) return names;
  }
  throw new FormatError('no table of applets was found in busybox');
}
