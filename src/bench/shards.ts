import { ExitCode, UserError } from '../errors.js';

/** One part of a suite that is spread over several jobs. */
export interface Shard {
  /** From 1 to `count`. */
  readonly index: number;
  readonly count: number;
}

/** `I/N`, as in `--shard 2/4`. @throws UserError 64 */
export function parseShard(text: string): Shard {
  const match = /^(\d{1,4})\/(\d{1,4})$/.exec(text);
  const [index, count] = match ? [Number(match[1]), Number(match[2])] : [0, 0];
  if (index < 1 || index > count) {
    throw new UserError(ExitCode.usage, `'${text}' is no shard: give it as I/N, I from 1 to N, such as 2/4`);
  }
  return { index, count };
}

/**
 * The names that belong to shard `index` (1 to `count`): dealt out in turn, so that neighbours, which are often of like length,
 * go to different jobs. Every name is in exactly one shard; with more shards than names some are empty.
 */
export function shardOf(names: readonly string[], index: number, count: number): string[] {
  return names.filter((_, i) => i % count === index - 1);
}
