import { InvalidArgumentError } from 'commander';

/** An option's whole number, for commander. @throws InvalidArgumentError */
export function countOf(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Give a whole number.');
  return Number(text);
}
