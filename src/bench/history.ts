import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { ExitCode, UserError, writeError } from '../errors.js';
import { checkOutput, readInput, textLimit } from '../files.js';
import type { Results } from './results.js';
import { problemOf } from './validate-results.js';

/**
 * Adds a run to a history file: one line of JSON. A line that an earlier run left unfinished is closed off first; one that
 * cannot be written whole is taken back.
 * @throws UserError 73, 74 or 77
 */
export function appendHistory(path: string, results: Results): void {
  checkOutput(path, 'history');
  try {
    const fd = openSync(path, 'a+');
    try {
      appendLine(fd, JSON.stringify(results));
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    throw writeError(path, error);
  }
}

function appendLine(fd: number, line: string): void {
  const stat = fstatSync(fd);
  const size = stat.isFile() ? stat.size : 0;
  const last = Buffer.alloc(1);
  const torn = size > 0 && readSync(fd, last, 0, 1, size - 1) === 1 && last[0] !== 0x0a;
  const bytes = Buffer.from(`${torn ? '\n' : ''}${line}\n`);
  try {
    for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
    if (stat.isFile()) fsyncSync(fd);
  } catch (error) {
    if (stat.isFile()) ftruncateSync(fd, size);
    throw error;
  }
}

export interface History {
  /** In the order of the file. */
  readonly runs: readonly Results[];
  /** What was skipped, a line of text each. */
  readonly problems: readonly string[];
}

/**
 * Reads a history file, or one `--save` file. Lines that are no results (a run was killed while it wrote) are skipped and told of.
 * @throws UserError 65 when there is no run in it, 66 or 77 when it cannot be read
 */
export function readHistory(path: string): History {
  const text = new TextDecoder().decode(readInput(path, 'history', textLimit));
  const whole = parse(text);
  if (typeof whole !== 'string') return { runs: [whole], problems: [] };

  const runs: Results[] = [];
  const problems: string[] = [];
  text.split('\n').forEach((line, i) => {
    if (line.trim() === '') return;
    const run = parse(line);
    if (typeof run === 'string') problems.push(`'${path}' line ${i + 1} is skipped: ${run}`);
    else runs.push(run);
  });
  if (runs.length === 0) {
    const why = whole === notJson ? problems[0]?.replace(/^.*?skipped: /, '') : whole;
    throw new UserError(ExitCode.data, `there is no run in '${path}': ${why ?? 'it is blank'}`);
  }
  return { runs, problems };
}

const notJson = 'it is not JSON, or was cut off';

function parse(text: string): Results | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return notJson;
  }
  return problemOf(value) ?? (value as Results);
}
