#!/usr/bin/env node
import { CommanderError } from 'commander';
import { createProgram } from './cli/program.js';
import { ExitCode, Interrupted, oneLine, reason, UserError } from './errors.js';
import { abandonLostTerminals, isHangUp } from './terminal.js';

/** Tells the user in one line what went wrong and returns the exit code for it. */
function report(error: unknown): number {
  if (error instanceof Interrupted) return error.exitCode;
  // Commander has already printed its help or its one line.
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
  const internal = !(error instanceof UserError);
  const text = oneLine(error instanceof Error ? error.message : String(error));
  process.stderr.write(
    internal
      ? `hyperthumb: internal error: ${text || reason(error)} (set HYPERTHUMB_DEBUG=1 for details)\n`
      : `hyperthumb: ${text}\n`,
  );
  if (process.env.HYPERTHUMB_DEBUG === '1' && error instanceof Error) {
    process.stderr.write(`${error.stack}\n`);
    if (error.cause instanceof Error) process.stderr.write(`caused by: ${error.cause.stack}\n`);
  }
  return internal ? ExitCode.software : error.exitCode;
}

function end(error: unknown): never {
  process.exit(report(error));
}

/** Who reads our output is gone, or there is no room for it. */
function endOfOutput(name: string, error: NodeJS.ErrnoException): never {
  if (isHangUp(error)) end(new Interrupted('SIGHUP'));
  if (error.code === 'EPIPE') process.exit(ExitCode.io);
  end(new UserError(ExitCode.io, `cannot write to ${name}: ${reason(error)}`, { cause: error }));
}

process.on('exit', abandonLostTerminals);
process.on('uncaughtException', end);
process.on('unhandledRejection', end);
process.stdout.on('error', (error) => endOfOutput('standard output', error));
process.stderr.on('error', (error) => endOfOutput('standard error', error));

createProgram((code) => process.exit(code))
  .parseAsync()
  .catch(end);
