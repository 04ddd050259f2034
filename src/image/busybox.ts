import { FormatError } from '../loader/format-error.js';

/** Start of BusyBox's table of applet names: `[`, `[[`, then the others by name, a NUL after each and one at the end. */
const tableStart = Buffer.from('\0[\0[[\0', 'latin1');

/** The names that a BusyBox program answers to, read from the program: it cannot be run here to ask. @throws FormatError */
export function busyboxApplets(program: Uint8Array): string[] {
  const bytes = Buffer.from(program.buffer, program.byteOffset, program.byteLength);
  const start = bytes.indexOf(tableStart);
  const end = start < 0 ? -1 : bytes.indexOf('\0\0', start + tableStart.length - 1, 'latin1');
  const names = end < 0 ? [] : bytes.toString('latin1', start + 1, end).split('\0');
  if (!names.includes('sh') || !names.every((name) => /^[\w[.+-]+$/.test(name))) {
    throw new FormatError('no table of applets was found in busybox');
  }
  return names;
}
