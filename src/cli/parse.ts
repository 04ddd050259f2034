import { InvalidArgumentError } from 'commander';

/** Parsers for option values. They throw what commander turns into one line that names the option. */

const units: Readonly<Record<string, number>> = { '': 2 ** 20, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };

/** A size in bytes: `512M`, `2G`, `65536K`; a bare number is MiB, as it is for QEMU's `-m`. */
export function parseSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([KMG]?)(?:i?B)?$/i.exec(text);
  if (!match) throw new InvalidArgumentError('Give a size such as 512M or 1G.');
  const bytes = Number(match[1]) * units[match[2].toUpperCase()];
  if (!Number.isSafeInteger(bytes)) throw new InvalidArgumentError('Give a whole number of bytes.');
  return bytes;
}

/** A 32-bit address: `0x40010000`, or decimal. */
export function parseAddress(text: string): number {
  const value = /^(0x[0-9a-f]{1,8}|\d{1,10})$/i.test(text) ? Number(text) : Number.NaN;
  if (!(value < 2 ** 32)) throw new InvalidArgumentError('Give a 32-bit address such as 0x40010000.');
  return value;
}

/** A whole number from `least` to `most`. */
export function integerParser(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    const range = most === Number.MAX_SAFE_INTEGER ? `of ${least} or more` : `from ${least} to ${most}`;
    throw new InvalidArgumentError(`Give a whole number ${range}.`);
  };
}

/** Seconds, fractions allowed, more than 0 and at most what a timer can hold (24 days). */
export function parseSeconds(text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value > 0 && value <= 2_000_000) return value;
  throw new InvalidArgumentError('Give a number of seconds above 0.');
}

/** The path of a file to write. */
export function parseOutputFile(text: string): string {
  if (text === '') throw new InvalidArgumentError('Give the name of a file.');
  return text;
}

/** A folder's path; an empty one would be the working folder. */
export function parseFolder(text: string): string {
  if (text === '') throw new InvalidArgumentError('Give the name of a folder.');
  return text;
}

/** A comma-separated list of `choices`; repeating the option adds to it. */
export function listParser<T extends string>(choices: readonly T[]): (text: string, before?: T[]) => T[] {
  return (text, before = []) => {
    const items = text.split(',').map((item) => item.trim());
    for (const item of items) {
      if (!choices.includes(item as T)) {
        throw new InvalidArgumentError(`Give one or more of ${choices.join(', ')}, with commas between.`);
      }
    }
    return [...before, ...(items as T[])];
  };
}

export interface LoadRequest {
  readonly path: string;
  readonly address: number;
}

/** `FILE@ADDR`; the file's name may have an `@` itself. Repeating the option adds to the list. */
export function parseLoad(text: string, before: LoadRequest[] = []): LoadRequest[] {
  const at = text.lastIndexOf('@');
  if (at <= 0) throw new InvalidArgumentError('Give it as FILE@ADDRESS.');
  return [...before, { path: text.slice(0, at), address: parseAddress(text.slice(at + 1)) }];
}

export interface ModuleRequest {
  readonly kind: 'kernel' | 'ramdisk';
  readonly path: string;
  /** Command line of a kernel. */
  readonly bootargs?: string;
}

/**
 * `kernel=FILE`, `kernel=FILE,bootargs=TEXT` or `ramdisk=FILE`; the text may have commas itself. Repeating the option adds to
 * the list.
 */
export function parseModule(text: string, before: ModuleRequest[] = []): ModuleRequest[] {
  const match = /^(kernel|ramdisk)=(.+?)(?:,bootargs=(.*))?$/s.exec(text);
  if (!match) throw new InvalidArgumentError('Give it as kernel=FILE[,bootargs=TEXT] or ramdisk=FILE.');
  const [, kind, path, bootargs] = match;
  if (kind === 'kernel') return [...before, { kind, path, ...(bootargs !== undefined && { bootargs }) }];
  if (bootargs !== undefined) throw new InvalidArgumentError('Only a kernel has bootargs.');
  return [...before, { kind: 'ramdisk', path }];
}
