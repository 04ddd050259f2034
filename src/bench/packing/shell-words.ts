import { existsSync } from 'node:fs';

/** The first word of a line for the shell that is not an assignment, and where it stands; undefined when there is none. */
export function programOf(
  line: string,
): { readonly word: string; readonly start: number; readonly end: number } | undefined {
  let at = 0;
  for (;;) {
    const spaces = /^\s*/.exec(line.slice(at))![0].length;
    const start = at + spaces;
    const match = /^(?:[^\s'"\\;&|<>()]|'[^']*'|"[^"]*"|\\.)+/.exec(line.slice(start));
    if (match === null) return undefined;
    const end = start + match[0].length;
    if (!/^[A-Za-z_]\w*=/.test(match[0])) return { word: unquote(match[0]), start, end };
    at = end;
  }
}

const unquote = (word: string): string =>
  word.replace(/'([^']*)'|"([^"]*)"|\\(.)/g, (_, single, double, escaped) => single ?? double ?? escaped);

/** A word as the shell reads it back. */
export function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** One operand of the command line: a program by itself when it is a file or a plain word, else a line for the shell. */
export function commandOf(operand: string): readonly string[] | string {
  return existsSync(operand) || /^[\w@%+=:,./-]+$/.test(operand) ? [operand] : operand;
}
