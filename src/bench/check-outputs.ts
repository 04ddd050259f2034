import { accessSync, closeSync, constants, openSync, realpathSync, type Stats, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { ExitCode, UserError, writeError } from '../errors.js';
import { checkOutput } from '../files.js';

/** A file that will be written when there are results. */
export interface PlannedOutput {
  readonly path: string;
  /** The option that names it, for messages. */
  readonly option: string;
  /** It is added to, not replaced. */
  readonly appended?: boolean;
}

/**
 * Finds out before the work what cannot be written after it. Nothing is created, opened for truncation, or changed.
 * @throws UserError 64 when two options name one file, 73, 74 or 77 as writing would
 */
export function checkOutputs(outputs: readonly PlannedOutput[]): void {
  const seen = new Map<string, PlannedOutput>();
  for (const output of outputs) {
    const { path, option } = output;
    checkOutput(path, 'results');
    try {
      const existing = statSync(path, { throwIfNoEntry: false });
      // What is no file, such as a terminal, may take several.
      if (existing !== undefined && !existing.isFile()) continue;
      checkFile(output, existing);
      const place = placeOf(path, existing);
      const other = seen.get(place);
      if (other !== undefined) {
        const both =
          other.option === option
            ? `${option} names '${path}' twice`
            : `${other.option} and ${option} both name '${path}'`;
        throw new UserError(ExitCode.usage, `${both}: give each a file of its own`);
      }
      seen.set(place, output);
    } catch (error) {
      throw error instanceof UserError ? error : writeError(path, error);
    }
  }
}

/** What is replaced is made anew beside the old one; what is added to is opened. */
function checkFile({ path, appended }: PlannedOutput, existing: Stats | undefined): void {
  if (existing !== undefined && appended) closeSync(openSync(path, 'r+'));
  else accessSync(dirname(placeOf(path, existing)), constants.W_OK | constants.X_OK);
}

/** The path without symbolic links. */
const placeOf = (path: string, existing: Stats | undefined): string =>
  existing === undefined ? join(realpathSync(dirname(path)), basename(path)) : realpathSync(path);
